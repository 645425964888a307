"""Paragraph reconstruction from PDF lines: a line that fills its column continues in the next."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from askew.documents.formats.draft import clean
from askew.documents.formats.markup import blocks, heading, item, plain
from askew.documents.formats.pdflines import HYPHEN, Line

BULLET = re.compile(r"^(?:[•▪◦‣●○■□–·*-]|\uf0b7|\uf0a7)\s+(?=\S)")
NUMBER = re.compile(r"^(\d{1,2}[.)])\s+(?=\S)")
COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
LAST_WORD = re.compile(r"[^\W\d_]+$")
FIRST_WORD = re.compile(r"[^\W\d_]+")
WIDER_GAP = 1.3  # relative to the line spacing within a paragraph
SHORT = 0.8  # share of the column width; a shorter line ends its paragraph
OTHER_SIZE = 1.1


def hyphenated(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Collect words hyphenated in mid-line; they keep their hyphen if broken at the end of a line."""
    return frozenset(word.casefold() for page in pages for line in page for word in COMPOUND.findall(line.text))


def page_text(page: Sequence[Line], headings: Mapping[int, tuple[int, int]], compounds: frozenset[str]) -> str:
    """Join the lines of a page into blocks. headings: (level, number of lines) by first line number."""
    pitch = _pitch(page)
    parts: list[str] = []
    paragraph: list[Line] = []
    number = 0
    while number < len(page):
        line = page[number]
        level, count = headings.get(number, (0, 1))
        if paragraph and (level or _begins(paragraph[-1], line, pitch, _width(page, paragraph[-1]))):
            parts.append(_paragraph(paragraph, compounds))
            paragraph = []
        if level:
            parts.append(heading(level, _joined([part.text for part in page[number : number + count]], compounds)))
        else:
            paragraph.append(line)
        number += count
    return blocks([*parts, _paragraph(paragraph, compounds)])


def _pitch(page: Sequence[Line]) -> float:
    """Return the line spacing within paragraphs, as a multiple of the font size."""
    steps = [(a.end - b.bottom) / a.size for a, b in pairwise(page) if _follows(a, b)]
    return median(steps) if steps else WIDER_GAP


def _follows(a: Line, b: Line) -> bool:
    return a.size > 0 and a.size == b.size and 0 < a.end - b.bottom < 3 * a.size


def _width(page: Sequence[Line], line: Line) -> float:
    """Return the right edge of this line's column, judged by the lines with the same left edge."""
    return max((other.right for other in page if abs(other.left - line.left) < 2 * line.size + 1), default=line.right)


def _begins(before: Line, line: Line, pitch: float, right: float) -> bool:
    """Return whether a line begins a new paragraph."""
    if _mark(line.text):
        return True
    if max(before.size, line.size) > OTHER_SIZE * min(before.size, line.size):
        return True
    step = before.end - line.bottom
    if step > WIDER_GAP * pitch * before.size:
        return True
    if step < -before.size:  # next column, where a sentence may continue
        return before.text.rstrip()[-1] in ".!?:"
    return before.right - before.left < SHORT * (right - before.left) and not _is_broken(before.text)


def _mark(text: str) -> str:
    found = NUMBER.match(text)
    return found[1] if found else "-" if BULLET.match(text) else ""


def _is_broken(text: str) -> bool:
    return text.endswith((HYPHEN, "-"))


def _paragraph(lines: Sequence[Line], compounds: frozenset[str]) -> str:
    if not lines:
        return ""
    text = _joined([line.text for line in lines], compounds)
    mark = _mark(text)
    return item(0, BULLET.sub("", NUMBER.sub("", text)), mark) if mark else plain(text)


def _joined(texts: Sequence[str], compounds: frozenset[str]) -> str:
    result = ""
    for text in (piece for line in texts for piece in _unbroken(line)):
        result = _with(result, text, compounds)
    return " ".join(clean(result).split())


def _unbroken(line: str) -> list[str]:
    """Split a line at pdfium's marks, each of which replaces a hyphen and a line break."""
    pieces = line.split(HYPHEN)
    return [*(piece + "-" for piece in pieces[:-1]), pieces[-1]]


def _with(before: str, text: str, compounds: frozenset[str]) -> str:
    if not before.endswith(("-", "\u00ad")) or not text[:1].islower():
        return f"{before} {text}" if before else text
    last, first = LAST_WORD.search(before[:-1]), FIRST_WORD.match(text)
    if last is None or first is None:
        return before + text
    keeps = f"{last[0]}-{first[0]}".casefold() in compounds
    return (before if keeps else before[:-1]) + text
