"""Word alignment of two texts: common words in order, and the gaps between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from askew.pair_labels.reading import Reading

LONG = 200
"""Texts with more words than this no longer anchor on frequent words, which would take time quadratic in the length."""


ROOM = 1
"""Other words allowed next to two aligned words; with more, they merely fill the same large gap."""


class Stretch(Protocol):
    """A run of words first..last, both included: a value, a name."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


@dataclass(frozen=True)
class Place:
    """A single word."""

    first: int

    @property
    def last(self) -> int:
        return self.first


@dataclass(frozen=True)
class Hole:
    """A gap: words a[a1:a2] of one text where the other has b[b1:b2]; one of the two may be empty."""

    a1: int
    a2: int
    b1: int
    b2: int

    @property
    def size(self) -> int:
        return self.a2 - self.a1 + self.b2 - self.b1


@dataclass(frozen=True)
class Alignment:
    """An alignment of two texts.

    matched: number of common words, in order. holes: the gaps between them.
    """

    matched: int
    holes: tuple[Hole, ...]

    def exchanged(self, a: Stretch, b: Stretch) -> bool:
        """Return whether the two occur in the same gap, with at most `ROOM` other words on each side."""
        return any(_around(hole.a1, hole.a2, a) and _around(hole.b1, hole.b2, b) for hole in self.holes)


def _around(start: int, end: int, held: Stretch) -> bool:
    shared = min(end, held.last + 1) - max(start, held.first)
    return shared > 0 and end - start - shared <= ROOM


def align(a: Reading, b: Reading, exact: bool = False) -> Alignment:
    """Align two texts. exact: inflected forms count as different."""
    left, right = ([word.form if exact else word.plain for word in reading.words] for reading in (a, b))
    head = _shared(left, right)
    tail = _shared(left[head:][::-1], right[head:][::-1])
    inner = (left[head : len(left) - tail], right[head : len(right) - tail])
    found = SequenceMatcher(None, *inner, autojunk=max(map(len, inner)) > LONG).get_opcodes()
    holes = [Hole(*(head + edge for edge in edges)) for tag, *edges in found if tag != "equal"]
    return Alignment(len(left) - sum(hole.a2 - hole.a1 for hole in holes), tuple(holes))


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the common prefix."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
