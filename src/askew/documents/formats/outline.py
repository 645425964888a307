"""Heading detection in PDFs: which lines are headings, and their levels."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from askew.documents.formats.pdflines import Line

Headings = Mapping[int, Mapping[int, tuple[int, int]]]
"""By page, then by the number of a heading's first line: (level, number of lines)."""

LARGER = 1.15  # minimum font size of a heading, relative to the body
LEVELS = 4  # number of distinct sizes used; smaller ones get the last level
LONGEST = 200  # characters
MOST_LINES = 3
MOST_TEXT = 0.3  # share of all characters; if more text is large, size does not indicate headings
NUMBERING = re.compile(r"^(?:(?:chapter|section|kapitel|part)\s+)?[\dIVXivx]{1,4}(?:\.\d{1,3})*[.):]?\s+")


@dataclass(frozen=True)
class Bookmark:
    """A PDF bookmark. page: from 0. level: from 1."""

    page: int
    level: int
    title: str


def by_outline(pages: Sequence[Sequence[Line]], bookmarks: Sequence[Bookmark]) -> Headings:
    """Find the lines that match a bookmark of their page, with or without its numbering."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for mark in bookmarks:
        if mark.page >= len(pages) or not _key(mark.title):
            continue
        taken = found.setdefault(mark.page, {})
        place = next(_places(pages[mark.page], mark.title, taken), None)
        if place:
            taken[place[0]] = mark.level, place[1]
    return {page: lines for page, lines in found.items() if lines}


def by_size(pages: Sequence[Sequence[Line]]) -> Headings:
    sizes = _sizes(pages)
    if not sizes:
        return {}
    body = max(sizes, key=lambda size: sizes[size])
    large = sorted((size for size in sizes if size >= LARGER * body), reverse=True)
    if sum(sizes[size] for size in large) > MOST_TEXT * sizes.total():
        return {}
    levels = {size: min(rank, LEVELS) for rank, size in enumerate(large, 1)}
    return {number: dict(_large(page, levels)) for number, page in enumerate(pages)}


def largest(pages: Sequence[Sequence[Line]]) -> str:
    """Return the largest text on the first non-empty page as a title candidate; "" if all text has one size."""
    first = next(filter(None, pages), [])
    sizes = _sizes(pages)
    if not first:
        return ""
    size = max(line.size for line in first)
    lines = [line.text for line in first if line.size == size]
    text = " ".join(lines)
    is_title = size >= LARGER * max(sizes, key=lambda size: sizes[size])
    return text if is_title and len(lines) <= MOST_LINES and len(text) <= LONGEST else ""


def _sizes(pages: Sequence[Sequence[Line]]) -> Counter[float]:
    """Count the characters of each font size."""
    sizes: Counter[float] = Counter()
    for line in (line for page in pages for line in page):
        sizes[line.size] += len(line.text)
    return sizes


def _places(page: Sequence[Line], title: str, taken: Mapping[int, object]) -> Iterator[tuple[int, int]]:
    wanted = {_key(title), _key(NUMBERING.sub("", title.strip()))}
    for count in range(1, MOST_LINES + 1):
        for first in range(len(page) - count + 1):
            text = " ".join(line.text for line in page[first : first + count])
            if first not in taken and wanted & {_key(text), _key(NUMBERING.sub("", text))}:
                yield first, count


def _key(text: str) -> str:
    """Reduce to letters and digits, as outlines and lines differ in spacing and punctuation."""
    return "".join(filter(str.isalnum, text.casefold()))


def _large(page: Sequence[Line], levels: Mapping[float, int]) -> Iterator[tuple[int, tuple[int, int]]]:
    first = 0
    while first < len(page):
        count = 1
        while first + count < len(page) and page[first + count].size == page[first].size:
            count += 1
        text = " ".join(line.text for line in page[first : first + count])
        level = levels.get(page[first].size, 0)
        if level and count <= MOST_LINES and len(text) <= LONGEST and any(map(str.isalpha, text)):
            yield first, (level, count)
        first += count
