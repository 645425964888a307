"""1,000 hostile requests over every route: each is answered, or clearly refused where it is wrong; nothing breaks."""

import asyncio
import json
import random
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from helpers.server import Server
from starlette.types import Message

from askew.server.app import create_app
from askew.server.config import ServerConfig, ServerLimits

SEED, COUNT = 17, 1000
LARGE = 24
"""Of these, requests with a body of megabytes."""
BEYOND = 17 << 20  # bytes
Json = dict[str, Any]

ODD = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1b[2J\x07",
    "\ud800",
    "\udfff\ud800",
    "\u202etxt.exe",
    "\ufeff\ufffe\uffff",
    "e" + "\u0301" * 5000,
    "\U0010ffff" * 100,
    "👩‍👩‍👧‍👦" * 200,
    "\u2028\u2029\u0085",
    "İıſK" * 50,
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/proc/self/mem",
    "file:///etc/passwd",
    "%2e%2e%2f%00",
    "//evil.example/x",
    "~root",
    "org/name",
    "./book.askew",
    "'; DROP TABLE documents; --",
    '"" OR "a"*',
    "NEAR(a b) ^ : - +",
    "{{7*7}}${7*7}<%=7*7%>",
    "%s%n%x{0.__class__}",
    "<script>alert(1)</script>",
    "(a+)+$" * 50,
    "word " * 30_000,
    "x" * 199_999,
    "x" * 300_000,
)
"""Strings: empty, of control characters, lone surrogates, unusual scripts, paths, code, and long ones."""


@dataclass(frozen=True)
class Hostile:
    """A request as bytes. head: its first line. fields: headers besides Host and Content-Length."""

    head: str
    body: bytes = b""
    fields: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    def bytes(self) -> bytes:
        lines = [self.head, "Host: localhost", "Connection: close", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.fields.items()]
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


def deep(rng: random.Random) -> object:
    """A value nested as deep as Python's own encoder takes it; `damaged` has deeper ones."""
    value: object = "x"
    for _ in range(rng.choice((10, 100, 300))):
        value = [value] if rng.random() < 0.5 else {"$and": [value]}
    return value


def value(rng: random.Random) -> object:
    """A value that a field does not expect."""
    numbers = (0, -1, 1 << 31, 1 << 63, 10**40, -(10**40), 1e308, float("inf"), float("nan"), 0.1, True, False, None)
    kind = rng.randrange(8)
    if kind < 3:
        return rng.choice(ODD)
    if kind == 3:
        return rng.choice(numbers)
    if kind == 4:
        return [rng.choice((*numbers, *ODD[:20])) for _ in range(rng.choice((0, 1, 3, 3000)))]
    if kind == 5:
        return {rng.choice(ODD[:26]): rng.choice((*numbers, *ODD[:26])) for _ in range(rng.choice((0, 1, 5, 500)))}
    if kind == 6:
        operator = rng.choice(("$gt", "$in", "$not", "$or", "$regex", "$nothing", "$eq"))
        return {rng.choice(ODD[:26]): {operator: rng.choice((*numbers, *ODD[:26], [], {}))}}
    return deep(rng)


def damaged(rng: random.Random, text: bytes) -> bytes:
    """A body that is no JSON, or no text at all."""
    place = rng.randrange(len(text) + 1)
    ways = (
        lambda: text[:place],
        lambda: text[:place] + b"\xff\xfe\x00" + text[place:],
        lambda: rng.randbytes(200),
        lambda: b"[" * 200_000,
        lambda: b'{"a":' * 100_000,
        lambda: text.replace(b'"', b"'"),
        lambda: text + text,
        lambda: text.decode().encode("utf-16"),
        lambda: b"1" * 50_000,
        lambda: b"",
    )
    return rng.choice(ways)()


def example(form: Json) -> Json:
    """A right body, made of the examples of the fields."""
    found = {name: about["examples"][0] for name, about in form["properties"].items() if "examples" in about}
    return {name: one for name, one in found.items() if name in form.get("required", ()) or name in ("task", "query")}


def targets(rng: random.Random, path: str, operation: Json) -> str:
    """The path with its parameters filled, mostly with the name of an index."""
    kept = "book" if "requestBody" in operation or path.endswith("}/documents") else "none"  # others may delete it
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            odd = rng.choice(ODD[1:30]).encode("utf-8", "surrogatepass")
            given = kept if one["name"] == "name" and rng.random() < 0.7 else quote(odd, safe=rng.choice(("", "/")))
            path = path.replace("{" + one["name"] + "}", given)
        if one["in"] == "query" and rng.random() < 0.8:
            path += "?" + "&".join(f"{one['name']}={quote(rng.choice(ODD[:30]).encode('utf-8', 'surrogatepass'))}"
                                   for _ in range(rng.choice((1, 3, 200))))  # fmt: skip
    return path


def requests(described: Json, rng: random.Random) -> Iterator[Hostile]:
    """Requests for one operation after another."""
    forms, operations = described["components"]["schemas"], []
    for path, methods in described["paths"].items():
        operations += [(path, method.upper(), operation) for method, operation in methods.items()]
    for number in range(COUNT - LARGE):
        path, method, operation = operations[number % len(operations)]
        head = f"{method} {targets(rng, path, operation)} HTTP/1.1"
        if "requestBody" not in operation:
            yield Hostile(head)
            continue
        form = forms[operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]
        body = example(form) | {rng.choice(list(form["properties"])): value(rng) for _ in range(rng.choice((1, 1, 2)))}
        text = json.dumps(body).encode()
        way = rng.randrange(10)
        if way == 0:
            yield Hostile(head, damaged(rng, text))
        elif way == 1:
            yield Hostile(head, json.dumps(value(rng)).encode())
        elif way == 2:
            kind = rng.choice(("text/plain", "application/xml", "", "application/json; charset=utf-7", "x" * 5000))
            yield Hostile(head, text, {"Content-Type": kind})
        elif way == 3:
            odd = rng.choice(("\x01", "é" * 300, "k" * 201, "../x", "'"))
            fields = {"Content-Type": "application/json", "Idempotency-Key": odd}
            yield Hostile(head, b"" if odd == "\x01" else text, fields)  # a request that is no HTTP is not read further
        else:
            yield Hostile(head, text)


def large() -> Iterator[Hostile]:
    """Requests of a million tokens, texts or brackets, and one that is longer than the server takes."""
    many = [
        ("/v1/embeddings", {"input": [101] * 1_000_000}),
        ("/v1/embeddings", {"input": ["x"] * 1_000_000}),
        ("/v1/embeddings", {"input": "word " * 1_000_000}),
        ("/v2/embed", {"texts": ["word " * 1_000_000]}),
        ("/embed", {"inputs": ["a"] * 1_000_000}),
        ("/v1/rerank", {"query": "x", "documents": ["a"] * 1_000_000}),
        ("/v1/rerank", {"query": "word " * 1_000_000, "documents": ["a"]}),
        ("/v1/indexes/book/search", {"query": "word " * 1_000_000}),
        ("/v1/indexes/book/search", {"query": "x", "where": {"a": {"$in": list(range(1_000_000))}}}),
        ("/v1/indexes/book/documents", {"documents": [{"text": "x"}] * 300_000}),
        ("/v1/indexes/book/evaluate", {"queries": {str(n): "x" for n in range(100_000)}, "qrels": {"1": {"a": 1}}}),
    ]
    bodies = [(path, json.dumps(body).encode()) for path, body in many]
    bodies += [("/v1/embeddings", b"[" * 1_000_000), ("/v1/indexes", b" " * BEYOND)]
    for number in range(LARGE):
        path, body = bodies[number % len(bodies)]
        yield Hostile(f"POST {path} HTTP/1.1", body)


def answered(server: Server, request: Hostile) -> tuple[int, bytes]:
    """Return status and body of the answer."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as one:
        one.sendall(request.bytes())
        answer = b"".join(iter(lambda: one.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def test_a_body_that_does_not_arrive_is_given_up(tmp_path: Path) -> None:
    app = create_app(ServerConfig(tmp_path, models=("hashing",), rerankers=(), limits=ServerLimits(upload=0.05)))
    sent: list[Message] = []
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Message:
        return next(parts, None) or await asyncio.Event().wait()

    async def send(message: Message) -> None:
        sent.append(message)

    path = {"path": "/v1/embeddings", "raw_path": b"/v1/embeddings", "query_string": b"", "root_path": ""}
    about = {"method": "POST", "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1)}
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    asyncio.run(app({"type": "http", "headers": headers, **path, **about}, receive, send))
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["error"]["type"] == "TooSlowError"


def test_hostile_requests_are_refused_and_break_nothing(server: Server, book: str) -> None:
    described = server.get("/openapi.json").body
    given = [*requests(described, random.Random(SEED)), *large()]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: answered(server, one), given))
    failed = {(one.head[:200], one.body[:300], body[:300]) for one, (status, body) in zip(given, answers, strict=True)
              if status >= 500}  # fmt: skip
    assert not failed
    for status, body in answers:
        if status >= 400 and not body.startswith(b"Invalid HTTP"):
            error = json.loads(body)["error"]
            assert error["type"]
            assert error["message"]
            assert len(body) < 20_000
    counted = Counter(status for status, _ in answers)
    assert counted.total() == COUNT
    assert counted[422] > 200
    assert counted[200] > 50
    assert counted[413] >= 1
    assert server.process.poll() is None
    assert server.post(f"{book}/search", {"query": "paid holiday"}).body["hits"][0]["id"] == "leave"
