"""Chunking of long texts into passages: along headings, then sentences; within a word only as a last resort."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.documents.headings import Section, sections
from askew.errors import InputError
from askew.text.sentences import sentences, stripped
from askew.types import Document, Passage


def chunk(document: Document, spans: NDArray[np.int64], size: int, overlap: int) -> list[Passage]:
    """Split a document into passages of at most `size` tokens that together cover the whole text.

    spans: (tokens, 2), start and end offsets of the model's tokens in the text, in order. A passage repeats trailing
    sentences of the previous one, as many as fit in `overlap` tokens, but never across a heading. Tokens that share
    one character are not separated, even if they exceed `size`.
    """
    if size < 1:
        raise InputError(f"The passage size must be at least 1 token, not {size}.")
    text = document.text
    tokens = _Tokens(text, spans)
    stretches = [
        (start, end, section.heading)
        for section in sections(text)
        for start, end in _passages(tokens, section, size, overlap)
    ]
    return [
        Passage(document.id, number, start, end, text[start:end], heading)
        for number, (start, end, heading) in enumerate(stretches)
    ]


@dataclass(frozen=True)
class _Unit:
    """A sentence, or a part of one that is too long. first, last: the range of tokens that it overlaps."""

    start: int
    end: int
    first: int
    last: int


class _Tokens:
    """The tokens of a text: counts per span, and possible cut points."""

    def __init__(self, text: str, spans: NDArray[np.int64]) -> None:
        self.text = text
        inside = np.clip(spans, 0, len(text))
        starts: list[int] = inside[:, 0].tolist()
        self._ends: list[int] = inside[:, 1].tolist()
        self._starts = [
            self._after_space(start, end) if text[start : start + 1].isspace() else start
            for start, end in zip(starts, self._ends, strict=True)
        ]

    def touched(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of tokens that overlap text[start:end]."""
        first = bisect_right(self._ends, start)
        return first, max(first, bisect_left(self._starts, end))

    def count(self, start: int, end: int) -> int:
        first, last = self.touched(start, end)
        return last - first

    def line(self, number: int) -> int:
        """Return the start of the line that begins with this token, or 0 (never a valid cut) if none does."""
        return self.text.rfind("\n", *self._gap(number)) + 1

    def word(self, number: int) -> int:
        """Return the start of the word that begins with this token, or 0 if none does."""
        return max((place + 1 for place in range(*self._gap(number)) if self.text[place].isspace()), default=0)

    def token(self, number: int) -> int:
        return self._starts[number]

    def _gap(self, number: int) -> tuple[int, int]:
        """Return the gap before this token, from the last character of the previous one (a space, for some
        tokenizers).
        """
        return max(self._ends[number - 1] - 1, 0), self._starts[number]

    def _after_space(self, start: int, end: int) -> int:
        """Skip leading white space, which some tokenizers include in the token."""
        token = self.text[start:end]
        return start + len(token) - len(token.lstrip())


def _passages(tokens: _Tokens, section: Section, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    if tokens.count(section.start, section.end) <= size:
        yield section.start, section.end
        return
    units = list(_units(tokens, section, size))
    first = fresh = 0
    while fresh < len(units):
        stop = fresh + 1
        while stop < len(units) and units[stop].last - units[first].first <= size:
            stop += 1
        yield units[first].start, units[stop - 1].end
        first, fresh = _repeated(units, stop, size, overlap), stop


def _repeated(units: list[_Unit], stop: int, size: int, overlap: int) -> int:
    """Return the first unit of the passage after units[…:stop], with overlap but leaving room for units[stop].

    It never reaches back to the start of the previous passage, since units[stop] did not fit from there.
    """
    if stop == len(units) or overlap < 1:
        return stop
    begin = stop
    while begin > 0:
        before = units[begin - 1].first
        if units[stop - 1].last - before > overlap or units[stop].last - before > size:
            break
        begin -= 1
    return begin


def _units(tokens: _Tokens, section: Section, size: int) -> Iterator[_Unit]:
    spans = sentences(tokens.text, section.body, section.end) or [(section.start, section.end)]
    body = spans[0][0]
    spans[0] = section.start, spans[0][1]  # a heading alone answers nothing, so keep it with its first sentence
    for start, end in spans:
        for piece in _pieces(tokens, start, end, size, body):
            yield _Unit(*piece, *tokens.touched(*piece))


def _pieces(tokens: _Tokens, start: int, end: int, size: int, body: int) -> Iterator[tuple[int, int]]:
    while tokens.count(start, end) > size:
        cut = _cut(tokens, start, end, size, body)
        if cut >= end:
            break
        yield stripped(tokens.text, start, cut)
        start, _ = stripped(tokens.text, cut, end)
    yield start, end


def _cut(tokens: _Tokens, start: int, end: int, size: int, body: int) -> int:
    """Return a cut after at most `size` tokens: at a line in the second half, else at a word, else at a token.

    The line at `body` is not a candidate, since only the heading precedes it.
    """
    first, last = tokens.touched(start, end)
    limit = first + size
    tries = (
        (tokens.line, range(limit, first + size // 2, -1), max(start, body)),
        (tokens.word, range(limit, first, -1), start),
        (tokens.token, range(limit, first, -1), start),
        (tokens.token, range(limit + 1, last), start),
    )
    for border, numbers, beyond in tries:
        for number in numbers:
            cut = border(number)
            if cut > beyond:
                return cut
    return end
