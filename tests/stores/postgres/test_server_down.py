"""One of several servers is down: what `askew serve` and `askew check` answer, with `degraded=allow` and without."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.cli import process, refused
from helpers.postgres import PASSWORD, QUICK, Server, together
from helpers.server import serving

from askew import Document, Index, StoreError
from askew.client.connection import refusal
from askew.stores.postgres.shards.parts import place_of
from askew.stores.remote import Pointer, without_password

COUNT = 12


@dataclass(frozen=True)
class Down:
    """folder: of the indexes `strict` and `lenient`, two pointers to one store. second: its other server."""

    folder: Path
    second: Server

    @property
    def here(self) -> set[str]:
        """The documents of the first server."""
        return {f"d{i}" for i in range(COUNT) if place_of(f"d{i}", 2) == 0}


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Down]:
    servers = Server(QUICK).create(), Server(QUICK).create()
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    folder, url = tmp_path / "indexes", together(*servers)
    folder.mkdir()
    with Index.create(folder / "strict", "enterprise-search", model="hashing", store=url) as index:
        index.add([Document(f"d{i}", f"Tents number {i} are red.") for i in range(COUNT)])
    Pointer(f"{without_password(url)}&degraded=allow", "strict").save(folder / "lenient.askew")
    yield Down(folder, servers[1])
    for one in servers:
        one.close()


def test_the_http_server_says_what_is_left_out_or_that_a_server_does_not_answer(pair: Down) -> None:
    def search(name: str, mode: str) -> tuple[int, dict[str, object]]:
        found = serve.post(f"/v1/indexes/{name}/search", {"query": "red tents", "k": COUNT, "mode": mode})
        return found.status, found.body

    with serving(pair.folder, "--model=hashing") as serve:
        for name in ("strict", "lenient"):
            status, body = search(name, "hybrid")
            assert (status, body["degraded"], len(body["hits"])) == (200, [], COUNT)  # type: ignore[arg-type]
        pair.second.kill()
        for mode in ("dense", "lexical", "hybrid"):
            status, body = search("lenient", mode)
            assert status == 200
            assert {hit["id"] for hit in body["hits"]} == pair.here  # type: ignore[attr-defined]
            [degraded] = body["degraded"]  # type: ignore[misc]
            assert degraded["part"] == "documents"
            assert f":{pair.second.port}/" in degraded["reason"]
        answer = serve.post("/v1/indexes/strict/search", {"query": "red tents", "mode": "hybrid"})
        assert (answer.status, answer.error) == (503, "UnreachableError")
        assert f":{pair.second.port}/" in answer.body["error"]["message"]
        assert PASSWORD not in str(answer.body)
        assert isinstance(refusal(json.dumps(answer.body).encode()), StoreError)  # what the client makes of it
        assert answer.headers["retry-after"]
        assert serve.post("/v1/indexes/lenient/documents", {"documents": [{"id": "x", "text": "y"}]}).status == 503
        pair.second.start()
        for name in ("strict", "lenient"):
            status, body = search(name, "hybrid")
            assert (status, body["degraded"], len(body["hits"])) == (200, [], COUNT)  # type: ignore[arg-type]


def test_check_names_the_server_that_it_could_not_examine(pair: Down) -> None:
    pair.second.kill()
    refused(process("check", "strict", cwd=pair.folder), f":{pair.second.port}/")
    found = process("check", "lenient", cwd=pair.folder)
    assert (found.code, found.err) == (1, "")
    assert f":{pair.second.port}/" in found.out
    assert "does not answer" in found.out
    (pair.folder / "more.txt").write_text("one more text")
    refused(process("index", "strict", "more.txt", cwd=pair.folder), f":{pair.second.port}/")
