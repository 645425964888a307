"""XLSX workbooks: the cells of each sheet with their number formats, and what is hidden, merged or lies beside them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from askew.documents.formats.draft import Cell, one_line
from askew.documents.formats.grid import HIDDEN_CELL, HIDDEN_SHEET, NO_FORMULA, Sheet, Span
from askew.documents.formats.markup import plain
from askew.documents.formats.office.drawings import children, framed, paragraphs, pictured, struck
from askew.documents.formats.office.equations import raised
from askew.documents.formats.office.number_formats import BUILT_IN, GENERAL, shown, typed
from askew.documents.formats.office.ooxml import BROKEN, COUNTED, EMBEDDED, Package, child, is_on, value
from askew.documents.formats.xml import local

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
DIGITS = "0123456789"
NO_CLOCK = re.compile(r"T00:00(:00(\.0+)?)?Z?$")
NOTE = "Note"  # the kind of the shapes that show comments
MARGINS = ("oddHeader", "oddFooter")
PRINTED = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|\d+|[A-Za-z])')
THREADED = "[Threaded comment]"  # how Excel repeats newer comments for older programs


@dataclass
class Styles:
    """Number format and whether the font is struck out, by the index of a cell's style."""

    formats: list[str] = field(default_factory=list)
    struck: list[bool] = field(default_factory=list)


class Workbook:
    """An opened workbook. is_typed: numbers stay numbers. left_out: how much of each kind was not read."""

    def __init__(self, package: Package, is_typed: bool) -> None:
        self.package = package
        self._form = typed if is_typed else shown
        self._main = self.package.main()
        self._root = self.package.root(self._main)
        self._is_1904 = any(value(found, "date1904") in ("1", "true") for found in self._root.iter("{*}workbookPr"))
        self._strings = [_rich(found) for root in self.package.related(self._main, "sharedstrings") for found in root]
        self._styles = next((_styles(root) for root in self.package.related(self._main, "styles")), Styles())
        self._letters: dict[str, int] = {}
        self._known: dict[tuple[str | None, str | None], Cell] = {}
        self.left_out: Counter[str] = Counter()

    def sheets(self) -> Iterator[Sheet]:
        """Yield the visible sheets in order; chart sheets have no lines."""
        targets = self.package.targets(self._main)
        for entry in self._root.iter("{*}sheet"):
            if entry.get("state", "visible") != "visible":
                self.left_out[HIDDEN_SHEET] += 1
                continue
            part = targets.get(value(entry, "id"), "")
            sheet = Sheet(entry.get("name", ""))
            if self.package.has(part):
                self._read(part, sheet)
                sheet.beside += self._beside(part)
                self.left_out[EMBEDDED] += self.package.embedded(part)
            else:
                self.package.damaged[f"sheet {sheet.name}"] = None
            yield sheet

    def _read(self, part: str, sheet: Sheet) -> None:
        from lxml import etree

        wanted = tuple("{*}" + name for name in ("row", "col", "mergeCell", *MARGINS))
        try:
            with self.package.stream(part) as stream:
                found = etree.iterparse(
                    stream, tag=wanted, recover=True, resolve_entities=False, no_network=True, remove_comments=True
                )
                number = 0
                for _, element in found:
                    number = self._element(element, number, sheet)
                if found.error_log:
                    self.package.damaged[part] = None
        except (etree.XMLSyntaxError, *BROKEN):
            self.package.damaged[part] = None

    def _element(self, element: Any, number: int, sheet: Sheet) -> int:
        """Take in a part of a sheet; returns the number of the last row."""
        name = local(element)
        if name == "col" and _is_hidden(element):
            sheet.hidden_columns.append((_whole(element.get("min"), 1), _whole(element.get("max"), 1)))
        elif name == "mergecell":
            sheet.spans += _span(element.get("ref", ""))
        elif name in ("oddheader", "oddfooter"):
            sheet.beside.append(_printed(element.text or ""))
        elif name == "row":
            number = self._row(element, number + 1, sheet)
            element.clear()  # a large sheet would not fit into memory
            while element.getprevious() is not None:
                del element.getparent()[0]
        return number

    def _row(self, row: Any, number: int, sheet: Sheet) -> int:
        number = _whole(row.get("r"), number)
        space = row.tag[: row.tag.rfind("}") + 1]
        columns: list[int] = []
        cells: list[Cell] = []
        column = 0
        for cell in row:
            column = self._column(cell.get("r", ""), column + 1)
            made = self._cell(cell, space)
            if made is not None and made != "":
                columns.append(column)
                cells.append(made)
        if not cells:
            return number
        if _is_hidden(row):
            sheet.hidden_rows.add(number)
        sheet.add(number, columns, cells)
        return number

    def _column(self, reference: str, otherwise: int) -> int:
        letters = reference.rstrip(DIGITS)
        if not letters:
            return otherwise
        if letters not in self._letters:
            self._letters[letters] = _column(letters)
        return self._letters[letters] or otherwise

    def _cell(self, cell: Any, space: str) -> Cell:
        raw = formula = None
        for part in cell:
            if part.tag == f"{space}v":
                raw = part.text
            elif part.tag == f"{space}f":
                formula = part
        kind = cell.get("t", "n")
        if kind == "s":
            key = raw, cell.get("s")
            if key not in self._known:
                self._known[key] = self._formed(kind, raw or "", cell)
            return self._known[key]
        if raw or kind in ("str", "inlineStr"):
            return self._formed(kind, raw or "", cell)
        if formula is None:
            return None
        self.left_out[NO_FORMULA] += 1
        return f"={formula.text}" if formula.text else None

    def _formed(self, kind: str, raw: str, cell: Any) -> Cell:
        """Return a value as its number format shows it, struck out if its font is."""
        style = _whole(cell.get("s"), 0)
        format = self._styles.formats[style] if style < len(self._styles.formats) else GENERAL
        found = self._value(kind, raw or "", cell)
        made = self._form(found, format, self._is_1904)
        if made == "" and found != "":
            self.left_out[HIDDEN_CELL] += 1
        if style < len(self._styles.struck) and self._styles.struck[style] and isinstance(made, str) and made:
            return f"~~{made}~~"
        return made

    def _value(self, kind: str, raw: str, cell: Any) -> Cell:
        if kind == "s":
            place = _whole(raw, -1)
            if 0 <= place < len(self._strings):
                return self._strings[place]
            self.package.damaged["shared strings"] = None
            return ""
        if kind == "n":
            return _figure(raw)
        if kind == "b":
            return raw.strip() in ("1", "true")
        if kind == "d":
            return NO_CLOCK.sub("", raw).replace("T", " ")
        return _rich(child(cell, "is")) if kind == "inlineStr" else _unescaped(raw)

    def _beside(self, part: str) -> Iterator[str]:
        persons = (found for root in self.package.related(self._main, "person") for found in root)
        people = {value(found, "id"): value(found, "displayName") for found in persons}
        for root in self.package.related(part, "comments", "threadedcomment"):
            yield from _comments(root, people)
        for relation in self.package.relations(part):
            if relation.kind == "drawing":
                yield from self._drawn(self.package.root(relation.part), relation.part)
            elif relation.kind == "vmldrawing":
                yield from _controls(self.package.root(relation.part))

    def _drawn(self, element: Any, part: str) -> Iterator[str]:
        for found in children(element):
            name = local(found)
            hidden = next(
                (about for about in found.iterfind("./*/{*}cNvPr") if value(about, "hidden") in ("1", "true")), None
            )
            if hidden is not None:
                continue
            if name == "txbody":
                yield plain("\n".join(paragraphs(found)))
            elif name == "cnvpr":
                yield pictured(found)
            elif name == "graphicframe":
                yield from framed(found, self.package, part)
            else:
                yield from self._drawn(found, part)


def _comments(root: Any, people: dict[str, str]) -> Iterator[str]:
    authors = [found.text or "" for found in root.iterfind("./{*}authors/{*}author")]
    for found in root.iter("{*}comment", "{*}threadedComment"):
        place = _whole(found.get("authorId"), -1)
        who = people.get(found.get("personId", ""), "") or (authors[place] if 0 <= place < len(authors) else "")
        body = child(found, "text")
        text = _rich(body) if body is not None and len(body) else (body.text or "" if body is not None else "")
        text = text.removeprefix(f"{who}:").strip()
        if text and not text.startswith(THREADED):
            yield plain(f"Comment on {found.get('ref', '')}{f' ({who})' if who else ''}: {text}")


def _controls(root: Any) -> Iterator[str]:
    """Yield the labels of buttons and other controls, and the text boxes of older programs."""
    for found in root.iter("{*}shape"):
        about = child(found, "ClientData")
        if about is None or value(about, "ObjectType") != NOTE:
            yield plain(one_line(" ".join(text for box in found.iter("{*}textbox") for text in box.itertext())))


def _printed(text: str) -> str:
    """Return what a header or footer of a printed sheet says, without page numbers and other fields."""
    said = one_line(PRINTED.sub(" ", text))
    return "" if COUNTED.fullmatch(said) else plain(said)


def _styles(root: Any) -> Styles:
    codes = dict(BUILT_IN)
    codes.update(
        (_whole(found.get("numFmtId"), 0), found.get("formatCode", GENERAL))
        for found in root.iterfind("./{*}numFmts/{*}numFmt")
    )
    fonts = [is_on(child(found, "strike")) for found in root.iterfind("./{*}fonts/{*}font")]
    made = Styles()
    for found in root.iterfind("./{*}cellXfs/{*}xf"):
        made.formats.append(codes.get(_whole(found.get("numFmtId"), 0), GENERAL))
        font = _whole(found.get("fontId"), 0)
        made.struck.append(font < len(fonts) and fonts[font])
    return made


def _rich(element: Any) -> str:
    """Return the text of a string, without readings (ruby); what is struck out stands between ~~."""
    if element is None:
        return ""
    runs = [(found.text or "", False) for found in element.iterfind("./{*}t")]
    for run in element.iterfind("./{*}r"):
        text = "".join(found.text or "" for found in run.iterfind("./{*}t"))
        properties = child(run, "rPr")
        place = child(properties, "vertAlign")
        is_raised = place is not None and value(place) == "superscript"
        runs.append((raised(text) if is_raised else text, is_on(child(properties, "strike"))))
    return _unescaped(struck(runs) if len(runs) > 1 else "".join(text for text, _ in runs))


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _figure(raw: str) -> Cell:
    try:
        return int(raw) if len(raw) <= 15 and raw.lstrip("-").isdecimal() else _finite(float(raw))
    except ValueError:
        return raw


def _finite(number: float) -> float:
    if number - number != 0:
        raise ValueError(number)
    return number


def _is_hidden(element: Any) -> bool:
    """Return whether a row or a column is hidden, and not only folded into a group that opens with a click."""
    return element.get("hidden") in ("1", "true") and element.get("outlineLevel", "0") == "0"


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else otherwise


def _column(letters: str) -> int:
    number = 0
    for letter in letters.replace("$", "").upper():
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number


def _span(reference: str) -> list[Span]:
    ends = [REFERENCE.fullmatch(end) for end in reference.replace("$", "").upper().split(":")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return []
    return [(int(ends[0][2]), int(ends[1][2]), _column(ends[0][1]), _column(ends[1][1]))]
