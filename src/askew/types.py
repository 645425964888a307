"""Core data types: roles, documents, passages, hits, pairs and groups."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import shorten
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]
"""Vectors, one per row: (n, dim) float32."""

Metadata = Mapping[str, Any]
"""JSON values: strings, numbers, booleans, null, lists and objects."""

Where = Mapping[str, Any]
"""A metadata filter such as {"year": {"$gte": 2020}}; see `askew.stores.where`."""


@dataclass(frozen=True)
class SparseRows:
    """Sparse vectors over a model's vocabulary. Row i is the slice `starts[i]` to `starts[i + 1]` of the other two.

    starts: (n + 1,) int64. terms: int32 token ids, ascending within a row. weights: float32, none of them 0.
    """

    starts: NDArray[np.int64]
    terms: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, dense: FloatMatrix) -> Self:
        """Return the entries of a matrix (n, vocabulary) that are not 0."""
        rows, terms = np.nonzero(dense)
        starts = np.searchsorted(rows, np.arange(len(dense) + 1))
        return cls(starts.astype(np.int64), terms.astype(np.int32), dense[rows, terms].astype(np.float32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def part(self, rows: slice) -> Self:
        """Return consecutive rows."""
        first, end, _ = rows.indices(len(self))
        starts = self.starts[first : max(first, end) + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        return type(self)(starts - starts[0], self.terms[inside], self.weights[inside])

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return these rows, which may repeat, in this order."""
        counts = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(counts)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[:-1][rows] - starts[:-1], counts)
        return type(self)(starts, self.terms[places], self.weights[places])

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts, in order."""
        counts = np.concatenate([np.empty(0, np.int64), *(np.diff(part.starts) for part in parts)])
        return cls(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([np.empty(0, np.int32), *(part.terms for part in parts)]),
            np.concatenate([np.empty(0, np.float32), *(part.weights for part in parts)]),
        )


FEED = "\f"
"""Page break in the text of a document: every page but the last, even an empty one, ends with it."""

SHOWN = 80
"""Characters of a text in a repr."""


def page_of(text: str, offset: int) -> int:
    """Return the page number, from 1; 0 if the text has at most one page."""
    return 1 + text.count(FEED, 0, offset) if FEED in text else 0


BETWEEN = " › "
"""Between the headings of a path."""

TABLE = re.compile(r"^(\|[^\n]*+)\n\|(?:[ \t]*+:?-++:?[ \t]*+\|)++[ \t]*+$", re.MULTILINE)
"""The header row of a Markdown table, and the line below it."""

NO_ROW = re.compile(r"\n(?!\|)")

LONGEST_HEADER = 500
"""Characters of a header row that is repeated; a longer one would displace the rows."""


def table_header(text: str, offset: int) -> str:
    """Return the header row of the Markdown table that text[offset:] continues; "" if it continues none."""
    line = text.rfind("\n", 0, offset) + 1
    if not text.startswith("|", line):
        return ""
    found = TABLE.search(text, max(text.rfind("\n\n", 0, line), 0), max(line - 1, 0))
    if not found or len(found[1]) > LONGEST_HEADER or NO_ROW.search(text, found.end(), line + 1):
        return ""
    return found[1]


def excerpt(text: str, start: int, end: int) -> str:
    """Return text[start:end], below the header row of the table that it continues."""
    header = table_header(text, start)
    return f"{header}\n{text[start:end]}" if header else text[start:end]


class Role(StrEnum):
    """The side of a search that a text is encoded for."""

    QUERY = "query"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Document:
    """A text with an id. source: absolute path of the file it was read from; "" if it came through the API.

    readers: names of the groups that may read it. Without any, nobody may in an index with access control, and everyone
    in another.
    """

    id: str
    text: str
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    source: str = ""
    readers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Passage:
    """Part of a document: the unit that is encoded and searched.

    text: `document.text[start:end]`, below the header row of the table that it continues. heading: the headings above
    it, outermost first.
    """

    document: str
    number: int
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True)
class Span:
    """Character range text[start:end]; false if empty."""

    start: int = 0
    end: int = 0

    def __bool__(self) -> bool:
        return self.end > self.start


@dataclass(frozen=True, repr=False)
class Hit:
    """A document found by a search, through its best passage. Higher scores are better, within one method.

    method: what computed the score: dense, lexical, hybrid, or the name of the reranking model. shown: the passage
    together with adjacent passages that matched too. sentence: the best sentence, if highlighting was requested.
    copies: ids of documents found that say the same, if copies were collapsed.
    """

    rank: int
    score: float
    document: Document
    passage: Passage
    method: str
    shown: Span
    sentence: Span = Span()
    copies: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Id of the document."""
        return self.document.id

    @property
    def title(self) -> str:
        """Title of the document, "" if it has none."""
        return self.document.title

    @property
    def text(self) -> str:
        """The text that matched: the best passage, with adjacent passages that matched too."""
        return excerpt(self.document.text, self.shown.start, self.shown.end)

    @property
    def page(self) -> int:
        """Page on which the text starts, from 1; 0 if the document has no pages."""
        return page_of(self.document.text, self.shown.start)

    def __repr__(self) -> str:
        text = shorten(self.text, SHOWN, placeholder=" …")
        return f"Hit(rank={self.rank}, score={self.score:.4g}, id={self.id!r}, text={text!r})"


@dataclass(frozen=True)
class Pair:
    """Two documents that score at or above a threshold; `a` precedes `b` in the corpus."""

    score: float
    a: str
    b: str


@dataclass(frozen=True)
class Group:
    """Documents that are duplicates of each other, in corpus order.

    id: stays the same when the corpus grows. representative: the member nearest to the others. merged: ids of groups
    that have become part of this one.
    """

    id: str
    members: tuple[str, ...]
    representative: str
    merged: tuple[str, ...] = ()
