"""Idempotency keys, and requests that are carried out completely or not at all: also if the server is killed."""

import json
import socket
import time
from pathlib import Path

import pytest
from helpers.server import Server, serving

from askew import Faq, Index
from askew.server import idempotency

MANY = 2000  # documents, which are stored in several batches


def documents(version: int, count: int = MANY) -> dict[str, object]:
    return {"documents": [{"id": str(n), "text": f"text {n} version{version}"} for n in range(count)]}


def send(server: Server, path: str, body: object, key: str) -> socket.socket:
    """Send a request, of which the answer is not read."""
    host, port = server.url.removeprefix("http://").split(":")
    data = json.dumps(body).encode()
    about = f"Host: {host}\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(data)}"
    one = socket.create_connection((host, int(port)))
    one.sendall(f"POST {path} HTTP/1.1\r\n{about}\r\n\r\n".encode() + data)
    return one


def kill(server: Server) -> None:
    server.process.kill()
    server.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "served").mkdir()
    Index.create(tmp_path / "served" / "a", "paraphrase", model="hashing").close()
    return tmp_path / "served"


def test_a_request_with_a_key_is_carried_out_once(server: Server, empty: str) -> None:
    given = documents(1, 1)
    first = server.post(f"{empty}/documents", given, Idempotency_Key="k").body
    again = server.post(f"{empty}/documents", given, Idempotency_Key="k").body
    assert again == {**first, "repeated": True}
    assert server.post(f"{empty}/documents", documents(2, 2), Idempotency_Key="k").status == 409
    assert "version1" in server.get(f"{empty}/documents/0").body["document"]["text"]


def test_a_faq_remembers_requests_too(server: Server) -> None:
    server.post("/v1/indexes", {"name": "helped", "task": "faq", "model": "hashing"})
    given = {"documents": [{"id": "a", "question": "Where is it?", "answer": "On the left."}]}
    first = server.post("/v1/indexes/helped/documents", given, Idempotency_Key="k").body
    assert first["added"]["questions"]["new"] == 1
    assert server.post("/v1/indexes/helped/documents", given, Idempotency_Key="k").body == {**first, "repeated": True}
    server("DELETE", "/v1/indexes/helped")


def test_a_repeated_deletion_deletes_nothing_that_came_since(server: Server, empty: str) -> None:
    server.post(f"{empty}/documents", documents(1, 2))
    gone = server("DELETE", f"{empty}/documents", {"ids": ["0", "1", "2"]}, Idempotency_Key="d").body
    assert gone["deleted"] == 2
    server.post(f"{empty}/documents", documents(2, 1))
    again = server("DELETE", f"{empty}/documents", {"ids": ["0", "1", "2"]}, Idempotency_Key="d").body
    assert again == {**gone, "repeated": True}
    assert server.get(f"{empty}/documents/0").status == 200


def test_a_text_that_is_no_text_is_refused_with_a_key_as_without(server: Server, empty: str) -> None:
    given = {"documents": [{"id": "s", "text": "hi", "metadata": {"a": "\ud800"}}]}
    plain = server.post(f"{empty}/documents", given)
    with_key = server.post(f"{empty}/documents", given, Idempotency_Key="s")
    assert (with_key.status, with_key.error) == (plain.status, plain.error) == (400, "InputError")


def test_the_oldest_keys_are_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "KEYS", 10)
    with Index.open(folder / "a", writable=True) as index:
        for number in range(idempotency.KEYS + 1):
            key = idempotency.RequestKey("", str(number), b"")
            idempotency.once(index, key, lambda: {"added": 1})
        known = json.loads(index.store.note(idempotency.NOTE))
    assert len(known) == idempotency.KEYS
    assert idempotency.RequestKey("", "0", b"").name not in known


def test_an_answer_that_was_never_sent_is_given_after_a_kill(folder: Path) -> None:
    with serving(folder, "--model=hashing") as one:
        waiting = send(one, "/v1/indexes/a/documents", documents(1), "k")
        with Index.open(folder / "a") as index:
            while not len(index):
                time.sleep(0.002)
        kill(one)
        waiting.close()
    with serving(folder, "--model=hashing") as one:
        again = one.post("/v1/indexes/a/documents", documents(1), Idempotency_Key="k").body
        assert again["repeated"]
        assert again["added"]["new"] == MANY
    with Index.open(folder / "a") as index:
        assert len(index) == MANY
        assert index.check() == []


@pytest.mark.parametrize("after", [0.1, 0.25, 0.4])
def test_a_kill_leaves_all_documents_of_a_request_or_none(folder: Path, after: float) -> None:
    with serving(folder, "--model=hashing") as one:
        assert one.post("/v1/indexes/a/documents", documents(1)).status == 200
        waiting = send(one, "/v1/indexes/a/documents", documents(2), "k")
        time.sleep(after)
        kill(one)
        waiting.close()
    with Index.open(folder / "a") as index:
        assert len({document.text.rsplit(" ", 1)[1] for document in index}) == 1
        assert index.check() == []


def test_a_faq_is_changed_by_all_entries_of_a_request_or_none(tmp_path: Path) -> None:
    with Faq.create(tmp_path / "f", model="hashing") as faq:

        def fail() -> dict[str, object]:
            faq.add([{"id": "a", "question": "Where?", "answer": "Here."}], progress=False)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            idempotency.once(faq, None, fail)
        assert len(faq.answers) == len(faq.questions) == 0
