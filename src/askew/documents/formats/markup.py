"""Markdown output: headings, items, rows and code, in the form that `headings.py` and `sentences.py` recognise."""

import re
from collections.abc import Sequence

from askew.documents.formats.draft import one_line

DEEPEST = 6
MEANS_MORE = re.compile(r"^( {0,3})(?=#{1,6}[ \t]|```|~~~)", re.MULTILINE)
FENCES = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)


def heading(level: int, text: str) -> str:
    """Format a heading, `## Text`; "" for an empty text."""
    title = one_line(text)
    return f"{'#' * min(max(level, 1), DEEPEST)} {title}" if title else ""


def item(level: int, text: str, mark: str = "-") -> str:
    """Format a list item; level 0 is not indented."""
    words = one_line(text)
    return f"{'  ' * level}{mark} {words}" if words else ""


def row(cells: Sequence[str]) -> str:
    """Format a table row, `| a | b |`, without trailing empty cells; "" if all are empty."""
    words = _trimmed(cells)
    return f"| {' | '.join(words)} |" if words else ""


def _trimmed(cells: Sequence[str]) -> list[str]:
    words = [one_line(cell).replace("|", "\\|") for cell in cells]
    while words and not words[-1]:
        words.pop()
    return words


def table(rows: Sequence[Sequence[str]]) -> str:
    """Format a table: the header row, a separator, and the other rows; empty rows are left out, "" for none.

    A single row has no separator, because nothing follows that it could be the header of.
    """
    written = [words for cells in rows if (words := _trimmed(cells))]
    lines = [f"| {' | '.join(words)} |" for words in written]
    if len(lines) < 2:
        return "".join(lines)
    width = max(map(len, written))
    header = [*written[0], *[""] * (width - len(written[0]))]
    return "\n".join([f"| {' | '.join(header)} |", f"|{' --- |' * width}", *lines[1:]])


def plain(text: str) -> str:
    """Escape plain text that would otherwise be read as a heading or a fence."""
    return MEANS_MORE.sub(r"\1\\", text)


def fenced(code: str) -> str:
    """Format a code block, with a fence longer than any inside it."""
    longest = max((len(found) for found in FENCES.findall(code)), default=2)
    fence = "`" * max(3, longest + 1)
    body = code.strip("\n")
    return f"{fence}\n{body}\n{fence}" if body.strip() else ""


def blocks(parts: Sequence[str]) -> str:
    """Join blocks with empty lines, but keep consecutive items and rows together."""
    result: list[str] = []
    for part in filter(None, parts):
        if result:
            result.append("\n" if _kind(part) and _kind(part) == _kind(result[-1]) else "\n\n")
        result.append(part)
    return "".join(result)


def _kind(part: str) -> str:
    if part.startswith("|") and "\n" not in part:  # a whole table stands alone
        return "row"
    return "item" if re.match(r" *(?:-|\d+[.)]) ", part) else ""
