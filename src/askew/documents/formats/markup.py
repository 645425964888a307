"""Headings, items, rows and code as `headings.py` and `sentences.py` know them again."""

import re
from collections.abc import Sequence

from askew.documents.formats.draft import one_line

DEEPEST = 6
MEANS_MORE = re.compile(r"^( {0,3})(?=#{1,6}[ \t]|```|~~~)", re.MULTILINE)
FENCES = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)


def heading(level: int, text: str) -> str:
    """`## Text`; "" without a text."""
    title = one_line(text)
    return f"{'#' * min(max(level, 1), DEEPEST)} {title}" if title else ""


def item(level: int, text: str, mark: str = "-") -> str:
    """Level 0 stands at the margin."""
    words = one_line(text)
    return f"{'  ' * level}{mark} {words}" if words else ""


def row(cells: Sequence[str]) -> str:
    """`| a | b |`, without the empty cells at its end; "" if all are empty."""
    words = [one_line(cell).replace("|", "\\|") for cell in cells]
    while words and not words[-1]:
        words.pop()
    return f"| {' | '.join(words)} |" if words else ""


def plain(text: str) -> str:
    """A text that only looks like a heading or a fence is none."""
    return MEANS_MORE.sub(r"\1\\", text)


def fenced(code: str) -> str:
    """The fence is longer than any within."""
    longest = max((len(found) for found in FENCES.findall(code)), default=2)
    fence = "`" * max(3, longest + 1)
    body = code.strip("\n")
    return f"{fence}\n{body}\n{fence}" if body.strip() else ""


def blocks(parts: Sequence[str]) -> str:
    """Parted by an empty line; items and rows that follow each other stay together."""
    result: list[str] = []
    for part in filter(None, parts):
        if result:
            result.append("\n" if _kind(part) and _kind(part) == _kind(result[-1]) else "\n\n")
        result.append(part)
    return "".join(result)


def _kind(part: str) -> str:
    first = part.lstrip()[:1]
    if first == "|":
        return "row"
    return "item" if re.match(r" *(?:-|\d+[.)]) ", part) else ""
