"""A text as a set of shingles: overlapping runs of characters or of words of its normal form, each a number.

A text of `LONG` words or more is long. Two long texts are compared by runs of three words, any others by runs of five
characters: short texts have too few words for one that is changed to leave much, and long ones so many characters that
all of them share some. In scripts that set no spaces between words every character counts as a word. A text that is
shorter than a run is one shingle.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONG = 40
CHARACTERS = 5
WORDS = 3
BLOCK = 1 << 20  # units that are worked on at a time, and
ROWS = 1 << 15  # texts at most
# Thai to Tibetan, Myanmar, Khmer, Kana, Han and what extends it.
SPACELESS = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(f"[{SPACELESS}]|[^ {SPACELESS}]+")
ODD = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Texts:
    """Texts as runs of units, one behind the other: text i is units[starts[i]:starts[i] + lengths[i]].

    units: numbers from 1 on, below `vocabulary`, and `size` - 1 zeros behind each text. size: units in a shingle.
    """

    units: NDArray[np.uint32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    vocabulary: int
    size: int

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of texts that together are small enough to be worked on at a time."""
        start, n = 0, len(self.lengths)
        while start < n:
            full = int(np.searchsorted(self.starts, self.starts[start] + BLOCK, "right")) - 1
            end = min(max(full, start + 1), start + ROWS, n)
            yield start, end
            start = end

    def part(self, texts: NDArray[np.int64]) -> "Texts":
        """These texts only, in this order."""
        room = self.lengths[texts] + self.size - 1
        starts = _starts(room)
        return Texts(
            self.units[ranges(self.starts[texts], room)], starts, self.lengths[texts], self.vocabulary, self.size
        )


@dataclass(frozen=True)
class Sets:
    """shingles: (m,) those of each text once, in rising order; rows: (m,) whose they are; sizes: (n,)."""

    shingles: NDArray[np.uint64]
    rows: NDArray[np.int64]
    sizes: NDArray[np.int64]


def by_characters(texts: Sequence[str]) -> Texts:
    """texts: in their normal form, which has no zero characters."""
    lengths = np.array([len(text) for text in texts], np.int64)
    gap = "\0" * (CHARACTERS - 1)
    codes = np.frombuffer((gap.join(texts) + gap).encode("utf-32-le", "surrogatepass"), np.uint32)
    used = np.zeros(0x110000, bool)
    used[codes] = True
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)  # of the zero that fills the gaps: 0
    starts = _starts(lengths + CHARACTERS - 1)
    return Texts(number[codes], starts, lengths, int(np.count_nonzero(used)), CHARACTERS)


def by_words(texts: Iterable[str]) -> Texts:
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
    """text: in its normal form."""
    if len(text) < LONG:
        return False
    if text.isascii():
        return text.count(" ") >= LONG - 1
    return sum(1 for _ in WORD.finditer(text)) >= LONG


def shingles(texts: Texts, start: int, end: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """(numbers, rows): the shingles of texts[start:end] as they follow each other, and whose they are; rows rise.

    A shingle's number is its units as digits, which is one to one as long as 64 bits hold it: with up to 7,131
    characters, with 2.6 million words. Beyond, two that differ have one number with a probability of 5e-20.
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
    """The shingles of texts[start:end], each once."""
    numbers, rows = shingles(texts, start, end)
    order = np.lexsort((numbers, rows))
    numbers = numbers[order]
    new = np.ones(len(order), bool)
    new[1:] = (numbers[1:] != numbers[:-1]) | (rows[1:] != rows[:-1])
    rows = rows[new]
    return Sets(numbers[new], rows, np.bincount(rows, minlength=end - start))


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each start as many numbers as its count says, rising by one: 5, 9 with 2, 3 gives 5 6 9 10 11."""
    return np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)


def _starts(room: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(room)))
