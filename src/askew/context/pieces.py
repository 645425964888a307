"""From a ranking to the pieces that a context is made of: found passages, none said twice, those that meet joined."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from askew.documents.headings import BETWEEN
from askew.search.ranking import Ranked
from askew.stores import Store
from askew.types import Document, Passage

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Piece:
    """A stretch of a document, document.text[start:end]. cut: whether it ends before its passage does."""

    document: Document
    start: int
    end: int
    heading: str
    score: float
    cut: bool = False

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]


def pieces(store: Store, ranking: Sequence[Ranked]) -> list[Piece]:
    """Every passage found, best first; those found beside a better one follow it, the nearest first."""
    keys = [(entry, key) for entry in ranking for key in _outward(entry)]
    passages = store.passages([key for _, key in keys])
    documents = store.documents([entry.document for entry, _ in keys])
    return [
        Piece(document, _body(document.text, passage), passage.end, passage.heading, entry.score)
        for (entry, _), passage, document in zip(keys, passages, documents, strict=True)
    ]


def distinct(found: Iterable[Piece]) -> tuple[list[Piece], int]:
    """Those that say what none before says, and how many were left out.

    The same words in the same order are a repetition, whatever stands between them. No score decides this: passages
    that differ in one number score 0.99, and the number is what they are read for.
    """
    seen: set[str] = set()
    kept, repeated = [], 0
    for piece in found:
        said = " ".join(WORD.findall(piece.text.casefold())) or piece.text
        if said in seen:
            repeated += 1
        else:
            seen.add(said)
            kept.append(piece)
    return kept, repeated


def arranged(chosen: Iterable[Piece]) -> list[Piece]:
    """Given best first: documents by their best piece, of each its pieces in its own order, joined where they meet."""
    groups: dict[str, list[Piece]] = {}
    for piece in chosen:
        groups.setdefault(piece.document.id, []).append(piece)
    return [piece for group in groups.values() for piece in _joined(sorted(group, key=lambda one: one.start))]


def _joined(group: Iterable[Piece]) -> Iterator[Piece]:
    held: Piece | None = None
    for piece in group:
        if held is not None and _meet(held, piece):
            last = piece if piece.end > held.end else held
            held = replace(held, end=last.end, cut=last.cut, score=max(held.score, piece.score))
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _meet(first: Piece, second: Piece) -> bool:
    """They overlap, or only white space is between them. Stretches under two headings stay two: each says its own."""
    gap = first.document.text[first.end : second.start]
    return not gap.strip() and first.heading == second.heading


def _outward(entry: Ranked) -> list[int]:
    return [entry.key, *sorted(entry.neighbours, key=lambda key: abs(key - entry.key))]


def _body(text: str, passage: Passage) -> int:
    """Where the passage begins without the lines that its heading already says."""
    said = {_bare(part) for part in passage.heading.split(BETWEEN)} if passage.heading else set()
    start = passage.start
    while text.startswith("#", start):
        end = text.find("\n", start, passage.end)
        if end < 0 or _bare(text[start:end]) not in said or not text[end : passage.end].strip():
            break
        start = end + len(text[end : passage.end]) - len(text[end : passage.end].lstrip())
    return start


def _bare(heading: str) -> str:
    return heading.strip().strip("#").strip()
