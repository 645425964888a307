"""HTML to text: headings, items, rows, code, formulas and form values, without what is marked as left out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from askew.documents.formats.draft import one_line
from askew.documents.formats.markup import blocks, fenced, heading, item, plain, row
from askew.documents.formats.web.boilerplate import MARK, is_toggle
from askew.documents.formats.xml import every, local

LEFT_OUT = frozenset(
    """
    title script style template noscript iframe object embed canvas audio video map dialog datalist rp rt rtc
    """.split()  # noqa: SIM905
)
BLOCKS = frozenset(
    """
    html head body address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form
    header hgroup hr legend li main ol p pre search section summary table caption tbody td tfoot th thead tr ul
    h1 h2 h3 h4 h5 h6
    """.split()  # noqa: SIM905
)
HEADING = re.compile(r"h([1-6])")
SPACE = re.compile(r"[ \t\r\n\f]+")
FILE_NAME = re.compile(r"[\w-]*\.(?:png|jpe?g|gif|webp|svg)|(?:IMG|DSC)[_-]?\d+|image\d*|", re.IGNORECASE)
FILLED = frozenset(
    {"text", "email", "tel", "number", "date", "time", "datetime-local", "month", "week", "url", "search"}
)
SUPERSCRIPTS: Mapping[str, str] = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
LONGEST_SUPERSCRIPT = 20
OPERATORS = frozenset("=+−-<>≤≥≠≈×·∈→⇒±∼")
DEEPEST_FORMULA = 60
MOST_COLUMNS, MOST_ROWS = 50, 1000  # that one cell spans
LISTS = ("ul", "ol")
CELLS = ("td", "th")
ONLY_LAYOUT = ("table", "h1", "h2", "h3", "h4", "h5", "h6", "pre")  # never inside a data cell


def walked(root: Any) -> str:
    """Convert a tree to text, iteratively, so that deep trees are safe."""
    from lxml import etree

    writer = _Writer()
    walker = etree.iterwalk(root, events=("start", "end"))
    skipped = None
    for event, element in walker:
        name = local(element)
        if event == "start":
            said = "" if not name or name in LEFT_OUT or element.get(MARK) is not None else _said(name, element)
            if said is None:
                writer.open(name, element)
                writer.write(element.text or "")
            else:
                writer.write(said)
                walker.skip_subtree()
                skipped = element
        else:
            if element is not skipped:
                writer.close(name)
            if element is not root:
                writer.write(element.tail or "")
    return writer.text()


def _said(name: str, element: Any) -> str | None:
    """Return the text of an element that is not simply that of its parts; None for every other element."""
    return SAID[name](element) if name in SAID else None


def _alternative(image: Any) -> str:
    """Return the alternative text of an image; "" if it is a file name, or what the caption says too."""
    alt = one_line(image.get("alt") or "")
    figure = next(image.iterancestors("{*}figure"), None)
    caption = "" if figure is None else " ".join(every(figure, "figcaption"))
    return "" if FILE_NAME.fullmatch(alt) or alt in one_line(caption) else f" {alt} "


def _drawing(svg: Any) -> str:
    """Return the words of a drawing; "" for an icon."""
    words = [
        text for part in svg.iter("{*}title", "{*}desc", "{*}text") if (text := one_line("".join(part.itertext())))
    ]
    is_icon = svg.get("aria-hidden") == "true" or next(svg.iterancestors("{*}button", "{*}a"), None) is not None
    return "" if is_icon else f" {'. '.join(dict.fromkeys(words))} "


def _button(button: Any) -> str | None:
    """Return "" for a button that does something; one that opens an answer is its question."""
    above = next(
        button.iterancestors("{*}h1", "{*}h2", "{*}h3", "{*}h4", "{*}h5", "{*}h6", "{*}summary", "{*}dt"), None
    )
    return None if above is not None or is_toggle(button) else ""


def _input(field: Any) -> str:
    kind = (field.get("type") or "text").lower()
    return f" {field.get('value') or ''} " if kind in FILLED else ""


def _choice(select: Any) -> str:
    chosen = [one_line("".join(one.itertext())) for one in select.iter("{*}option") if one.get("selected") is not None]
    return f" {', '.join(chosen)} "


def _raised(sup: Any) -> str | None:
    """Return an exponent or a mark, so that 10² is not 102; None for long ones."""
    words = one_line("".join(sup.itertext()))
    if len(words) > LONGEST_SUPERSCRIPT or len(sup) > 1:
        return None
    return superscript(words)


def superscript(words: str) -> str:
    """Return characters that stand higher, where there are such; letters, as in 4th, and [1] stay as they are."""
    if all(character in SUPERSCRIPTS for character in words):
        return "".join(map(SUPERSCRIPTS.__getitem__, words))
    return words if words.isalpha() or not any(map(str.isalnum, words)) or words[0] in "[(*" else f"^({words})"


def formula(element: Any, depth: int = 0) -> str:
    """Return MathML on one line, as it is typed: a/b, x², √(x)."""
    name = local(element)
    parts = [formula(part, depth + 1) for part in element if local(part)] if depth < DEEPEST_FORMULA else []
    if not parts or name in ("mi", "mn", "mo", "mtext", "ms"):
        text = one_line("".join(element.itertext()))
        return f" {text} " if text in OPERATORS else text
    if name in FORMULAS and len(parts) >= FORMULAS[name][0]:
        return FORMULAS[name][1](parts)
    return "".join(parts)


def _grouped(part: str) -> str:
    text = part.strip()
    return text if text.isalnum() else f"({text})"


def _power(base: str, exponent: str) -> str:
    text = exponent.strip()
    raised = superscript(text)
    return base + (raised if raised != text else f"^{_grouped(text)}" if text not in ("′", "*") else text)


# What an element of MathML makes of its parts, and how many it needs.
FORMULAS: Mapping[str, tuple[int, Callable[[Sequence[str]], str]]] = {
    "semantics": (1, lambda parts: parts[0]),
    "mfrac": (2, lambda parts: f"{_grouped(parts[0])}/{_grouped(parts[1])}"),
    "msqrt": (1, lambda parts: f"√{_grouped(''.join(parts))}"),
    "mroot": (2, lambda parts: f"{superscript(parts[1])}√{_grouped(parts[0])}"),
    "msup": (2, lambda parts: _power(parts[0], parts[1])),
    "msub": (2, lambda parts: f"{parts[0]}_{_grouped(parts[1])}"),
    "msubsup": (3, lambda parts: _power(f"{parts[0]}_{_grouped(parts[1])}", parts[2])),
    "munderover": (3, lambda parts: _power(f"{parts[0]}_{_grouped(parts[1])}", parts[2])),
    "munder": (2, lambda parts: f"{parts[0]}_{_grouped(parts[1])}"),
    "mfenced": (1, lambda parts: f"({', '.join(parts)})"),
    "mtr": (1, lambda parts: f"{', '.join(parts)}; "),
    "mtd": (1, "".join),
}


def _math(math: Any) -> str:
    return f" {one_line(formula(math))} "


SAID: Mapping[str, Callable[[Any], str | None]] = {
    "img": _alternative,
    "svg": _drawing,
    "math": _math,
    "button": _button,
    "input": _input,
    "select": _choice,
    "sup": _raised,
}


def _is_layout(table: Any) -> bool:
    """Return whether a table is for layout only: nested content, or a single column."""
    if table.get("role") in ("presentation", "none"):
        return True
    if any(next(table.iterdescendants("{*}" + name), None) is not None for name in ONLY_LAYOUT):
        return True
    return not any(sum(local(cell) in CELLS for cell in line) > 1 for line in table.iter("{*}tr"))


def _number(value: str | None, most: int) -> int:
    """Return the number of columns or rows that a cell spans; 0 reaches to the end of the table."""
    if value is None:
        return 1
    text = value.strip()
    if not text.isascii() or not text.isdigit():
        return 1
    return min(int(text[:5]) or most, most)


@dataclass
class _Table:
    """An open table.

    cells: of the current row, of which `own` are not repeated. below: text that spans further rows, with their number,
    by column.
    """

    is_data: bool
    cells: list[str] = field(default_factory=list)
    own: int = 0
    below: dict[int, tuple[str, int]] = field(default_factory=dict)

    def add(self, text: str, columns: int, rows: int) -> None:
        """Add a cell after those that reach down into its row."""
        self._fill()
        self.own += 1
        for _ in range(columns):
            if rows > 1:
                self.below[len(self.cells)] = (text, rows - 1)
            self.cells.append(text)

    def row(self) -> str:
        self._fill()
        cells, own = self.cells, self.own
        self.cells, self.own = [], 0
        return row(cells[:1] if own == 1 and len(set(cells)) == 1 else cells)

    def _fill(self) -> None:
        while len(self.cells) in self.below:
            text, rows = self.below.pop(len(self.cells))
            if rows > 1:
                self.below[len(self.cells)] = (text, rows - 1)
            self.cells.append(text)


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

    span: columns and rows of the open cell. in_cell: inside a data cell, where blocks are inlined. mark: list mark of
    the next block, if it starts an item. code: number of open `pre` elements.
    """

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._words: list[str] = []
        self._lists: list[_List] = []
        self._tables: list[_Table] = []
        self._span = (1, 1)
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
            self._blocks.append(self._tables[-1].row())
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
            self._tables.append(_Table(not _is_layout(element)))
        elif name in CELLS:
            self._in_cell = self._in_data()
            self._span = _number(element.get("colspan"), MOST_COLUMNS), _number(element.get("rowspan"), MOST_ROWS)
        elif name == "pre":
            self._code += 1

    def _close_in_cell(self, name: str) -> None:
        if name in CELLS:
            self._tables[-1].add("".join(self._words), *self._span)
            self._words = []
            self._in_cell = False
        else:
            self._words.append(" ")

    def _in_data(self) -> bool:
        return bool(self._tables) and self._tables[-1].is_data

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
