"""Forms of ids, addresses, texts and metadata in an answer, and documents by such an id."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from askew.errors import InputError, UnknownNameError
from askew.explain.explain import check_document
from askew.faq.entries import joined
from askew.faq.faq import Faq
from askew.mcp.budget import MOST, cut, tokens
from askew.mcp.indexes import Opened, ReadableIndexes
from askew.terminal import ACTING, one_line, prose
from askew.types import FEED, Document

CODED = re.compile(f"{ACTING.pattern}|%")
PART = re.compile(r"(?P<id>.*)#char=(?P<start>\d{1,15})", re.DOTALL)
"""A document from a character on, in the notation of RFC 5147."""
WEB = re.compile(r"https?://\S+", re.IGNORECASE)
SLACK = 0.9
"""A part ends at the end of a line, if there is one in its last tenth."""


def inert(text: str) -> str:
    """Return a text whose characters cannot act: control and invisible ones are escaped, page breaks are line feeds."""
    return prose(text.replace(FEED, "\n"))


def label(index: str, document: str) -> str:
    """Return the id of a document in an answer: `INDEX/ID`, where characters that could act are percent-encoded."""
    return f"{index}/{CODED.sub(lambda found: quote(found[0], safe=''), document)}"


def url_of(index: str, document: Document, local: bool) -> str:
    """Return an address for a citation: the metadata field `url`, the file on this machine, or `askew:INDEX/ID`."""
    named = document.metadata.get("url")
    if isinstance(named, str) and WEB.fullmatch(named) and not ACTING.search(named):
        return named
    if local and document.source:
        return Path(document.source).absolute().as_uri()
    return f"askew:{quote(index)}/{quote(document.id)}"


def fetched(indexes: ReadableIndexes, id: str) -> dict[str, Any]:
    """Return a document, or the part of it that begins where the id says, as long as fits into an answer.

    Raises InputError if there is none.
    """
    name, _, rest = id.partition("/")
    if not rest:
        raise InputError(f"The id {id[:100]!r} must be INDEX/ID, as the tool search returns it.")
    if name not in indexes.names():
        raise UnknownNameError("index", name, indexes.names())
    with indexes.reading(name) as opened:
        document, start = _document(opened, unquote(rest))
    found = {
        "id": id,
        "title": one_line(document.title) or label(name, document.id),
        "text": "",
        "url": url_of(name, document, indexes.local),
        "metadata": _inert(dict(document.metadata)),
    }
    return _with_text(found, document.text, start, label(name, document.id))


def _document(opened: Opened, id: str) -> tuple[Document, int]:
    """Return a document by its id, which may name where to begin."""
    index = opened.answers if isinstance(opened, Faq) else opened
    start = 0
    if id not in index and (part := PART.fullmatch(id)):
        id, start = part["id"], int(part["start"])
    check_document(index.store, id)
    document = index.get(id)
    if not isinstance(opened, Faq):
        return document, start
    questions = {id: opened.questions.get(id)} if id in opened.questions else {}
    entry = joined(questions, document)
    return Document(entry.id, entry.answer, entry.question, entry.metadata), start


def _with_text(found: dict[str, Any], text: str, start: int, whole: str) -> dict[str, Any]:
    about = {"start": start, "end": len(text), "of": len(text), "next": f"{whole}#char={len(text)}"}
    room = MOST - tokens({**found, "metadata": {**found["metadata"], "askew_part": about}})
    if room < MOST // 2:  # the text is what was asked for
        found["metadata"], room = {"askew_left_out": "the metadata, which is too long"}, MOST - 1000
    end = start + len(cut(text[start:], room, inert))
    if end < len(text):
        line = text.rfind("\n", start + int((end - start) * SLACK), end)
        end = line + 1 if line > 0 else end
    if start or end < len(text):
        part = {**about, "end": end, "next": f"{whole}#char={end}" if end < len(text) else ""}
        found["metadata"] = {**found["metadata"], "askew_part": part}
    return {**found, "text": inert(text[start:end])}


def _inert(value: Any) -> Any:
    """Return metadata whose strings cannot act."""
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, dict):
        return {one_line(str(name)): _inert(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_inert(each) for each in value]
    return value
