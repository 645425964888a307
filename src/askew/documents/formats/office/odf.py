"""OpenDocument: parser for ODT and ODP, and the sheets of ODS, whose cells hold the text that they show."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from askew.documents.formats import xml
from askew.documents.formats.draft import Cell, Draft, UnusableError, dated, draft, one_line, paged
from askew.documents.formats.grid import HIDDEN_SHEET, NO_FORMULA, Sheet, finish, padded
from askew.documents.formats.markup import blocks, heading, item, plain, table
from askew.documents.formats.office.drawings import struck
from askew.documents.formats.office.equations import raised
from askew.documents.formats.office.number_formats import MONEY
from askew.documents.formats.office.ooxml import COUNTED, Package, child, phrases, value
from askew.documents.formats.xml import local

CONTENT, STYLES, META, MANIFEST = "content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"
HIDDEN_SLIDE, HIDDEN_WORD, CONTENTS = "hidden slide", "word of hidden text", "table of contents"
NOT_TEXT = frozenset(
    """
    tracked-changes forms sequence-decls event-listeners hidden-text hidden-paragraph ruby-text notes thumbnail settings
    """.split()  # noqa: SIM905
)
SHAPES = frozenset("frame custom-shape rect g line ellipse circle polygon polyline path connector caption".split())  # noqa: SIM905
HEADERS = ("header", "header-left", "header-first")
FOOTERS = ("footer", "footer-left", "footer-first")
PAGE_FIELDS = ("page-number", "page-count", "date", "time")
WORDS = re.compile(r"[^\W\d_]+")
ESCAPED = re.compile(r"^( {0,3})\\(?=#{1,6}[ \t]|```|~~~)", re.MULTILINE)
"""What `plain` put before what would be read as a heading or a fence."""
MOST_REPEATED = 1 << 20  # rows of a sheet
MOST_DEEP = 40  # styles that build on one another


@dataclass(frozen=True)
class Style:
    """What a style says: of its own or from the one that it builds on."""

    is_hidden: bool = False
    is_struck: bool = False
    is_raised: bool = False
    is_title: bool = False


@dataclass
class _Writer:
    """Reads one document. later: notes and comments, which follow the text. boxes: frames within a paragraph."""

    package: Package
    left_out: Counter[str]
    styles: dict[str, Style]
    later: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)

    def blocks(self, parent: Any, level: int = -1) -> Iterator[str]:
        """Yield the blocks of an element. level: of the list that it is in, -1 for none."""
        for element in parent:
            name = local(element)
            if name in ("p", "h"):
                yield from self._paragraph(element, name, level)
            elif name == "list":
                yield from self.blocks(element, level + 1)
            elif name == "table":
                yield self.table(element)
            elif name == "table-of-content":
                self.left_out[CONTENTS] += 1
            elif name in SHAPES:
                yield from self.frame(element)
            elif name == "annotation":
                self._comment(element, "")
            elif name not in NOT_TEXT:
                yield from self.blocks(element, level)

    def _paragraph(self, element: Any, name: str, level: int) -> Iterator[str]:
        text = self.text(element)
        depth = value(element, "outline-level")
        if name == "h" or self.style(element).is_title:
            yield heading(int(depth) if depth.isdecimal() else 1, text)
        elif level >= 0:
            yield item(level, text)
        else:
            yield plain(text)
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            yield from self.frame(box)

    def text(self, element: Any) -> str:
        return struck(list(self._runs(element, self.style(element)))).strip()

    def _runs(self, element: Any, style: Style) -> Iterator[tuple[str, bool]]:
        yield self._styled(element.text or "", style)
        for found in element:
            name = local(found)
            if name == "s":
                count = value(found, "c")
                yield " " * (int(count[:4]) if count.isdecimal() else 1), style.is_struck
            elif name in ("tab", "line-break"):
                yield "\t" if name == "tab" else "\n", style.is_struck
            elif name == "number":
                yield f"{found.text or ''} ", False
            elif name == "note":
                self.later += filter(None, self.blocks(next(found.iterfind("./{*}note-body"), ())))
            elif name == "annotation":
                self._comment(found, "")
            elif name in SHAPES:
                self.boxes.append(found)
            elif name == "p":
                yield from (*self._runs(found, style), ("\n", False))
            elif name and name not in NOT_TEXT:
                yield from self._runs(found, self.style(found) if name == "span" else style)
            yield self._styled(found.tail or "", style)

    def _styled(self, text: str, style: Style) -> tuple[str, bool]:
        text = " ".join(re.split(r"[ \t\r\n]+", text))
        if style.is_hidden:
            self.left_out[HIDDEN_WORD] += len(text.split())
            return "", False
        return raised(text) if style.is_raised else text, style.is_struck

    def style(self, element: Any) -> Style:
        return self.styles.get(value(element, "style-name"), Style())

    def _comment(self, element: Any, place: str) -> None:
        who = xml.first(element, "creator")
        text = " ".join(self.text(found) for found in element.iterfind("./{*}p"))
        if text.strip():
            self.later.append(f"Comment{place}{f' ({who})' if who else ''}: {text.strip()}")

    def frame(self, element: Any) -> Iterator[str]:
        """Yield the text of a frame or shape, and the alternative text of a picture."""
        texts = [xml.first(element, name) for name in ("title", "desc")]
        described = one_line(" ".join(dict.fromkeys(filter(None, texts))))
        if described:
            yield f"Image: {described}"
        for found in element:
            name = local(found)
            if name == "object":
                yield from self._object(value(found, "href"))
            elif name not in ("title", "desc", "image"):
                yield from self.blocks([found])

    def _object(self, place: str) -> Iterator[str]:
        """Yield the text of an embedded chart or formula."""
        root = self.package.root(f"{place.removeprefix('./').strip('/')}/{CONTENT}")
        yield from (plain(found.text or "") for found in root.iter("{*}annotation"))
        yield from (plain(self.text(found)) for found in root.iter("{*}title") if local(found.getparent()) == "chart")
        yield from (self.table(found) for found in root.iter("{*}table"))

    def table(self, element: Any) -> str:
        sheet = self.sheet(element, is_typed=False)
        finish(sheet, self.left_out)
        rows = [["" if cell is None else str(cell) for cell in cells] for _, cells in padded(sheet)]
        return table(rows) if any(len(cells) > 1 for cells in rows) else plain("\n".join(cells[0] for cells in rows))

    def sheet(self, element: Any, is_typed: bool) -> Sheet:
        sheet = Sheet(value(element, "name"))
        column = 1
        for found in element.iter("{*}table-column"):
            count = _repeated(found, "number-columns-repeated")
            if value(found, "visibility") in ("collapse", "filter"):
                sheet.hidden_columns.append((column, column + count - 1))
            column += count
        number = 1
        for found in _rows(element):
            count = _repeated(found, "number-rows-repeated")
            cells = self._cells(found, number, sheet, is_typed)
            for repeated in range(number, number + count if cells else number):
                sheet.add(repeated, tuple(cells), tuple(cells.values()))
                if value(found, "visibility") in ("collapse", "filter"):
                    sheet.hidden_rows.add(repeated)
            number += count
        return sheet

    def _cells(self, row: Any, number: int, sheet: Sheet, is_typed: bool) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        column = 1
        for found in row:
            name = local(found)
            if name not in ("table-cell", "covered-table-cell"):
                continue
            count = _repeated(found, "number-columns-repeated")
            made = (
                self._cell(found, is_typed)
                if len(found) or value(found, "value-type") or value(found, "formula")
                else None
            )
            if name == "table-cell" and made not in (None, ""):
                cells.update(dict.fromkeys(range(column, column + count), made))
                rows, columns = _repeated(found, "number-rows-spanned"), _repeated(found, "number-columns-spanned")
                if rows > 1 or columns > 1:
                    sheet.spans.append((number, number + rows - 1, column, column + columns - 1))
            column += count
        return cells

    def _cell(self, cell: Any, is_typed: bool) -> Cell:
        kind = value(cell, "value-type")
        words = [made for made in self.blocks(found for found in cell if local(found) != "annotation") if made]
        for found in cell.iterfind("./{*}annotation"):
            self._comment(found, "")
        text = " ".join(one_line(ESCAPED.sub(r"\1", part)) for part in words)
        if kind == "date":
            return value(cell, "date-value").removesuffix("T00:00:00").replace("T", " ") or text
        if not text and not kind and value(cell, "formula"):
            self.left_out[NO_FORMULA] += 1
            return value(cell, "formula").removeprefix("of:")
        if is_typed and kind == "boolean":
            return value(cell, "boolean-value") == "true"
        if is_typed and kind in ("float", "percentage", "currency") and not _is_worded(text):
            return _figure(value(cell, "value"), text)
        return text or value(cell, "string-value") or (value(cell, "value") if kind else "")


def parse(data: bytes) -> Draft:
    package = Package(data)
    left_out: Counter[str] = Counter()
    writer = _writer(package, left_out)
    properties = about(package)
    title = properties.pop("title", "")
    slides = list(package.root(CONTENT).iterfind("./{*}body/{*}presentation/{*}page"))
    if slides:
        made = paged([_slide(slide, writer) for slide in slides], [title], **properties)
    else:
        body = list(writer.blocks(package.root(CONTENT).iterfind("./{*}body/*")))
        head, foot = _margins(package, writer)
        made = draft(blocks([*head, *body, *writer.later, *foot]), [title], **properties)
    return replace(made, left_out=(*phrases(left_out), *package.faults()))


def is_opened(package: Package) -> bool:
    """Return whether an archive holds an OpenDocument. Raises UnusableError if it is encrypted."""
    if b"encryption-data" in package.data(MANIFEST):
        raise UnusableError("encrypted")
    return package.has(CONTENT)


def about(package: Package) -> dict[str, str]:
    root = package.root(META)
    return {
        "title": xml.first(root, "title"),
        "author": xml.first(root, "initial-creator") or xml.first(root, "creator"),
        "created": _moment(xml.first(root, "creation-date")),
        "modified": _moment(xml.first(root, "date")),
        "subject": xml.first(root, "subject"),
        "keywords": ", ".join(filter(None, xml.every(root, "keyword"))),
        "language": xml.first(root, "language"),
    }


def sheets(package: Package, is_typed: bool, left_out: Counter[str]) -> Iterator[Sheet]:
    """Yield the visible sheets of a spreadsheet."""
    root = package.root(CONTENT)
    writer = _writer(package, left_out)
    unseen = {
        value(found, "name")
        for found in root.iter("{*}style")
        if any(value(part, "display") == "false" for part in found.iterfind("./{*}table-properties"))
    }
    for found in root.iterfind("./{*}body/{*}spreadsheet/{*}table"):
        if value(found, "style-name") in unseen:
            left_out[HIDDEN_SHEET] += 1
            continue
        sheet = writer.sheet(found, is_typed)
        sheet.beside = [made for shapes in found.iterfind("./{*}shapes") for made in writer.blocks(shapes) if made]
        sheet.beside += writer.later
        writer.later = []
        yield sheet


def _moment(text: str) -> str:
    """Return a moment without the fractions of a second, of which some programs write nine digits."""
    return dated(re.sub(r"\.\d+", "", text))


def _writer(package: Package, left_out: Counter[str]) -> _Writer:
    if not is_opened(package):
        raise UnusableError(f"damaged: {CONTENT} is missing")
    found = {value(style, "name"): style for part in (STYLES, CONTENT) for style in package.root(part).iter("{*}style")}
    return _Writer(package, left_out, {name: _style(name, found, MOST_DEEP) for name in found})


def _style(name: str, found: dict[str, Any], depth: int) -> Style:
    style = found.get(name)
    if style is None or not depth:
        return Style()
    base = _style(value(style, "parent-style-name"), found, depth - 1)
    text, page = child(style, "text-properties"), child(style, "drawing-page-properties")
    if page is not None:
        return Style(is_hidden=value(page, "visibility") == "hidden")
    if text is None:
        return replace(base, is_title=base.is_title or name == "Title")
    hidden, line, position = (value(text, key) for key in ("display", "text-line-through-style", "text-position"))
    return Style(
        hidden == "none" if hidden else base.is_hidden,
        line != "none" if line else base.is_struck,
        position.startswith("super") if position else base.is_raised,
        base.is_title or name == "Title",
    )


def _slide(slide: Any, writer: _Writer) -> str:
    if writer.style(slide).is_hidden:
        writer.left_out[HIDDEN_SLIDE] += 1
        return ""
    titles = [found for found in slide.iterfind("./{*}frame") if value(found, "class") == "title"]
    head = [heading(1, " ".join(made for found in titles for made in writer.frame(found)))]
    body = list(writer.blocks(found for found in slide if found not in titles and local(found) != "notes"))
    notes = [
        text
        for found in slide.iterfind("./{*}notes/{*}frame")
        if value(found, "class") == "notes" and (text := " ".join(filter(None, writer.frame(found))))
    ]
    later, writer.later = writer.later, []
    return blocks([*head, *body, *later, *(f"Notes: {text}" for text in notes)])


def _margins(package: Package, writer: _Writer) -> tuple[list[str], list[str]]:
    """Return the headers and footers, each once and without page numbers."""
    root = package.root(STYLES)
    for found in [found for name in PAGE_FIELDS for found in root.iter("{*}" + name)]:
        found.text = ""
    return _margin(root, HEADERS, writer), _margin(root, FOOTERS, writer)


def _margin(root: Any, names: tuple[str, ...], writer: _Writer) -> list[str]:
    found = (part for name in names for part in root.iterfind(".//{*}master-page/{*}" + name))
    return list(dict.fromkeys(text for part in found for text in writer.blocks(part) if not COUNTED.fullmatch(text)))


def _rows(element: Any) -> Iterator[Any]:
    for found in element:
        if local(found) == "table-row":
            yield found
        elif local(found) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(found)


def _repeated(element: Any, name: str) -> int:
    count = value(element, name)
    return min(max(int(count), 1), MOST_REPEATED) if count.isdecimal() and len(count) < 10 else 1


def _is_worded(text: str) -> bool:
    """Return whether a number is shown with leading zeros or words, other than a currency."""
    bare = MONEY.sub("", text).strip()
    return bool(re.match(r"-?0\d", bare) or WORDS.search(re.sub(r"\dE[+-]?\d", "", bare)))


def _figure(number: str, otherwise: str) -> Cell:
    try:
        found = float(number)
    except ValueError:
        return otherwise
    return int(found) if found.is_integer() and abs(found) < 1e15 else found
