"""Which words of two texts stand in each other's place."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from askew.mining.verdicts.reading import Reading

LONG = 200
"""Words from which frequent ones no longer anchor: with them the time would grow with the square of the length."""


ROOM = 1
"""Words beside two that stand in each other's place: more, and they only happen to be where nothing else matches."""


class Stretch(Protocol):
    """Words first..last, both included: a value, a name."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


@dataclass(frozen=True)
class Place:
    """One word."""

    first: int

    @property
    def last(self) -> int:
        return self.first


@dataclass(frozen=True)
class Hole:
    """Words a[a1:a2] of the one text stand where the other has b[b1:b2]; one of the two may be empty."""

    a1: int
    a2: int
    b1: int
    b2: int

    @property
    def size(self) -> int:
        return self.a2 - self.a1 + self.b2 - self.b1


@dataclass(frozen=True)
class Alignment:
    """matched: words in common, in order. holes: all between."""

    matched: int
    holes: tuple[Hole, ...]

    def exchanged(self, a: Stretch, b: Stretch) -> bool:
        """Whether these two stand in each other's place, with at most `ROOM` other words on each side."""
        return any(_around(hole.a1, hole.a2, a) and _around(hole.b1, hole.b2, b) for hole in self.holes)


def _around(start: int, end: int, held: Stretch) -> bool:
    shared = min(end, held.last + 1) - max(start, held.first)
    return shared > 0 and end - start - shared <= ROOM


def align(a: Reading, b: Reading, exact: bool = False) -> Alignment:
    """exact: other inflection is a difference too."""
    left, right = ([word.form if exact else word.plain for word in reading.words] for reading in (a, b))
    head = _shared(left, right)
    tail = _shared(left[head:][::-1], right[head:][::-1])
    inner = (left[head : len(left) - tail], right[head : len(right) - tail])
    found = SequenceMatcher(None, *inner, autojunk=max(map(len, inner)) > LONG).get_opcodes()
    holes = [Hole(*(head + edge for edge in edges)) for tag, *edges in found if tag != "equal"]
    return Alignment(len(left) - sum(hole.a2 - hole.a1 for hole in holes), tuple(holes))


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    """How many words the two begin with in common."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
