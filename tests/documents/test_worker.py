import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import office

from askew.documents.formats.parsing import too_much_memory
from askew.documents.worker import LENGTH, answer, encoded, refuse


def asked(*requests: dict[str, Any], memory: int = 1 << 30) -> list[dict[str, Any]]:
    """What a real worker answers to each."""
    command = [sys.executable, "-P", "-m", "askew.documents.worker", str(memory), "60", "600"]
    given = "".join(json.dumps(request) + "\n" for request in requests).encode()
    out = io.BytesIO(subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout)
    return [json.loads(out.read(LENGTH.unpack(out.read(LENGTH.size))[0])) for _ in requests]


def request(path: Path, format: str, data: bytes, size: int = 10**9) -> dict[str, Any]:
    path.write_bytes(data)
    return {"path": str(path), "format": format, "size": size}


def test_it_answers_one_request_after_the_other(tmp_path: Path) -> None:
    first, second, third = asked(
        request(tmp_path / "a", "html", office.html("<p>Grüße 🙂</p>", "T")),
        request(tmp_path / "b", "pdf", b"%PDF-1.7 broken"),
        request(tmp_path / "c", "eml", office.eml("S", "Text.")),
    )
    assert first == {"text": "Grüße 🙂", "title": "T", "metadata": {}, "notes": [], "left_out": []}
    assert "PDF" in second.pop("reason")
    assert second == {}
    assert third["title"] == "S"


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    assert "4 bytes" in answer(request(tmp_path / "a", "html", b"12345", size=4))["reason"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_memory_has_an_end(tmp_path: Path) -> None:
    huge = office.html("<b>x</b>" * 1_000_000)
    small = request(tmp_path / "b", "html", office.html("<p>Text.</p>"))
    said, after = asked(request(tmp_path / "a", "html", huge), small, memory=64 << 20)
    assert said == {"reason": too_much_memory(64 << 20)}
    assert after["text"] == "Text."


def test_network_and_programs_are_out_of_reach() -> None:
    code = """
import sys
from askew.documents.worker import refuse
sys.addaudithook(refuse)
import os, socket, subprocess, urllib.request
tries = [
    lambda: socket.create_connection(("127.0.0.1", PORT)),
    lambda: socket.getaddrinfo("localhost", PORT),
    lambda: urllib.request.urlopen("http://127.0.0.1:PORT/"),
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
]
for attempt in tries:
    try:
        attempt()
    except OSError as error:
        print("refused" if any(event in str(error) for event in ("socket.", "subprocess.", "os.system")) else error)
    else:
        print("done")
"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        run = [sys.executable, "-c", code.replace("PORT", str(server.getsockname()[1]))]
        told = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60).stdout.split()
        assert told == ["refused"] * 5
        with pytest.raises(TimeoutError):
            server.accept()


def test_opening_a_file_is_not_refused() -> None:
    refuse("open", (os.devnull, "r", 0))
    with pytest.raises(PermissionError, match=r"socket\.connect"):
        refuse("socket.connect", ())


def test_an_answer_is_ascii_with_its_length_before_it(tmp_path: Path) -> None:
    data = encoded(request(tmp_path / "a", "html", office.html("<p>ä</p>")), 0)
    assert LENGTH.unpack(data[: LENGTH.size]) == (len(data) - LENGTH.size,)
    assert data[LENGTH.size :].isascii()
