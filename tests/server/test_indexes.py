"""Indexes and documents over HTTP."""

import signal
from pathlib import Path

import pytest
from helpers.server import Server, serving

from askew import Document, Index


def test_an_index_is_created_described_and_deleted(server: Server) -> None:
    made = server.post("/v1/indexes", {"name": "tmp", "task": "paraphrase", "model": "hashing"})
    assert made.status == 201
    assert made.headers["location"] == "/v1/indexes/tmp"
    assert made.body["contract"]["task"] == "paraphrase"
    assert "tmp" in server.get("/v1/indexes").body["indexes"]
    assert server.get("/v1/indexes/tmp").body["contract_digest"] == made.body["contract_digest"]
    assert server.post("/v1/indexes", {"name": "tmp", "task": "paraphrase"}).status == 409
    assert server("DELETE", "/v1/indexes/tmp").status == 200
    assert server.get("/v1/indexes/tmp").status == 404
    assert not (server.folder / "tmp.askew").exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", "a.askew", "", "x" * 65])
def test_a_name_cannot_lead_out_of_the_folder(server: Server, name: str) -> None:
    assert server.post("/v1/indexes", {"name": name, "task": "paraphrase"}).status in (400, 422)


@pytest.mark.parametrize("model", ["/etc", "./x", "~/x", "org/name", "nothing"])
def test_a_request_names_no_path_as_a_model(server: Server, model: str) -> None:
    refused = server.post("/v1/indexes", {"name": "m", "task": "paraphrase", "model": model})
    assert (refused.status, refused.error) == (400, "InputError")
    assert not (server.folder / "m.askew").exists()


def test_documents_are_added_once(server: Server, empty: str) -> None:
    given = {"documents": [{"id": "a", "text": "one two"}, {"text": "three"}]}
    assert server.post(f"{empty}/documents", given).body["added"]["new"] == 2
    again = server.post(f"{empty}/documents", given).body["added"]
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    changed = server.post(f"{empty}/documents", {"documents": [{"id": "a", "text": "four"}]}).body["added"]
    assert changed["changed"] == 1
    assert server.get(f"{empty}/documents/a").body["document"]["text"] == "four"
    assert server("DELETE", f"{empty}/documents", {"ids": ["a", "b"]}).body["deleted"] == 1
    assert server.get(f"{empty}/documents/a").status == 404


def test_what_another_process_writes_is_found(server: Server, empty: str) -> None:
    server.post(f"{empty}/search", {"query": "nothing"})
    with Index.open(server.folder / empty.rsplit("/", 1)[1], writable=True) as index:
        index.add([Document("outside", "a purple parrot")])
    assert [hit["id"] for hit in server.post(f"{empty}/search", {"query": "parrot"}).body["hits"]] == ["outside"]


def test_an_index_that_is_deleted_and_made_again_is_the_new_one(server: Server, empty: str) -> None:
    server.post(f"{empty}/documents", {"documents": [{"id": "old", "text": "parrot"}]})
    server.post(f"{empty}/search", {"query": "parrot"})
    name = empty.rsplit("/", 1)[1]
    server("DELETE", empty)
    server.post("/v1/indexes", {"name": name, "task": "paraphrase", "model": "hashing"})
    assert server.post(f"{empty}/search", {"query": "parrot"}).body["hits"] == []


def test_own_vectors(server: Server) -> None:
    server.post("/v1/indexes", {"name": "own", "task": "paraphrase", "dim": 2})
    given = {"documents": [{"id": "a", "text": "x"}], "vectors": [[1.0, 0.0]]}
    assert server.post("/v1/indexes/own/documents", given).body["added"]["new"] == 1
    assert server.post("/v1/indexes/own/search", {"query": "x"}).status == 400
    server("DELETE", "/v1/indexes/own")


def test_acknowledged_is_durable(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served", "--model=hashing") as one:
        one.post("/v1/indexes", {"name": "a", "task": "paraphrase", "model": "hashing"})
        for number in range(20):
            given = {"documents": [{"id": str(number), "text": f"text {number}"}]}
            assert one.post("/v1/indexes/a/documents", given).status == 200
        one.process.send_signal(signal.SIGKILL)
        one.process.wait()
    with Index.open(tmp_path / "served" / "a") as index:
        assert len(index) == 20
        assert index.check() == []
