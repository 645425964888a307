"""The nouns that every floor speaks of: roles, documents, passages, hits, pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]
"""Vectors, one a row: (n, dim) float32."""

Metadata = Mapping[str, Any]
"""What JSON can hold: strings, numbers, booleans, null, lists and objects of them."""

Where = Mapping[str, Any]
"""A filter on metadata, as `askew.stores.where` reads it."""


class Role(StrEnum):
    """On which side of a search a text stands."""

    QUERY = "query"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Document:
    """`source`: the absolute path of the file that it was read from, "" where it came through the API."""

    id: str
    text: str
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Passage:
    """A stretch of a document's text, `document.text[start:end]`; what is encoded and found."""

    document: str
    number: int
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True)
class Span:
    """A stretch of a text, text[start:end]; false where it is empty."""

    start: int = 0
    end: int = 0

    def __bool__(self) -> bool:
        return self.end > self.start


@dataclass(frozen=True)
class Hit:
    """A document that was found, by its best passage. A higher score is better, always, among those of one method.

    method: what gave the score: dense, lexical, hybrid, or the model that reranked. shown: the passage together with
    the neighbours of it that were found as well. sentence: the one that matches best, where it was asked for.
    """

    rank: int
    score: float
    document: Document
    passage: Passage
    method: str
    shown: Span
    sentence: Span = Span()

    @property
    def text(self) -> str:
        return self.document.text[self.shown.start : self.shown.end]


@dataclass(frozen=True)
class Pair:
    """Two documents whose score reaches a threshold; `a` stands before `b` in the corpus."""

    score: float
    a: str
    b: str


@dataclass(frozen=True)
class Group:
    """Documents that are duplicates of each other, in the order of the corpus.

    id: it stays the same when the corpus grows. representative: the member that is nearest to the others. merged: ids
    of groups that have become part of this one.
    """

    id: str
    members: tuple[str, ...]
    representative: str
    merged: tuple[str, ...] = ()
