"""The five services' wire formats on a real local server: strict about every field, and faulty when told to be.

Vectors follow from text, title and word alone, so that one in the wrong place is seen.
"""

import base64
import hashlib
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
from helpers.http import listening

from askew.models.card import Hosted
from askew.net.retry import Clock

DIM = 12
MODEL = "embed-tiny"
KEY = "sk-very/secret+key=1234567890"
VARIABLE = "ASKEW_TEST_KEY"
WORDS: Mapping[str, Mapping[str, str]] = {
    "openai": {"query": "query: ", "document": "passage: "},
    "cohere": {"query": "search_query", "document": "search_document"},
    "voyage": {"query": "query", "document": "document"},
    "jina": {"query": "retrieval.query", "document": "retrieval.passage"},
    "gemini": {"query": "RETRIEVAL_QUERY", "document": "RETRIEVAL_DOCUMENT"},
}
PROVIDERS = tuple(WORDS)

Json = dict[str, Any]


class RefusalError(Exception):
    pass


@dataclass(frozen=True)
class Fault:
    """kind: what the server does instead of answering. value, headers: of a status. seconds: before the answer."""

    kind: str
    value: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def vector(text: str, word: str = "", title: str = "", dim: int = DIM) -> np.ndarray:
    seed = hashlib.sha256(json.dumps([text, word, title]).encode()).digest()
    return np.random.default_rng(list(seed)).normal(size=dim).astype(np.float32)


def expected(provider: str, text: str, role: str, dim: int = DIM) -> np.ndarray:
    """The vector of a text without a title, of length one."""
    word = WORDS[provider][role]
    result = vector(word + text, dim=dim) if provider == "openai" else vector(text, word, dim=dim)
    return result / np.linalg.norm(result)


@dataclass
class Server:
    """faults: one for each of the next requests. seen: what was asked. served: how often each text was answered."""

    provider: str
    url: str = ""
    faults: deque[Fault] = field(default_factory=deque)
    seen: list[Json] = field(default_factory=list)
    served: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    busiest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def hosted(self) -> Hosted:
        return Hosted(self.provider, MODEL, self.url, VARIABLE, batch=8, words={"default": dict(WORDS[self.provider])})


@contextmanager
def serving(provider: str) -> Iterator[Server]:
    state = Server(provider)

    class Handler(_Handler):
        server_state = state

    with listening(Handler) as url:
        state.url = f"{url}/v9"
        yield state


class FakeTime:
    """Sleeps take no time and are noted; what happens on sockets still takes its time."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._ahead = 0.0
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: time.monotonic() + self._ahead, self._sleep)

    def _sleep(self, seconds: float, stop: threading.Event) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._ahead += seconds


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # header and body in one packet, or the client's kernel waits before it confirms the first
    server_state: Server

    def do_POST(self) -> None:
        state = self.server_state
        content = self.rfile.read(int(self.headers["Content-Length"]))
        with state.lock:
            state.busy += 1
            state.busiest = max(state.busiest, state.busy)
            fault = state.faults.popleft() if state.faults else Fault("none")
        try:
            self._respond(state, content, fault)
        except OSError:  # the client did not wait
            self.close_connection = True
        finally:
            with state.lock:
                state.busy -= 1

    def _respond(self, state: Server, content: bytes, fault: Fault) -> None:
        try:
            body = json.loads(content)
            _FORMS[state.provider].check(self.path, self.headers, body)
        except (RefusalError, ValueError) as refusal:
            self._send(400, json.dumps(_FORMS[state.provider].refusal(str(refusal))).encode())
            return
        with state.lock:
            state.seen.append(body)
        texts, vectors = _FORMS[state.provider].read(body)
        if fault.kind in _RAW:
            _RAW[fault.kind](self, fault, self._answer(state, body, vectors))
            return
        places = list(range(len(vectors)))
        vectors, places = _SPOILT.get(fault.kind, lambda v, p: (v, p))(vectors, places)
        with state.lock:
            state.served.update(texts)
        self._send(200, self._answer(state, body, vectors, places))

    def _answer(self, state: Server, body: Json, vectors: list[Any], places: list[int] | None = None) -> bytes:
        lists = [part.tolist() if isinstance(part, np.ndarray) else part for part in vectors]
        if body.get("encoding_format") == "base64":
            lists = [base64.b64encode(np.array(part, "<f4").tobytes()).decode() for part in vectors]
        return json.dumps(_FORMS[state.provider].write(lists, places or list(range(len(lists))))).encode()

    def _send(self, status: int, content: bytes, headers: Mapping[str, str] = {}) -> None:  # not changed
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def _status(handler: _Handler, fault: Fault, answer: bytes) -> None:
    time.sleep(fault.seconds)
    form = _FORMS[handler.server_state.provider]
    said = json.dumps(form.refusal(f"no, {fault.value}; you sent {handler.headers.get(form.header)}")).encode()
    handler._send(fault.value, said, fault.headers)


def _cut(handler: _Handler, fault: Fault, answer: bytes) -> None:
    handler.send_response(200)
    if not fault.value:  # with a value the length is not said, and only the JSON shows the cut
        handler.send_header("Content-Length", str(len(answer)))
    handler.end_headers()
    handler.wfile.write(answer[: len(answer) // 2])
    handler.close_connection = True


def _refuse_to_speak(handler: _Handler, fault: Fault, answer: bytes) -> None:
    handler.close_connection = True


def _slow(handler: _Handler, fault: Fault, answer: bytes) -> None:
    time.sleep(fault.seconds)
    handler._send(200, answer)


def _dripping(handler: _Handler, fault: Fault, answer: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(answer)))
    handler.end_headers()
    for place in range(len(answer)):
        handler.wfile.write(answer[place : place + 1])
        handler.wfile.flush()
        time.sleep(fault.seconds)


def _html(handler: _Handler, fault: Fault, answer: bytes) -> None:
    page = "<html><script>var a = '<';</script><h1>Welcome</h1><p>to the hotel's network</p></html>"
    handler._send(200, page.encode(), {"Content-Type": "text/html"})


_RAW: Mapping[str, Callable[[_Handler, Fault, bytes], None]] = {
    "status": _status,
    "cut": _cut,
    "silent": _refuse_to_speak,
    "slow": _slow,
    "dripping": _dripping,
    "html": _html,
    "empty": lambda handler, fault, answer: handler._send(200, b""),
    "other": lambda handler, fault, answer: handler._send(200, b'{"object": "list"}'),
    "deep": lambda handler, fault, answer: handler._send(200, b"[" * 100_000),
    "null": lambda handler, fault, answer: handler._send(200, b"null"),
}

Spoil = Callable[[list[Any], list[Any]], tuple[list[Any], list[Any]]]


def _first(value: object) -> Spoil:
    """In place of the first vector's first component."""
    return lambda vectors, places: ([[value, *vectors[0].tolist()[1:]], *vectors[1:]], places)


_SPOILT: Mapping[str, Spoil] = {
    "short": lambda vectors, places: (vectors[:-1], places[:-1]),
    "extra": lambda vectors, places: ([*vectors, vectors[0]], [*places, len(places)]),
    "shuffled": lambda vectors, places: (vectors[::-1], places[::-1]),
    "twice": lambda vectors, places: (vectors, [0] * len(places)),
    "beyond": lambda vectors, places: (vectors, [place + 1 for place in places]),
    "nameless": lambda vectors, places: (vectors, ["0"] * len(places)),
    "nan": _first(float("nan")),
    "infinite": _first(1e300),
    "word": _first("much"),
    "nothing": _first(None),
    "nested": _first([1.0]),
    "wide": lambda vectors, places: ([np.append(part, 1.0) for part in vectors], places),
    "narrow": lambda vectors, places: ([part[:-1] for part in vectors], places),
}


@dataclass(frozen=True)
class _Form:
    """read: a body → its texts and their vectors. write: vectors and places → an answer."""

    path: str
    header: str
    scheme: str
    required: Mapping[str, type]
    fixed: Mapping[str, Any]
    optional: Mapping[str, type]
    read: Callable[[Json], tuple[list[str], list[np.ndarray]]]
    write: Callable[[list[Any], list[int]], Json]
    refusal: Callable[[str], Json]

    def check(self, path: str, headers: Any, body: Json) -> None:
        if path != "/v9" + self.path:
            raise RefusalError(f"no such path {path}")
        if headers.get(self.header) != self.scheme + KEY:
            raise RefusalError("wrong or no key")
        if headers.get("Content-Type") != "application/json":
            raise RefusalError("not JSON")
        _strict(body, self.required, self.fixed, self.optional)
        for text in self.read(body)[0]:
            if not text.strip():
                raise RefusalError("an empty text")


def _strict(body: Json, required: Mapping[str, type], fixed: Mapping[str, Any], optional: Mapping[str, type]) -> None:
    for name, kind in required.items():
        if not isinstance(body.get(name), kind):
            raise RefusalError(f"{name} is missing or of the wrong type")
    for name, value in fixed.items():
        if body.get(name) != value:
            raise RefusalError(f"{name} must be {value!r}")
    for name, value in body.items():
        if name not in required and name not in fixed and not isinstance(value, optional.get(name, ())):  # type: ignore[arg-type]
            raise RefusalError(f"unknown or wrong field {name}")


def _read(texts: str, word: str, dim: str) -> Callable[[Json], tuple[list[str], list[np.ndarray]]]:
    def read(body: Json) -> tuple[list[str], list[np.ndarray]]:
        return body[texts], [vector(text, body.get(word, ""), dim=body.get(dim, DIM)) for text in body[texts]]

    return read


def _read_gemini(body: Json) -> tuple[list[str], list[np.ndarray]]:
    texts, vectors = [], []
    for request in body["requests"]:
        optional = {"taskType": str, "title": str, "outputDimensionality": int}
        _strict(request, {"content": dict}, {"model": f"models/{MODEL}"}, optional)
        _strict(request["content"], {"parts": list}, {}, {})
        [part] = request["content"]["parts"]
        _strict(part, {"text": str}, {}, {})
        word, title = request.get("taskType", ""), request.get("title", "")
        if title and word != "RETRIEVAL_DOCUMENT":
            raise RefusalError("a title goes with RETRIEVAL_DOCUMENT only")
        texts.append(part["text"])
        vectors.append(vector(part["text"], word, title, request.get("outputDimensionality", DIM)))
    return texts, vectors


def _numbered(vectors: list[Any], places: list[int]) -> Json:
    data = [
        {"object": "embedding", "index": place, "embedding": part} for part, place in zip(vectors, places, strict=True)
    ]
    return {"object": "list", "model": MODEL, "data": data, "usage": {"total_tokens": 7}}


def _form(provider: str, texts: str, word: str, dim: str, fixed: Json, refusal: Callable[[str], Json]) -> _Form:
    """What OpenAI, Cohere, Voyage and Jina have in common."""
    optional: dict[str, type] = {dim: int, **({word: str} if word else {"encoding_format": str})}
    write = (
        (lambda vectors, places: {"id": "1", "embeddings": {"float": vectors}, "texts": []})
        if provider == "cohere"
        else _numbered
    )
    path = "/embed" if provider == "cohere" else "/embeddings"
    required = {"model": str, texts: list, **({word: str} if provider == "cohere" else {})}
    return _Form(path, "Authorization", "Bearer ", required, fixed, optional, _read(texts, word, dim), write, refusal)


_FORMS: Mapping[str, _Form] = {
    "openai": _form("openai", "input", "", "dimensions", {}, lambda said: {"error": {"message": said, "code": None}}),
    "cohere": _form(
        "cohere",
        "texts",
        "input_type",
        "output_dimension",
        {"embedding_types": ["float"], "truncate": "NONE"},
        lambda said: {"id": "1", "message": said},
    ),
    "voyage": _form(
        "voyage", "input", "input_type", "output_dimension", {"truncation": False}, lambda said: {"detail": said}
    ),
    "jina": _form(
        "jina",
        "input",
        "task",
        "dimensions",
        {"truncate": False, "late_chunking": False},
        lambda said: {"detail": [{"msg": said, "loc": ["body"]}]},
    ),
    "gemini": _Form(
        f"/models/{MODEL}:batchEmbedContents",
        "x-goog-api-key",
        "",
        {"requests": list},
        {},
        {},
        _read_gemini,
        lambda vectors, places: {"embeddings": [{"values": part} for part in vectors]},
        lambda said: {"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}},
    ),
}
