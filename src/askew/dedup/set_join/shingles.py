"""Shingles: a text as a set of overlapping n-grams of characters or words of its normal form, each a number.

A text of `LONG` words or more is long. Two long texts are compared by word trigrams, all others by character 5-grams:
short texts have so few words that one changed word leaves too little, and long texts so many characters that they all
share some 5-grams. In scripts without spaces between words every character counts as a word. A text shorter than an
n-gram is one shingle.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.text.words import SPACELESS

LONG = 40
CHARACTERS = 5
WORDS = 3
BLOCK = 1 << 20  # units processed at a time
ROWS = 1 << 15  # texts processed at a time, at most
WORD = re.compile(f"[{SPACELESS}]|[^ {SPACELESS}]+")
"""A word of the normal form, in which spaces separate words."""
ODD = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Texts:
    """Concatenated texts as sequences of units: text i is units[starts[i]:starts[i] + lengths[i]].

    units: numbers from 1 up, below `vocabulary`, with `size` - 1 zeros after each text. size: units per shingle.
    """

    units: NDArray[np.uint32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    vocabulary: int
    size: int

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of texts small enough to be processed at a time."""
        start, n = 0, len(self.lengths)
        while start < n:
            full = int(np.searchsorted(self.starts, self.starts[start] + BLOCK, "right")) - 1
            end = min(max(full, start + 1), start + ROWS, n)
            yield start, end
            start = end

    def part(self, texts: NDArray[np.int64]) -> "Texts":
        """Return only these texts, in this order."""
        room = self.lengths[texts] + self.size - 1
        starts = _starts(room)
        return Texts(
            self.units[ranges(self.starts[texts], room)], starts, self.lengths[texts], self.vocabulary, self.size
        )


@dataclass(frozen=True)
class Sets:
    """Shingle sets of several texts, concatenated.

    shingles: (m,) the distinct shingles of each text, ascending; rows: (m,) the text of each; sizes: (n,).
    """

    shingles: NDArray[np.uint64]
    rows: NDArray[np.int64]
    sizes: NDArray[np.int64]


def by_characters(texts: Sequence[str]) -> Texts:
    """Split normalised texts, which contain no NUL characters, into characters."""
    lengths = np.array([len(text) for text in texts], np.int64)
    gap = "\0" * (CHARACTERS - 1)
    codes = np.frombuffer((gap.join(texts) + gap).encode("utf-32-le", "surrogatepass"), np.uint32)
    used = np.zeros(0x110000, bool)
    used[codes] = True
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)  # the NUL that fills the gaps becomes 0
    starts = _starts(lengths + CHARACTERS - 1)
    return Texts(number[codes], starts, lengths, int(np.count_nonzero(used)), CHARACTERS)


def by_words(texts: Iterable[str]) -> Texts:
    """Split normalised texts into words."""
    known: dict[str, int] = {}
    units: list[NDArray[np.uint32]] = []
    lengths: list[int] = []
    gap = [0] * (WORDS - 1)
    for text in texts:
        numbers = [known.setdefault(word, len(known) + 1) for word in WORD.findall(text)]
        units.append(np.array(numbers + gap, np.uint32))
        lengths.append(len(numbers))
    counts = np.array(lengths, np.int64)
    flat = np.concatenate(units) if units else np.empty(0, np.uint32)
    return Texts(flat, _starts(counts + WORDS - 1), counts, len(known) + 1, WORDS)


def is_long(text: str) -> bool:
    """Return whether a normalised text has at least `LONG` words."""
    if len(text) < LONG:
        return False
    if text.isascii():
        return text.count(" ") >= LONG - 1
    return sum(1 for _ in WORD.finditer(text)) >= LONG


def shingles(texts: Texts, start: int, end: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return (numbers, rows): the shingles of texts[start:end] in order, and the text of each; rows ascend.

    A shingle's number has its units as digits, which is one-to-one as long as 64 bits suffice: up to 7,131 distinct
    characters, or 2.6 million distinct words. Beyond that, two different shingles collide with a probability of 5e-20.
    """
    units = texts.units[texts.starts[start] : texts.starts[end]].astype(np.uint64)
    digit = np.uint64(texts.vocabulary if texts.vocabulary**texts.size <= 2**64 else ODD)
    last = max(len(units) - texts.size + 1, 0)
    numbers = units[:last].copy()
    for place in range(1, texts.size):
        numbers = numbers * digit + units[place : place + last]
    lengths = texts.lengths[start:end]
    counts = np.where(lengths > 0, np.maximum(lengths - texts.size + 1, 1), 0)
    rows = np.repeat(np.arange(end - start), counts)
    return numbers[ranges(texts.starts[start:end] - texts.starts[start], counts)], rows


def sets(texts: Texts, start: int, end: int) -> Sets:
    """Return the distinct shingles of each of texts[start:end]."""
    numbers, rows = shingles(texts, start, end)
    order = np.lexsort((numbers, rows))
    numbers = numbers[order]
    new = np.ones(len(order), bool)
    new[1:] = (numbers[1:] != numbers[:-1]) | (rows[1:] != rows[:-1])
    rows = rows[new]
    return Sets(numbers[new], rows, np.bincount(rows, minlength=end - start))


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate the ranges start, start + 1, … of these lengths: 5, 9 with 2, 3 gives 5 6 9 10 11."""
    return np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)


def _starts(room: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(room)))
