"""Answers of the tools: documents found in one or several indexes, a context, a document, and what an index is.

Scores of different indexes cannot be compared, so their documents take turns, and an index that nothing is near in is
left out. "Nothing answers this" is an answer with a reason, not an error and not an empty list.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any, TypeVar

from askew.errors import AskewError
from askew.faq.faq import Faq
from askew.mcp.budget import COUNTER, tokens
from askew.mcp.forms import inert, label, url_of
from askew.mcp.indexes import Opened, ReadableIndexes, halves
from askew.rag.answer import Answerability, distance
from askew.search.context import Citation, Context, Piece, distinct, found_pieces
from askew.search.context import packed as packed_pieces
from askew.search.ranking import CONTEXT_PASSAGES, EQUAL_WEIGHTS, SearchParams
from askew.terminal import one_line
from askew.types import Document, Where

T = TypeVar("T")
NEAREST = 3
DEEPEST = 200  # passages considered for a context
PASSAGE_TOKENS = 100
LEXICAL = "lexical only: "


@dataclass(frozen=True)
class Item:
    """A document that was found. id: with the index, as `fetch` takes it."""

    id: str
    title: str
    url: str
    score: float
    text: str

    @property
    def result(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.title, "url": self.url}


@dataclass(frozen=True)
class Part:
    """What one index contributes. reason: why it has nothing; nearest: what it has instead. degraded: what the search
    was made without.
    """

    items: Sequence[Any] = ()
    nearest: Sequence[Item] = ()
    reason: str = ""
    degraded: str = ""


@dataclass(frozen=True)
class Found:
    """Documents found in all indexes, best first."""

    items: Sequence[Item]
    nearest: Sequence[Item]
    message: str
    degraded: Sequence[str]

    def as_results(self) -> dict[str, Any]:
        return {
            **self._status,
            "results": [item.result for item in self.items],
            "nearest": [item.result for item in self.nearest],
            "degraded": list(self.degraded),
        }

    def as_passages(self) -> dict[str, Any]:
        return {**self._status, "results": [vars(item) for item in self.items], "degraded": list(self.degraded)}

    @property
    def _status(self) -> dict[str, str]:
        return {"status": "found" if self.items else "nothing", "message": self.message}


def found(
    indexes: ReadableIndexes,
    names: Sequence[str],
    query: str,
    k: int,
    *,
    similar: bool = False,
    where: Where | None = None,
) -> Found:
    """Return the k best documents of all these indexes. similar: those most similar to a text, whatever they answer."""
    parts = _each(names, lambda name: _found_in(indexes, name, query, k, similar, where))
    items: list[Item] = _in_turn(part.items for part in parts)[:k]
    nearest: list[Item] = [] if items else _in_turn(part.nearest for part in parts)[:NEAREST]
    return Found(items, nearest, "" if items else _message(parts), _degraded(parts))


def packed(
    indexes: ReadableIndexes, names: Sequence[str], query: str, budget: int, where: Where | None
) -> dict[str, Any]:
    """Return the best passages of all these indexes as numbered sources. The whole answer keeps to the budget."""
    k = min(DEEPEST, max(CONTEXT_PASSAGES, budget // PASSAGE_TOKENS))
    parts = _each(names, lambda name: _pieces_of(indexes, name, query, k, where))
    kept, repeated = distinct(_in_turn(part.items for part in parts))
    urls = {piece.document.id: piece.document.source for piece in kept}
    room = budget
    while True:
        context = packed_pieces(kept, max(room, 0), COUNTER, repeated)
        answer = _context(context, urls, _message(parts), _degraded(parts))
        if answer["tokens"] <= budget or not context.citations:
            return answer
        room -= max(answer["tokens"] - budget, budget // 50)


def shown(indexes: ReadableIndexes, name: str) -> dict[str, Any]:
    """Return what an index is."""
    with indexes.reading(name) as opened:
        index = opened.questions if isinstance(opened, Faq) else opened
        sizes, why = index.sizes(), indexes.without_model(name)
        fields = [{"name": one_line(one.name), "types": list(one.types), "documents": one.documents}
                  for one in index.fields()]  # fmt: skip
        models = dict.fromkeys(half.contract.encoder.model for half in halves(opened))
        return {
            "name": name,
            "task": "faq" if isinstance(opened, Faq) else index.contract.task,
            "model": ", ".join(models),
            "mode": index.task.mode,
            "documents": sizes.documents,
            "passages": sizes.passages,
            "fields": fields,
            "degraded": [LEXICAL + why] if why else [],
        }


def _each(names: Sequence[str], of: Callable[[str], Part]) -> list[Part]:
    """Return what each index contributes; where one of several cannot be asked this, or at all, the others answer."""
    parts, errors = [], []
    for name in names:
        try:
            parts.append(of(name))
        except AskewError as error:
            errors.append(error)
            parts.append(Part(reason=f"{name}: {error.lines[0]}", degraded=f"{name}: {error.lines[0]}"))
    if errors and len(errors) == len(names):
        raise errors[0]
    return parts


def _found_in(indexes: ReadableIndexes, name: str, query: str, k: int, similar: bool, where: Where | None) -> Part:
    with indexes.reading(name) as opened:
        why = indexes.without_model(name)
        if isinstance(opened, Faq) and not why and not similar:
            reply = opened.ask(query, k, where=where)
            documents = [
                (Document(hit.entry.id, hit.entry.answer, hit.entry.question, hit.entry.metadata), hit.score)
                for hit in reply.hits or reply.near
            ]
            items = [_item(indexes, name, document, score, document.text) for document, score in documents]
            reason = "" if reply.hits else f"{name}: {reply.explanation}"
        else:
            items, reason = _hits(indexes, name, opened, query, k, similar, where)
        if reason:
            return Part(nearest=items[:NEAREST], reason=reason, degraded=_lexical(name, why))
        return Part(items, degraded=_lexical(name, why))


def _hits(
    indexes: ReadableIndexes, name: str, opened: Opened, query: str, k: int, similar: bool, where: Where | None
) -> tuple[list[Item], str]:
    """Return the hits of an index, and why none of them answers the query, or ""."""
    index = opened.questions if isinstance(opened, Faq) else opened
    far: Answerability | None = None
    if indexes.without_model(name):
        hits = index.search(query, k, mode="lexical", where=where)
    elif similar:
        hits = index.similar(query, k, where=where)
    else:
        hits = index.search(query, k, where=where)
        far = distance(index, query, [hit.text for hit in hits], None, where) if hits else None
    items = [_item(indexes, name, _titled(opened, hit.document), hit.score, hit.text) for hit in hits]
    return items, _reason(name, items, far)


def _pieces_of(indexes: ReadableIndexes, name: str, query: str, k: int, where: Where | None) -> Part:
    """Return the pieces of an index. Their documents have the ids and the URLs (as source) of an answer."""
    with indexes.reading(name) as opened:
        why = indexes.without_model(name)
        if isinstance(opened, Faq) and not why:
            reply = opened.ask(query, k, where=where)
            entries = [(hit.entry, hit.score) for hit in reply.hits]
            documents = [(Document(one.id, one.answer, one.question, one.metadata), score) for one, score in entries]
            pieces = [Piece(document, 0, len(document.text), "", score) for document, score in documents]
            reason = "" if pieces else f"{name}: {reply.explanation}"
        else:
            index = opened.answers if isinstance(opened, Faq) else opened
            mode = "lexical" if why else index.task.mode
            weights = index.weights if mode == "hybrid" else EQUAL_WEIGHTS
            params = SearchParams(k, mode, where, weights, passages=k, languages=index.sealed.languages)
            pieces = found_pieces(index.store, query, *index.sealed.encoded_for([query], mode), params)
            far = distance(index, query, [piece.text for piece in pieces], mode, where) if pieces else None
            reason = _reason(name, pieces, far)
        if reason:
            return Part(reason=reason, degraded=_lexical(name, why))
        return Part([_labelled(indexes, name, piece) for piece in pieces], degraded=_lexical(name, why))


def _item(indexes: ReadableIndexes, name: str, document: Document, score: float, text: str) -> Item:
    url = url_of(name, document, indexes.local)
    return Item(label(name, document.id), one_line(document.title) or label(name, document.id), url, score, inert(text))


def _labelled(indexes: ReadableIndexes, name: str, piece: Piece) -> Piece:
    url = url_of(name, piece.document, indexes.local)
    return replace(piece, document=replace(piece.document, id=label(name, piece.document.id), source=url))


def _titled(opened: Opened, document: Document) -> Document:
    """Return a question of a FAQ with itself as the title."""
    return replace(document, title=document.text) if isinstance(opened, Faq) else document


def _context(context: Context, urls: dict[str, str], message: str, degraded: Sequence[str]) -> dict[str, Any]:
    if not context.citations and context.left_out.budget:
        message = "No sentence that was found fits into the budget. Ask with a larger one."
    answer = {
        "status": "found" if context.citations else "nothing",
        "message": "" if context.citations else message,
        "text": inert(context.text),
        "sources": [_source(citation, urls[citation.document]) for citation in context.citations],
        "tokens": 0,
        "degraded": list(degraded),
    }
    return {**answer, "tokens": tokens({**answer, "tokens": tokens(answer)})}  # its own digits count as well


def _source(citation: Citation, url: str) -> dict[str, Any]:
    return {
        "number": citation.number,
        "id": citation.document,
        "title": one_line(citation.title),
        "url": url,
        "heading": one_line(citation.heading),
        "page": citation.page,
    }


def _reason(name: str, found: Sequence[object], far: Answerability | None) -> str:
    if far is not None:
        return (
            f"{name}: nothing is near this: the best passage scores {far.best:.3f}, and unrelated questions score up "
            f"to {far.floor:.3f}."
        )
    return "" if found else f"{name}: nothing was found."


def _message(parts: Sequence[Part]) -> str:
    reasons = [part.reason for part in parts if part.reason]
    return " ".join(["Nothing in these indexes answers this. Say so, or try other words.", *reasons])


def _lexical(name: str, why: str) -> str:
    return f"{LEXICAL}{why} ({name})" if why else ""


def _degraded(parts: Sequence[Part]) -> list[str]:
    return [one_line(part.degraded) for part in parts if part.degraded]


def _in_turn(lists: Iterable[Sequence[T]]) -> list[T]:
    """Return the best of each list, then the second of each, and so on."""
    missing = object()
    rows = zip_longest(*lists, fillvalue=missing)
    return [one for one in chain.from_iterable(rows) if one is not missing]  # type: ignore[misc]
