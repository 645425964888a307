"""Word alignment of two texts: the gaps between common words, near-identity and containment."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Protocol

from askew.pair_labels import values as valuing
from askew.pair_labels.reading import Reading
from askew.pair_labels.words import Word, slipped
from askew.text.normalise import normalise
from askew.types import Span

ANCHORED = 200
"""Texts with more words than this no longer anchor on frequent words, which would take time quadratic in the length."""
ROOM = 1
"""Other words allowed next to two aligned words; with more, they merely fill the same large gap."""
CLOSE = 0.6
"""Share of the longer text's words that must be in both, in order."""
FREE, SHARE = 3, 0.25
"""Small words, as a number or a share of all words, that may differ between near-identical texts."""
LONG = 0.03
"""Share of content words that may differ in long texts."""
WHOLE = 0.9
"""Share of the shorter text that a longer one must have, word for word and in order, to contain it."""
MORE = 2.0
"""Length ratio from which the longer text clearly says more."""
SPREAD = 1.3
"""The matched passage may be at most this multiple of the shorter text's length."""
LEAST = 3  # content words that the shorter one must have
RECENT = 64
"""Alignments kept: a text of one sentence is aligned as a whole and as its sentence."""


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


def close(a: Reading, b: Reading, aligned: Alignment) -> bool:
    """Return whether one text is the other but for little, so that a small word or a sign may decide."""
    return aligned.matched >= CLOSE * max(len(a.words), len(b.words))


def _around(start: int, end: int, held: Stretch) -> bool:
    shared = min(end, held.last + 1) - max(start, held.first)
    return shared > 0 and end - start - shared <= ROOM


@lru_cache(maxsize=RECENT)
def align(a: Reading, b: Reading, exact: bool = False) -> Alignment:
    """Align two texts. exact: inflected forms count as different."""
    left, right = ([word.form if exact else word.plain for word in reading.words] for reading in (a, b))
    holes = gaps(left, right)
    return Alignment(len(left) - sum(hole.a2 - hole.a1 for hole in holes), holes)


def gaps(a: Sequence[str], b: Sequence[str]) -> tuple[Hole, ...]:
    """Return the gaps between the items that two sequences share, in order."""
    head = _shared(a, b)
    tail = _shared(a[head:][::-1], b[head:][::-1])
    x, y = a[head : len(a) - tail], b[head : len(b) - tail]
    if not x or not y or len(x) == len(y) == 1:  # most copies differ in one place
        return (Hole(head, head + len(x), head, head + len(y)),) if x or y else ()
    found = SequenceMatcher(None, x, y, autojunk=max(len(x), len(y)) > ANCHORED).get_opcodes()
    return tuple(Hole(*(head + edge for edge in edges)) for tag, *edges in found if tag != "equal")


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the common prefix."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def identical(a: str, b: str) -> bool:
    """Return whether the texts have one normal form."""
    return _normalised(a) == _normalised(b)


@lru_cache(maxsize=4096)
def _normalised(text: str) -> str:
    return normalise(text)


def nearly(a: Reading, b: Reading, aligned: Alignment) -> bool:
    """Return whether only typos, inflections and small words differ."""
    if valuing.unmatched(a.values, b.values) or valuing.unmatched(b.values, a.values):
        return False
    if a.asked.what != b.asked.what:
        return False
    if squashed(a.text) == squashed(b.text):
        return True
    size = max(len(a.words), len(b.words))
    if sum(max(hole.a2 - hole.a1, hole.b2 - hole.b1) for hole in aligned.holes) > max(FREE, SHARE * size):
        return False
    differ = sum(unexplained(a, b, hole) for hole in aligned.holes)
    return differ <= (LONG * size if size > LEAST / LONG else 0)


def squashed(text: str) -> str:
    """Return the normal form without spaces and apostrophes: a web site is a website, and dont is don't."""
    return _normalised(text).replace(" ", "").replace("'", "")


def unexplained(a: Reading, b: Reading, hole: Hole) -> int:
    """Count the content words in a gap that no typo explains."""
    left, right = list(range(hole.a1, hole.a2)), list(range(hole.b1, hole.b2))
    for x in list(left):
        match = next((y for y in right if _one(a.words[x], b.words[y])), -1)
        if match >= 0:
            left.remove(x)
            right.remove(match)
    return max(sum(map(a.carries, left)), sum(map(b.carries, right)))


def _one(a: Word, b: Word) -> bool:
    return a.base == b.base or _slip(a.form, b.form)


def _slip(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    return shorter > LEAST and slipped(a, b, 1 if shorter < 2 * (LEAST + 1) else 2)


def within(a: Reading, b: Reading, aligned: Alignment) -> Span:
    """Return where the longer text contains the shorter; an empty span if it does not."""
    short, long = (a, b) if len(a.words) <= len(b.words) else (b, a)
    if len(short.content) < LEAST or len(long.words) < MORE * len(short.words):
        return Span()
    if aligned.matched < WHOLE * len(short.words):
        return Span()
    covered = _covered(aligned, len(long.words), long is b)
    if covered[1] - covered[0] > SPREAD * len(short.words):
        return Span()
    return long.span(covered[0], covered[1] - 1)


def _covered(aligned: Alignment, length: int, second: bool) -> tuple[int, int]:
    """Return the range of the longer text from the first common word to the last."""
    first, last = 0, length
    for hole in aligned.holes:
        start, end = (hole.b1, hole.b2) if second else (hole.a1, hole.a2)
        if start == 0:
            first = end
        if end == length:
            last = start
    return first, max(last, first)
