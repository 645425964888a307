"""Writing, many at a time, asyncio, and a server that is not there, busy or of another kind."""

import asyncio
import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

import numpy as np
import pytest
from client.conftest import Place
from helpers.http import listening

import askew
from askew import AskewError, Client, Document, Index, InputError, ModelError, QuestionAnswer, StoreLockedError


@pytest.fixture
def notes(place: Place) -> Iterator[Client]:
    Index.create(place.folder / "notes", "question-answering", model="hashing").close()
    with Client(place.url, "notes") as client:
        yield client
    with Index.open(place.folder / "notes", writable=True) as index:
        index.discard()


def test_documents_are_added_changed_and_deleted(notes: Client, place: Place) -> None:
    first = [Document("a", "Red tents.", "Tents", {"n": 1}), Document("b/c d?#%", "Blue\x1b boats.")]
    added = notes.add(first)
    assert (added.new, added.changed) == (2, 0)  # type: ignore[union-attr]
    assert notes.documents(["b/c d?#%", "a"]) == [first[1], first[0]]
    assert notes.add([{"id": "a", "text": "Green tents."}, "A text without an id."]).changed == 1  # type: ignore[union-attr]
    assert len(notes) == 3
    assert notes.delete(["a", "none"]) == 1
    assert "a" not in notes
    with Index.open(place.folder / "notes") as index:
        assert len(index) == 2


def test_more_than_fits_into_one_request_is_added(notes: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askew.client.client.TOGETHER", 3)
    monkeypatch.setattr("askew.client.client.BYTES", 300)
    added = notes.add([(f"d{n}", "word " * (n % 5 + 1)) for n in range(20)])
    assert added.new == 20  # type: ignore[union-attr]
    assert notes.delete([f"d{n}" for n in range(20)]) == 20


def test_a_request_is_measured_as_it_is_sent(notes: Client, place: Place) -> None:
    added = notes.add([(f"d{n}", "ж" * 9_000) for n in range(330)])  # 18 MB as JSON
    assert added.new == 330  # type: ignore[union-attr]
    Index.create(place.folder / "wide", "paraphrase", dim=1024).close()
    with Client(place.url, "wide") as wide:
        rows = np.random.default_rng(0).normal(size=(500, 1024)).astype(np.float32)
        with_fields = [{"id": str(n), "text": "x", "note": "n" * 8_000} for n in range(500)]
        assert wide.add(with_fields, vectors=rows).new == 500  # type: ignore[union-attr]


def test_what_hinders_an_answer_is_not_a_no(notes: Client, place: Place) -> None:
    notes.add([("a", "Red tents.")])
    assert "a" in notes
    assert "b" not in notes
    with Client(place.url, "nothing") as absent, pytest.raises(InputError):
        assert "a" not in absent
    notes.close()
    with pytest.raises(InputError):
        assert "a" not in notes


def test_readers_are_named_by_a_field(place: Place) -> None:
    Index.create(place.folder / "closed", "question-answering", model="hashing", access=True).close()
    with Client(place.url, "closed") as closed:
        closed.add([{"id": "a", "text": "Red tents.", "groups": ["staff"]}], readers="groups")
    with Index.open(place.folder / "closed") as index:
        assert index.store.readers(["a"]) == {"a": frozenset({"staff"})}
    with Client(place.url, "faq") as faq, pytest.raises(InputError):
        faq.add([{"q": "Do you ship?", "answer": "Yes."}], text="q")


def test_entries_and_vectors_are_added(place: Place) -> None:
    with Client(place.url, "faq") as faq, Client(place.url, "own") as own:
        assert faq.add(QuestionAnswer("s", "Do you ship?", "Yes.", {"k": 1}))["answers"].new == 1  # type: ignore[index]
        assert faq.delete("s") == 1
        assert own.add([("c", "green")], vectors=np.array([[0.6, 0.8]])).new == 1  # type: ignore[union-attr]
        assert own.delete("c") == 1
        with pytest.raises(InputError):
            own.add([("c", "green")], vectors=[[1.0]])


def test_asyncio_asks_at_the_same_time(place: Place, local: Index) -> None:
    async def asked() -> list[object]:
        async with askew.connect_async(place.url, "book") as index:
            return list(await asyncio.gather(*(index.search(query, 2) for query in ("dogs", "soup", "holiday"))))

    assert asyncio.run(asked()) == [local.search(query, 2) for query in ("dogs", "soup", "holiday")]


def test_connecting_finds_out(place: Place) -> None:
    with pytest.raises(InputError):
        askew.connect(place.url, "nothing")
    with askew.connect(place.url, "book") as client:
        assert client.show()["task"] == "question-answering"
    with pytest.raises(InputError):
        client.search("dogs")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with pytest.raises(ModelError):
            askew.connect(f"http://127.0.0.1:{taken.getsockname()[1]}", "book", timeout=0.5)


class Faulty(BaseHTTPRequestHandler):
    """Answers as the path says: busy twice, locked for ever, or in no form of ours. It keeps the keys it was sent."""

    protocol_version = "HTTP/1.1"
    keys: ClassVar[list[str | None]] = []
    left = 2

    def do_GET(self) -> None:
        Faulty.keys.append(self.headers["Authorization"])
        name = self.path.rpartition("/")[2]
        if name == "busy" and Faulty.left:
            Faulty.left -= 1
            self._say(429, {"error": {"type": "BusyError", "message": "Later.", "hint": ""}}, "0.01")
        elif name == "locked":
            said = {"type": "StoreLockedError", "message": "Somebody writes. Wait.", "hint": "Wait.\n  row"}
            self._say(503, {"error": said}, "0.01")
        else:
            self._say(200, [] if name == "list" else {"sizes": {}})

    def _say(self, status: int, body: object, after: str = "") -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if after:
            self.send_header("Retry-After", after)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_busy_server_is_asked_again_and_a_locked_index_is_named() -> None:
    with listening(Faulty) as url:
        assert Client(url, "busy", key="secret").show() == {"sizes": {}}
        assert Faulty.left == 0
        assert Faulty.keys == ["Bearer secret"] * 3
        with pytest.raises(StoreLockedError) as locked:
            Client(url, "locked", timeout=0.5).show()
        assert str(locked.value) == "Somebody writes. Wait.\n  row"
        for name in ("list", "other"):
            with pytest.raises(ModelError):
                Client(url, name).sizes()


@pytest.mark.parametrize("url", ["", "book", "ftp://host", "http://", "http://host?x", 7])
def test_an_address_that_is_none_is_refused(url: object) -> None:
    with pytest.raises(InputError):
        Client(url, "book")  # type: ignore[arg-type]


def test_a_key_shows_nowhere(place: Place) -> None:
    with Client(place.url, "nothing", key="sk-very-secret") as client, pytest.raises(AskewError) as refused:
        client.show()
    assert "sk-very-secret" not in f"{client!r}{refused.value}{vars(client)}"
    with pytest.raises(InputError):
        Client(place.url, "book", key="kéy")


def test_a_closed_client_keeps_no_connection(place: Place) -> None:
    with Client(place.url, "book") as client:
        client.show()
        sockets = list(client._connection._client._sockets)
        assert [one.fileno() >= 0 for one in sockets] == [True]
    assert [one.fileno() for one in sockets] == [-1]
