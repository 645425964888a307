"""Entries with vectors that a test can reckon with."""

from collections.abc import Sequence

import numpy as np

from askew.stores import Entry
from askew.types import Document, Metadata, Passage

DIM = 8


def vector(*parts: float) -> list[float]:
    return [*parts, *[0.0] * (DIM - len(parts))]


def entry(
    id: str,
    *passages: tuple[str, Sequence[float]],
    title: str = "",
    metadata: Metadata | None = None,
    digest: str = "d",
) -> Entry:
    """A document whose text is its passages, one a line."""
    text, found = "\n".join(words for words, _ in passages), []
    start = 0
    for number, (words, _) in enumerate(passages):
        found.append(Passage(id, number, start, start + len(words), words, "Heading"))
        start += len(words) + 1
    vectors = np.array([given for _, given in passages], np.float32).reshape(-1, DIM)
    document = Document(id, text, title, metadata or {})
    return Entry(document, digest, found, vectors, tokens=len(text.split()), seen=len(text.split()))
