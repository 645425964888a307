"""Chunking of long texts into passages: along headings, then sentences; within a word only as a last resort."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.documents.headings import Heading, Section, sections
from askew.errors import InputError
from askew.text.sentences import sentences, stripped
from askew.types import BETWEEN, TABLE, Document, Passage, excerpt, table_header

SHARE = 4
"""The headings, and the header row, each take at most this part of a passage."""

WORD = re.compile(r"\w")


def chunk(document: Document, spans: NDArray[np.int64], size: int, overlap: int) -> list[Passage]:
    """Split a document into passages of at most `size` tokens that together cover the whole text.

    spans: (tokens, 2), start and end offsets of the model's tokens in the text, in order. A passage repeats the end of
    the previous one, at most `overlap` tokens: whole sentences if these fill half of it, else words; never across a
    heading. Tokens that share one character are not separated, even if they exceed `size`.
    """
    tokens = _Tokens(document.text, spans)
    return [passage for _, passage in _placed(document, tokens, size, overlap, headings=False)]


def chunk_in_context(
    document: Document, spans: NDArray[np.int64], size: int, overlap: int
) -> tuple[list[Passage], list[str]]:
    """Split a document as `chunk` does, and return with the passages what is encoded of each, of at most `size` tokens:
    its text below the headings above it and, if it continues a table, below the header row.

    Headings that are the title or stand in the passage itself are not repeated.
    """
    tokens = _Tokens(document.text, spans)
    placed = list(_placed(document, tokens, size, overlap, headings=True))
    return [passage for _, passage in placed], [_encoded(document, tokens, *one, size) for one in placed]


def in_context(document: Document, spans: NDArray[np.int64], size: int, passage: Passage) -> str:
    """Return what `chunk_in_context` gave for a passage that is stored. spans, size: as then."""
    within = sections(document.text)
    place = bisect_right([section.start for section in within], passage.start) - 1
    return _encoded(document, _Tokens(document.text, spans), within[max(place, 0)], passage, size)


def _placed(
    document: Document, tokens: "_Tokens", size: int, overlap: int, *, headings: bool
) -> Iterator[tuple[Section, Passage]]:
    """Yield the passages with their sections. headings: leave room for what stands above each."""
    if size < 1:
        raise InputError(f"The passage size must be at least 1 token, not {size}.")
    text, number = document.text, 0
    for section in sections(text):
        room = _room(document, tokens, section, size) if headings else size
        for start, end in _passages(tokens, section, room, overlap):
            yield section, Passage(document.id, number, start, end, excerpt(text, start, end), section.heading)
            number += 1


def _encoded(document: Document, tokens: "_Tokens", section: Section, passage: Passage, size: int) -> str:
    above = [part.title for part in _path(document, tokens, section, size) if part.end <= passage.start]
    text = document.text[passage.start : passage.end]
    return "\n".join(filter(None, (BETWEEN.join(above), _header(tokens, passage.start, size), text)))


def _path(document: Document, tokens: "_Tokens", section: Section, size: int) -> list[Heading]:
    """Return the innermost headings of a section, but for the title, as many as fit into a share of the size."""
    path = [part for part in section.path if part.title != document.title]
    while path and sum(tokens.count(part.start, part.end) for part in path) > size // SHARE:
        del path[0]
    return path


def _header(tokens: "_Tokens", start: int, size: int) -> str:
    header = table_header(tokens.text, start)
    place = tokens.text.rfind(header, 0, start)
    return header if tokens.count(place, place + len(header)) <= size // SHARE else ""


def _room(document: Document, tokens: "_Tokens", section: Section, size: int) -> int:
    """Return what of the size is left for the section's passages, whatever stands above them."""
    headers = (tokens.count(*found.span(1)) for found in TABLE.finditer(tokens.text, section.start, section.end))
    most = max((count for count in headers if count <= size // SHARE), default=0)
    return size - most - sum(tokens.count(part.start, part.end) for part in _path(document, tokens, section, size))


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
    begin, fresh = units[0], 0
    while fresh < len(units):
        stop = fresh + 1
        while stop < len(units) and units[stop].last - begin.first <= size:
            stop += 1
        yield begin.start, units[stop - 1].end
        if stop < len(units):
            begin = _repeated(tokens, units, stop, size, overlap, begin.start)
        fresh = stop


def _repeated(tokens: _Tokens, units: list[_Unit], stop: int, size: int, overlap: int, before: int) -> _Unit:
    """Return where the passage after units[…:stop] begins, with overlap but leaving room for units[stop].

    before: where the previous passage begins. The overlap never reaches back to it, since units[stop] did not fit
    from there.
    """
    end = units[stop - 1].last
    earliest = max(end - overlap, units[stop].last - size)
    begin = stop
    while begin > 0 and units[begin - 1].first >= earliest and units[begin - 1].start > before and overlap > 0:
        begin -= 1
    missing = begin - 1
    if missing < 0 or end - units[begin].first >= overlap // 2:
        return units[begin]
    for number in range(max(earliest, units[missing].first + 1), min(units[begin].first, end)):
        place, _ = stripped(tokens.text, tokens.word(number), units[missing].end)
        if max(units[missing].start, before) < place < units[missing].end:
            return _Unit(place, units[missing].end, tokens.touched(place, units[missing].end)[0], units[missing].last)
    return units[begin]


def _units(tokens: _Tokens, section: Section, size: int) -> list[_Unit]:
    """Return the section's sentences, long ones in parts. What has no word belongs to the sentence before it, or to the
    one after it if that is full.
    """
    spans = sentences(tokens.text, section.body, section.end) or [(section.start, section.end)]
    body = spans[0][0]
    spans[0] = section.start, spans[0][1]  # a heading alone answers nothing, so keep it with its first sentence
    units: list[_Unit] = []
    is_bare = False
    for start, end in spans:
        for piece in _pieces(tokens, start, end, size, body):
            first, last = tokens.touched(*piece)
            has_word = WORD.search(tokens.text, *piece) is not None
            if units and (is_bare or not has_word) and last - units[-1].first <= size:
                units[-1] = _Unit(units[-1].start, piece[1], units[-1].first, last)
                is_bare = is_bare and not has_word
            else:
                units.append(_Unit(*piece, first, last))
                is_bare = not has_word
    return units


def _pieces(tokens: _Tokens, start: int, end: int, size: int, body: int) -> Iterator[tuple[int, int]]:
    while tokens.count(start, end) > size:
        cut = _cut(tokens, start, end, size, body)
        # A full stop is no passage: leave it a word.
        if cut < end and tokens.count(cut, end) < size // 2 and not WORD.search(tokens.text, cut, end):
            earlier = _cut(tokens, start, end, max(1, tokens.count(start, cut) - 1), body)
            cut = earlier if start < earlier < cut else cut
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
