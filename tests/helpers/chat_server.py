"""A chat service on a real local server, OpenAI-compatible. It reads the sources in its prompt and answers from them:
with the sentence that shares most words with the question, cited, or with the line it was told to say where none does.
It streams in pieces of odd sizes, that end within characters and within lines, and is faulty when told to be.
"""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import cycle
from typing import Any

from helpers.http import listening

KEY = "sk-very/secret+chat=0987654321"
MODEL = "tiny-chat"
SIZES = (1, 7, 2, 190, 3, 5, 400, 11)  # bytes sent together
HEADER = re.compile(r"^\[(\d+)\] .*\n(\"\"\"\d*)\n([\s\S]*?)\n\2$", re.MULTILINE)
WORD = re.compile(r"\w{4,}")  # shorter ones are in every sentence


@dataclass(frozen=True)
class Fault:
    """kind: what the server does instead of answering well. value, headers: of a status. text: said in place of its own
    words.
    """

    kind: str
    value: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass
class Chatting:
    """faults: one for each of the next requests. seen: bodies; keys: headers. left: set when a client has gone before
    the end. halfway: set it to hear the second half.
    """

    url: str = ""
    key: str = KEY
    faults: deque[Fault] = field(default_factory=deque)
    seen: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    halfway: threading.Event = field(default_factory=threading.Event)


def reply(messages: list[dict[str, str]]) -> str:
    """What a model that does as it is told answers."""
    rules, asked = messages[0]["content"], messages[-1]["content"]
    sources, _, question = asked.removeprefix("Sources:\n\n").rpartition("\n\nQuestion: ")
    wanted = _words(question)
    best, chosen = 0, ""
    for number, _, text in HEADER.findall(sources):
        for sentence in re.split(r"(?<=[.!?])\s+", text.strip()):
            shared = len(wanted & _words(sentence))
            if shared > best:
                best, chosen = shared, f"{sentence} [{number}]"
    return chosen or rules.split("exactly this line and nothing else:\n")[1].split("\n")[0]


@contextmanager
def chatting() -> Iterator[Chatting]:
    state = Chatting()

    class Handler(_Handler):
        chat = state

    with listening(Handler, state.halfway.set) as url:
        state.url = f"{url}/v1"
        yield state


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    chat: Chatting

    def handle(self) -> None:
        with suppress(OSError):  # the client has gone, maybe within its next request
            super().handle()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        state = self.chat
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state.seen.append(body)
        state.keys.append(self.headers.get("Authorization"))
        fault = state.faults.popleft() if state.faults else Fault("none")
        try:
            if self.path != "/v1/chat/completions":
                self.whole(404, {"error": {"message": f"no such path {self.path}"}})
            elif state.key and self.headers.get("Authorization") != f"Bearer {state.key}":
                self.whole(401, {"error": {"message": f"wrong key: {self.headers.get('Authorization')}"}})
            elif body["model"] != MODEL or body.get("stream") is not True:
                self.whole(404, {"error": {"message": f"model {body['model']!r} not found"}})
            else:
                _KINDS[fault.kind](self, fault, fault.text or reply(body["messages"]))
        except OSError:  # the client has gone
            state.left.set()
            self.close_connection = True

    def whole(self, status: int, content: Any, headers: Mapping[str, str] = {}) -> None:  # not changed
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(sent)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def begin(self, kind: str = "text/event-stream; charset=utf-8") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send(self, content: bytes) -> None:
        sizes = cycle(SIZES)
        while content:
            part, content = content[: (size := next(sizes))], content[size:]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def event(text: str | None = None, reason: str | None = None, end: str = "\n") -> bytes:
    """One event, its text as it is, not in ASCII."""
    delta = {} if text is None else {"content": text}
    fields = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
    return f"data: {json.dumps(fields, ensure_ascii=False)}{end}{end}".encode()


def _events(text: str, end: str = "\n") -> bytes:
    """As Ollama and OpenAI begin: with a comment, and an event that has a role and no text."""
    first = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
    return b": welcome\n\n" + first + b"".join(event(text[i : i + 3], end=end) for i in range(0, len(text), 3))


def _stream(handler: _Handler, fault: Fault, text: str) -> None:
    handler.begin()
    handler.send(_events(text) + event(reason="stop") + b'data: {"choices":[],"usage":{"total_tokens":9}}\n\n')
    handler.send(b"data: [DONE]\n\n")
    handler.end()


def _halved(handler: _Handler, fault: Fault, text: str) -> None:
    """The second half comes only when the client says that it has shown the first."""
    handler.begin()
    middle = len(text) // 2
    handler.send(_events(text[:middle]))
    assert handler.chat.halfway.wait(20)
    handler.send(_events(text[middle:]) + event(reason="stop"))
    handler.end()


def _status(handler: _Handler, fault: Fault, text: str) -> None:
    said = fault.text or f"no, {fault.value}; you sent {handler.headers.get('Authorization')}"
    handler.whole(fault.value, {"error": {"message": said}}, fault.headers)


def _cut(handler: _Handler, fault: Fault, text: str) -> None:
    """After so many characters."""
    handler.begin()
    handler.send(_events(text[: fault.value]))
    handler.close_connection = True


def _ended(reason: str | None, last: bytes = b"") -> Callable[[_Handler, Fault, str], None]:
    def act(handler: _Handler, fault: Fault, text: str) -> None:
        handler.begin()
        handler.send(_events(text, end="\r\n") + (event(reason=reason) if reason else b"") + last)
        handler.end()

    return act


def _endless(handler: _Handler, fault: Fault, text: str) -> None:
    handler.begin()
    while True:
        handler.send(event("and so on, " * 50))


def _alive(handler: _Handler, fault: Fault, text: str) -> None:
    """Signs of life, and never a word."""
    handler.begin()
    while True:
        handler.send(b": wait\n\n")
        time.sleep(0.02)


def _unstreamed(handler: _Handler, fault: Fault, text: str) -> None:
    message = {"role": "assistant", "content": text}
    handler.whole(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


def _html(handler: _Handler, fault: Fault, text: str) -> None:
    page = "<html><script>var a = '<';</script><h1>Welcome</h1><p>to the hotel's network</p></html>"
    handler.whole(200, page.encode(), {"Content-Type": fault.text or "text/html"})


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))


_KINDS: Mapping[str, Callable[[_Handler, Fault, str], None]] = {
    "none": _stream,
    "halved": _halved,
    "status": _status,
    "cut": _cut,
    "no-done": _ended("stop"),
    "done-only": _ended(None, b"data: [DONE]\r\n\r\n"),
    "unfinished": _ended(None),
    "length": _ended("length"),
    "error": _ended(None, b'data: {"error": {"message": "out of memory"}}\n\n'),
    "endless": _endless,
    "alive": _alive,
    "unstreamed": _unstreamed,
    "html": _html,
}
