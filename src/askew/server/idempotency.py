"""Idempotency keys: what was answered to the last requests that changed an index is remembered in the index itself.

It is committed together with what the request changed, so that a repeated request gets the first answer even if the
server was killed before it could send that.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from askew.faq.faq import Faq
from askew.index import Index
from askew.server.errors import ConflictError

NOTE = "requests"
KEYS = 1000
"""Requests that an index remembers."""
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class RequestKey:
    """Who sends a request, and the key that names it. content: its body, which a repeated request has again."""

    caller: str
    key: str
    content: bytes

    @property
    def name(self) -> str:
        """Digest under which the request is remembered: a key may be anything, and is stored nowhere."""
        return hashlib.sha256(f"{self.caller}\0{self.key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:32]


def once(opened: Index | Faq, request: RequestKey | None, change: Callable[[], Answer]) -> Answer:
    """Change an index completely or not at all, and return the answer; a repeated request changes nothing and gets the
    first answer. request: None for one without a key. Raises ConflictError for a key of another request.
    """
    with _together(opened):
        if request is None:
            return change()
        store = _last(opened).store
        known: dict[str, str] = json.loads(
            store.note(NOTE) or "{}"
        )  # answers as text: a thousand objects take megabytes
        if request.name in known:
            digest, _, answered = known[request.name].partition(" ")
            if digest != request.digest:
                raise ConflictError("This Idempotency-Key was used for another request. Send a new key.")
            return {**json.loads(answered), "repeated": True}
        answer = change()
        known[request.name] = f"{request.digest} {json.dumps(answer)}"
        kept = dict(list(known.items())[-KEYS:])
        store.set_note(NOTE, json.dumps(kept, separators=(",", ":")))
        return answer


@contextmanager
def _together(opened: Index | Faq) -> Iterator[None]:
    """Make all changes in the block at once. The channels of a FAQ are committed one after the other, `_last` last."""
    with ExitStack() as stack:
        stack.enter_context(_last(opened).check_writable().transaction())
        if isinstance(opened, Faq):
            stack.enter_context(opened.answers.check_writable().transaction())
        yield


def _last(opened: Index | Faq) -> Index:
    return opened.questions if isinstance(opened, Faq) else opened
