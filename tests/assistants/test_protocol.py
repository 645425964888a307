"""Real sessions of the SDK's client, in both revisions that are in use, over stdio and over HTTP."""

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from helpers.cli import ASKEW, process, refused
from mcp import Client, StdioServerParameters
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_PROTOCOL_VERSION

from askew import Document, Index
from askew.mcp.tools import TOOLS

REVISIONS = {LATEST_PROTOCOL_VERSION: LATEST_PROTOCOL_VERSION, HANDSHAKE_PROTOCOL_VERSIONS[-1]: "legacy"}
"""The mode of the SDK's client for each revision."""


def talk(server: Any, mode: str, say: Callable[[Client], Awaitable[None]]) -> None:
    async def session() -> None:
        async with Client(server, mode=mode, cache=None) as client:
            await say(client)

    anyio.run(session)


def launched(*arguments: str) -> StdioServerParameters:
    return StdioServerParameters(command=ASKEW, args=["mcp", *arguments])


async def conversation(client: Client) -> None:
    """What every way to the tools must do."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(tools) == [tool.name for tool in TOOLS]
    for tool in tools.values():
        hints = tool.annotations
        assert hints is not None
        assert (hints.read_only_hint, hints.idempotent_hint, hints.open_world_hint) == (True, True, False)
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
    asked = {"search": {"query": "dogs"}, "fetch": {"id": "book/dogs"}, "context": {"query": "dogs on Fridays"},
             "similar": {"text": "dogs"}, "show": {}}  # fmt: skip
    for name, arguments in asked.items():
        result = await client.call_tool(name, arguments)
        assert not result.is_error
        assert json.loads(result.content[0].text) == result.structured_content
    assert "dogs" in (await client.call_tool("fetch", asked["fetch"])).structured_content["text"]
    for name, arguments in (("fetch", {"id": "book/cats"}), ("search", {}), ("delete", {"id": "book/dogs"})):
        result = await client.call_tool(name, arguments)
        assert result.is_error
        assert result.structured_content is None
        assert len(result.content[0].text) > 10


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_session_over_stdio(folder: Path, revision: str) -> None:
    async def say(client: Client) -> None:
        assert client.protocol_version == revision
        await conversation(client)

    talk(launched(str(folder)), REVISIONS[revision], say)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_session_over_http(url: str, revision: str) -> None:
    async def say(client: Client) -> None:
        assert client.protocol_version == revision
        await conversation(client)
        found = (await client.call_tool("search", {"query": "paid holiday"})).structured_content
        assert found["results"][0]["url"] == "askew:book/leave.md"  # no path of the server's files

    talk(f"{url}/mcp", REVISIONS[revision], say)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_proxy_passes_on(url: str, revision: str) -> None:
    talk(launched("--connect", url), REVISIONS[revision], conversation)


def test_a_proxy_without_its_server_says_so() -> None:
    async def say(client: Client) -> None:
        result = await client.session.call_tool("search", {"query": "dogs"})
        assert result.is_error
        assert "http://127.0.0.1:9/mcp" in result.content[0].text

    talk(launched("--connect", "http://127.0.0.1:9"), LATEST_PROTOCOL_VERSION, say)


def test_nothing_but_the_protocol_is_on_stdout(folder: Path) -> None:
    about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    with subprocess.Popen(
        [ASKEW, "mcp", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write("no JSON\n" + json.dumps(hello) + "\n")
        running.stdin.flush()
        lines = []
        while not lines or "result" not in lines[-1]:
            lines.append(json.loads(running.stdout.readline()))
        out, err = running.communicate(timeout=60)
    assert all(line["jsonrpc"] == "2.0" for line in lines)
    assert lines[-1]["result"]["protocolVersion"] == "2025-11-25"
    assert out == ""
    assert re.search(r"2 indexes: book, help\. [\d,]+ MB", err)
    assert running.returncode == 0


@pytest.mark.parametrize("arguments", [[], ["none"], ["--connect", "book"], ["book", "--connect", "http://h"]])
def test_what_cannot_be_served_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    refused(process("mcp", *arguments, cwd=tmp_path))


def test_answers_over_http_are_for_nobody_else(url: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "show", "arguments": {}}}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
               "MCP-Protocol-Version": "2025-11-25"}  # fmt: skip
    request = urllib.request.Request(f"{url}/mcp", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert json.load(answer)["result"]["structuredContent"]["indexes"]
    for changed in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        other = urllib.request.Request(f"{url}/mcp", json.dumps(body).encode(), {**headers, **changed})
        with pytest.raises(urllib.error.HTTPError) as forbidden, urllib.request.urlopen(other, timeout=60):
            pass
        with forbidden.value as response:
            assert response.status in (400, 403, 421)


def test_a_question_in_other_words_is_answered(tmp_path: Path) -> None:
    with Index.create(tmp_path / "pages", "question-answering") as index:
        index.add(
            [
                Document("dogs", "Well-behaved dogs may come to the office on Fridays."),
                Document("leave", "Everyone has 28 days of paid holiday a year."),
            ]
        )

    async def say(client: Client) -> None:
        while (await client.call_tool("show")).structured_content["indexes"][0]["degraded"]:
            await anyio.sleep(0.05)
        found = (await client.call_tool("search", {"query": "can I bring my puppy?"})).structured_content
        assert (found["status"], found["results"][0]["id"]) == ("found", "pages/dogs")

    talk(launched(str(tmp_path / "pages")), LATEST_PROTOCOL_VERSION, say)
