"""HTML to text: headings, items, rows and code, without scripts, navigation and hidden elements."""

import re
from dataclasses import dataclass
from typing import Any

from askew.documents.formats.markup import blocks, fenced, heading, item, plain, row
from askew.documents.formats.xml import local

LEFT_OUT = frozenset(
    """
    head script style template noscript iframe object embed svg math canvas audio video map nav dialog
    button select datalist input textarea rp
    """.split()  # noqa: SIM905
)
BLOCKS = frozenset(
    """
    html body address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form
    header hgroup hr legend li main ol p pre search section summary table caption tbody td tfoot th thead tr ul
    h1 h2 h3 h4 h5 h6
    """.split()  # noqa: SIM905
)
HEADING = re.compile(r"h([1-6])")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
SPACE = re.compile(r"[ \t\r\n\f]+")
LISTS = ("ul", "ol")
CELLS = ("td", "th")
ONLY_LAYOUT = ("table", "h1", "h2", "h3", "h4", "h5", "h6", "pre")  # never inside a data cell


def walked(root: Any) -> str:
    """Convert a tree to text, iteratively, so that deep trees are safe."""
    from lxml import etree

    writer = _Writer()
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        name = local(element)
        if event == "start":
            if not name or _left_out(name, element):
                walker.skip_subtree()
                continue
            writer.open(name, element)
            writer.write(element.text or "")
        else:
            if name and not _left_out(name, element):
                writer.close(name)
            if element is not root:
                writer.write(element.tail or "")
    return writer.text()


def _left_out(name: str, element: Any) -> bool:
    return (
        name in LEFT_OUT
        or element.get("hidden") is not None
        or element.get("role") == "navigation"
        or bool(HIDDEN.search(element.get("style") or ""))
    )


def _is_layout(table: Any) -> bool:
    """Return whether a table is for layout only: nested content, or a single column."""
    if table.get("role") in ("presentation", "none"):
        return True
    if any(next(table.iterdescendants("{*}" + name), None) is not None for name in ONLY_LAYOUT):
        return True
    return not any(sum(local(cell) in CELLS for cell in line) > 1 for line in table.iter("{*}tr"))


@dataclass
class _List:
    """An open list. number: of its last item."""

    is_numbered: bool
    number: int = 0

    def mark(self) -> str:
        self.number += 1
        return f"{self.number}." if self.is_numbered else "-"


class _Writer:
    """The open elements and the finished blocks.

    tables: whether each open table holds data. cells: of the current row. in_cell: inside a data cell, where blocks are
    inlined. mark: list mark of the next block, if it starts an item. code: number of open `pre` elements.
    """

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._words: list[str] = []
        self._lists: list[_List] = []
        self._tables: list[bool] = []
        self._cells: list[str] = []
        self._in_cell = False
        self._mark = ""
        self._code = 0

    def text(self) -> str:
        self._end()
        return blocks(self._blocks)

    def write(self, text: str) -> None:
        if text:
            self._words.append(text if self._code else SPACE.sub(" ", text))

    def open(self, name: str, element: Any) -> None:
        if name == "br":
            self._words.append("\n")
        elif self._in_cell and name in BLOCKS:
            self._words.append(" ")
        elif name in BLOCKS:
            self._end()
            self._begin(name, element)

    def close(self, name: str) -> None:
        if name not in BLOCKS:
            return
        if self._in_cell:
            self._close_in_cell(name)
            return
        level = HEADING.fullmatch(name)
        self._end(int(level[1]) if level else 0)
        if name in LISTS:
            self._lists.pop()
            self._mark = ""
        elif name == "tr" and self._in_data():
            self._blocks.append(row(self._cells))
        elif name == "table":
            self._tables.pop()
        elif name == "pre":
            self._code -= 1

    def _begin(self, name: str, element: Any) -> None:
        if name in LISTS:
            self._lists.append(_List(name == "ol"))
        elif name == "li" and self._lists:
            self._mark = self._lists[-1].mark()
        elif name == "table":
            self._tables.append(not _is_layout(element))
        elif name == "tr":
            self._cells = []
        elif name in CELLS:
            self._in_cell = self._in_data()
        elif name == "pre":
            self._code += 1

    def _close_in_cell(self, name: str) -> None:
        if name in CELLS:
            self._cells.append("".join(self._words))
            self._words = []
            self._in_cell = False
        else:
            self._words.append(" ")

    def _in_data(self) -> bool:
        return bool(self._tables) and self._tables[-1]

    def _end(self, level: int = 0) -> None:
        """Finish the current block. level: heading level, 0 for other blocks."""
        raw, self._words = "".join(self._words), []
        lines = "\n".join(SPACE.sub(" ", line).strip() for line in raw.split("\n")).strip()
        if self._code:
            self._blocks.append(fenced(raw))
        elif level:
            self._blocks.append(heading(level, lines))
        elif self._mark and lines:
            self._blocks.append(item(len(self._lists) - 1, lines, self._mark))
            self._mark = ""
        elif lines:
            self._blocks.append(plain(lines))
