"""XLSX workbooks without some of their rows: what follows moves up, and everything else stays as it is.

References move as they do in a spreadsheet program: in formulas, names, tables, merged cells, filters, validations,
conditional formats, comments, pictures and charts. What refers to a removed cell alone becomes #REF!.
"""

import io
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.office.ooxml import Package, value
from askew.environment import require
from askew.errors import InputError
from askew.export.references import gone_from, moved, translated

PLACED = ("ref", "sqref", "activeCell", "topLeftCell")
"""Attributes of a sheet that name cells."""
CELLS_ONLY = frozenset(
    {"mergeCell", "hyperlink", "dataValidation", "conditionalFormatting", "protectedRange", "ignoredError", "comment"}
    | {"threadedComment"}
)
"""Elements that mean nothing without their cells."""
COUNTED = frozenset({"mergeCells", "hyperlinks", "dataValidations"})
FORMULAS = frozenset({"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula"})
CHARTS = ("chart", "chartex")
CHAIN = "calcchain"
TYPES = "[Content_Types].xml"


@dataclass(frozen=True)
class Shift:
    """The rows that go from a sheet, in order, and where this leaves the others. A row is counted from 1."""

    gone: tuple[int, ...]

    def start(self, row: int) -> int:
        """Return where the first row is that is left from here on."""
        return row - bisect_left(self.gone, row)

    def end(self, row: int) -> int:
        """Return where the last row is that is left up to here."""
        return row - bisect_right(self.gone, row)

    def has(self, row: int) -> bool:
        return self.end(row) < self.start(row)


@dataclass
class _Book:
    package: Package
    shifts: Mapping[str, Shift]
    changed: dict[str, bytes] = field(default_factory=dict)

    def edit(self, part: str, change: Callable[[Any], None]) -> None:
        """Change the XML of a part."""
        from lxml import etree

        root = self.package.root(part)
        before = etree.tostring(root)
        change(root)
        if etree.tostring(root) != before:
            self.changed[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def without(data: bytes, rows: Mapping[str, Collection[int]]) -> bytes:
    """Return the workbook without these rows of its sheets, by their names. Raises InputError if it is damaged."""
    require("lxml", "lxml", "documents", "Writing a workbook")
    try:
        package = Package(data)
        main = package.main()
    except UnusableError as error:
        raise InputError(f"The workbook cannot be cleaned: it is {error}.") from error
    book = _Book(package, {name: Shift(tuple(sorted(set(numbers)))) for name, numbers in rows.items()})
    targets = package.targets(main)
    for entry in package.root(main).iter("{*}sheet"):
        _sheet(book, entry.get("name", ""), targets.get(value(entry, "id"), ""))
    book.edit(main, lambda root: _formulas(root, book, ""))
    dropped = {relation.part for relation in package.relations(main) if relation.kind == CHAIN}
    return _packed(data, book, main, dropped)


def _sheet(book: _Book, name: str, part: str) -> None:
    if not book.package.has(part):
        return
    shift = book.shifts.get(name, Shift(()))

    def change(root: Any) -> None:
        _spelled_out(root)
        _rows(root, shift)
        beside(root)

    def beside(root: Any) -> None:
        _references(root, shift)
        _formulas(root, book, name)

    book.edit(part, change)
    changes: dict[str, Callable[[Any], None]] = {
        **dict.fromkeys(("table", "comments", "threadedcomment"), beside),
        "drawing": partial(_anchors, shift=shift),
        "vmldrawing": partial(_notes, shift=shift),
    }
    for relation in book.package.relations(part):
        if relation.kind in changes and book.package.has(relation.part):
            book.edit(relation.part, changes[relation.kind])
        for chart in book.package.relations(relation.part) if relation.kind == "drawing" else ():
            if chart.kind in CHARTS and book.package.has(chart.part):
                book.edit(chart.part, partial(_formulas, book=book, sheet=name))


def _rows(root: Any, shift: Shift) -> None:
    """Take the rows out, and number those that follow."""
    number = 0
    for row in list(root.iter("{*}row")):
        if _name(row.getparent()) != "sheetData":
            continue
        number = int(row.get("r") or number + 1)
        if shift.has(number):
            row.getparent().remove(row)
            continue
        if not shift.gone:
            continue
        row.set("r", str(shift.start(number)))
        for cell in row:
            if place := cell.get("r"):
                cell.set("r", place.rstrip("0123456789") + str(shift.start(number)))


def _spelled_out(root: Any) -> None:
    """Give each cell of a shared formula its own, as the rows between them may go."""
    masters: dict[str, tuple[str, str]] = {}
    shared = [found for found in root.iter("{*}f") if found.get("t") == "shared"]
    for formula in shared:
        if formula.text and formula.get("si") is not None:
            masters.setdefault(formula.get("si"), (formula.getparent().get("r", ""), formula.text))
    for formula in shared:
        place, text = masters.get(formula.get("si"), ("", ""))
        own = formula.getparent().get("r", "")
        if not text or not place or not own:
            continue
        formula.text = formula.text or translated(text, place, own)
        for name in ("t", "si", "ref"):
            formula.attrib.pop(name, None)


def _references(root: Any, shift: Shift) -> None:
    """Move what names cells of the sheet; what has none left goes."""
    if not shift.gone:
        return
    for element in list(root.iter("{*}*")):
        if _name(element) in ("c", "row"):
            continue
        for name in PLACED:
            if given := element.get(name):
                _place(element, name, given, shift)
        if _name(element) == "sqref" and element.text:
            element.text = gone_from(element.text, shift) or element.text
    for holder in [one for one in root.iter("{*}*") if _name(one) in COUNTED]:
        _count(holder)
    for end in [one for holder in root.iter("{*}rowBreaks") for one in holder]:
        end.set("id", str(shift.end(int(end.get("id", "0")))))


def _count(holder: Any) -> None:
    if not len(holder):
        holder.getparent().remove(holder)
    elif holder.get("count"):
        holder.set("count", str(len(holder)))


def _place(element: Any, name: str, given: str, shift: Shift) -> None:
    left = gone_from(given, shift)
    single = _name(element) == "mergeCell" and len(set(left.split(":"))) == 1
    if _name(element) in CELLS_ONLY and (not left or single):
        element.getparent().remove(element)
    elif left:
        element.set(name, left)
    elif name in ("activeCell", "topLeftCell", "sqref"):
        element.set(name, "A1")


def _formulas(root: Any, book: _Book, sheet: str) -> None:
    """sheet: what a reference without the name of a sheet means; "" if it means none."""
    for element in root.iter("{*}*"):
        if _name(element) in FORMULAS and element.text:
            element.text = moved(element.text, book.shifts, sheet)


def _anchors(root: Any, shift: Shift) -> None:
    for row in root.iter("{*}row"):
        if (row.text or "").isdigit():
            row.text = str(shift.start(int(row.text) + 1) - 1)


def _notes(root: Any, shift: Shift) -> None:
    """Move the shapes that show comments."""
    for row in list(root.iter("{*}Row")):
        number = int(row.text or 0) + 1
        shape = row.getparent().getparent()
        if shift.has(number) and shape is not None and shape.getparent() is not None:
            shape.getparent().remove(shape)
        else:
            row.text = str(shift.start(number) - 1)


def _name(element: Any) -> str:
    tag = element.tag if element is not None else ""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _packed(data: bytes, book: _Book, main: str, dropped: Collection[str]) -> bytes:
    """Write the package with the changed parts, and without the order of calculation, which no longer holds."""
    if dropped:
        names = {f"/{part}".lower() for part in dropped}
        folder, _, name = main.rpartition("/")
        book.edit(TYPES, partial(_drop, attribute="PartName", goes=lambda given: given.lower() in names))
        goes = partial(_drop, attribute="Type", goes=lambda given: given.lower().endswith(CHAIN))
        book.edit(f"{folder}/_rels/{name}.rels", goes)
    changed = {part.lower(): new for part, new in book.changed.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for info in _kept(old, dropped):
            new.writestr(info, changed.get(info.filename.lower()) or old.read(info), info.compress_type)
    return made.getvalue()


def _kept(archive: zipfile.ZipFile, dropped: Collection[str]) -> Iterator[zipfile.ZipInfo]:
    lowered = {part.lower() for part in dropped}
    return (info for info in archive.infolist() if info.filename.lower() not in lowered)


def _drop(root: Any, attribute: str, goes: Callable[[str], bool]) -> None:
    for element in list(root):
        if goes(element.get(attribute, "")):
            root.remove(element)
