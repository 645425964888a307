"""Headers of tables: which row has the names of the columns, whether there is one at all, and the names."""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from askew.documents.column_types import EMPTY
from askew.documents.names import is_known

PREAMBLE = 30
"""Rows among which the header is looked for."""
FULL = 0.6
"""Share of the usual number of cells that a header fills."""
VALUE = re.compile(
    r"[-+]?[$€£]?[\d.,]*\d%?(?:e[-+]?\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|true|false|https?://\S+|\S+@\S+\.\w+",
    re.IGNORECASE,
)
"""A number, a date, a truth value or an address: what a column holds, and no name of one."""
YEAR = re.compile(r"(1[5-9]|20|21)\d\d")
SURVEY = ("Response", "Open-Ended Response")
"""Names in the second header of the surveys of SurveyMonkey."""
LONG = 100
"""Letters from which the cells of a column are texts, and one as long in the first row is no name."""


@dataclass(frozen=True)
class Record:
    line: int
    cells: Sequence[Any]


@dataclass(frozen=True)
class Header:
    """names: "" for a column that is left out. line: of the header. below: the rows. notes, left_out: see `Draft`."""

    line: int
    names: tuple[str, ...]
    below: tuple[Record, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    headless: bool = False


def header_of(records: Sequence[Record]) -> Header:
    """Find the header among the first of these records, of which there is at least one."""
    rows, comments = _without_comments(records)
    place = _place(rows)
    top = rows[place]
    survey = len(rows) > 1 and any(cell in SURVEY for cell in rows[1].cells)
    headless = not place and not survey and _is_data(top, rows[1:])
    more = 0 if headless else _more(top, rows[place + 1 :])
    given = [""] * len(top.cells) if headless else _joined(rows[place : place + 1 + more])
    below = rows[place + more + (not headless) :]
    if given[0].startswith("#") and len(given) > 1:
        given = [given[0].lstrip("# "), *given[1:]]
    names, numbered, left = _named(given, below, headless)
    notes = [
        f"{comments} {_lines(comments)} of comments skipped" if comments else "",
        f"{place} {_lines(place)} above the header skipped (line {top.line})" if place else "",
        f"{more + 1} lines of headers joined" if more else "",
        "no header; the columns are numbered" if headless else numbered,
    ]
    return Header(top.line, tuple(names), tuple(below), tuple(filter(None, notes)), left, headless)


def first_as_header(records: Sequence[Record]) -> Header:
    """Return the first of these records as the header, whatever it holds: a format says that it is."""
    top, below = records[0], tuple(records[1:])
    names, numbered, left = _named([_name(cell) for cell in top.cells], below, headless=False)
    return Header(top.line, tuple(names), below, tuple(filter(None, (numbered,))), left)


def filled_width(cells: Sequence[Any]) -> int:
    """Return the number of cells without the empty ones at the end."""
    width = len(cells)
    while width and (cells[width - 1] is None or cells[width - 1] == "" or str(cells[width - 1]).isspace()):
        width -= 1
    return width


def is_empty(cell: object) -> bool:
    return cell is None or cell == ""


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _name(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).lstrip("\ufeff").split())


def _filled(record: Record) -> int:
    return sum(not is_empty(cell) for cell in record.cells)


def _held(rows: Sequence[Record], number: int) -> list[Any]:
    """Return the values of a column."""
    return [row.cells[number] for row in rows if number < len(row.cells) and not is_empty(row.cells[number])]


def _without_comments(records: Sequence[Record]) -> tuple[Sequence[Record], int]:
    """Return the records that are no comments, and the number of those that are: they begin with # and are ragged.
    Below the header they have one cell, as a row may begin with # and lack its last cells.
    """
    width = Counter(len(record.cells) for record in records if not _is_hashed(record)).most_common(1)
    if not width or width[0][0] == 1:
        return records, 0
    kept: list[Record] = []
    for record in records:
        is_ragged = len(record.cells) != width[0][0]
        if not (is_ragged and _is_hashed(record) and (not kept or filled_width(record.cells) == 1)):
            kept.append(record)
    return kept, len(records) - len(kept)


def _is_hashed(record: Record) -> bool:
    return str(record.cells[0]).startswith("#")


def _place(rows: Sequence[Record]) -> int:
    """Return the place of the header: the first row that fills enough of the usual cells. Titles and notes fill few.

    A short row stays the header if what would take its place looks like data.
    """
    usual = statistics.median_high(_filled(record) for record in rows[:200])
    for place, record in enumerate(rows[:PREAMBLE]):
        first_empty = len(record.cells) > 1 and is_empty(record.cells[0])
        if _filled(record) + first_empty >= FULL * usual:
            return 0 if _is_data(record, rows[place + 1 :]) else place
    return 0


def _is_data(top: Record, below: Sequence[Record]) -> bool:
    """Return whether a row is no header: it has values, such as numbers, in columns that hold values, and no name in
    one of them; or a text as long as those below, or one of them. Rising years or numbers are names.
    """
    typed: list[str] = []
    repeated, below = 0, below[:50]
    for number, cell in enumerate(top.cells):
        held = _held(below, number)
        if not held or is_empty(cell):
            continue
        if sum(map(_is_value, held)) >= 0.9 * len(held):
            if not _is_value(cell):
                return False
            typed.append(str(cell).strip())
        elif is_known(str(cell)):
            return False
        else:
            usual = statistics.median(len(str(value)) for value in held)
            if usual >= LONG and len(str(cell)) * 2 >= usual and not str(cell).rstrip().endswith(("?", ":", ".)")):
                return True
            repeated += cell in held or _is_alike(str(cell), held)
    if not typed:
        again = list(top.cells) in [list(row.cells) for row in below]
        return repeated > 0 and not again
    whole = [int(value) for value in typed if value.isdecimal()]
    rising = len(whole) == len(typed) > 1 and all(a <= b for a, b in pairwise(whole))
    return not rising and not all(YEAR.fullmatch(value) for value in typed)


def _is_alike(cell: str, held: Sequence[Any]) -> bool:
    """Return whether a word has a sign that no name has, and that most values of the column have too."""
    marks = [mark for mark in ":@\\=" if mark in cell] if " " not in cell else []
    return any(sum(mark in str(value) for value in held) * 2 > len(held) for mark in marks)


def _is_value(cell: object) -> bool:
    return not isinstance(cell, str) or bool(VALUE.fullmatch(cell.strip()))


def _more(top: Record, below: Sequence[Record]) -> int:
    """Return how many rows below the first header belong to it: names or units above columns of values, the second
    header of a survey, or names of columns that have none above.
    """
    more = 0
    for place, row in enumerate(below[:3]):
        typed = []
        for number in range(min(len(top.cells), len(row.cells))):
            held = _held(below[place + 1 : place + 50], number)
            if len(held) > 2 and sum(map(_is_value, held)) >= 0.9 * len(held):
                typed.append(row.cells[number])
        words = [cell for cell in typed if not _is_value(cell) and _name(cell).casefold() not in EMPTY]
        if len(words) > 1 and len(words) * 2 >= len(typed):
            more = place + 1
    if more or not below:
        return more
    second = list(below[0].cells)
    if any(cell in SURVEY for cell in second):
        return 1
    free = [number for number, cell in enumerate(top.cells) if is_empty(cell) and 0 < number < len(second)]
    others = [cell for number, cell in enumerate(second) if number not in free]
    named = bool(free) and not any(is_empty(second[number]) or _is_value(second[number]) for number in free)
    return int(named and sum(map(is_empty, others)) * 2 > len(others))


def _joined(headers: Sequence[Record]) -> list[str]:
    """Return the names of the columns. Where there are several headers, a name goes on to the right above others."""
    names = [_name(cell) for cell in headers[0].cells]
    for header in headers[1:]:
        under = [_name(cell) for cell in header.cells][: len(names)]
        under += [""] * (len(names) - len(under))
        for number, name in enumerate(under):
            if name and number and not names[number]:
                names[number] = names[number - 1].partition(" / ")[0]
            if name and name != names[number]:
                names[number] = f"{names[number]} / {name}" if names[number] else name
    return names


def _named(given: list[str], below: Sequence[Record], headless: bool) -> tuple[list[str], str, tuple[str, ...]]:
    """Return the names of the columns, "" for one that is left out; a note; and what is left out."""
    names: list[str] = []
    numbered: list[str] = []
    left: tuple[str, ...] = ()
    for number, name in enumerate(given):
        if not name and not headless:
            held = any(not is_empty(row.cells[number]) for row in below if number < len(row.cells))
            if not held or (number == 0 and _is_index(below)):
                left = ("1 column without a name, which counts the rows",) if held else left
                names.append("")
                continue
        made, count = name or f"column {number + 1}", 2
        while made in names or (made != name and made in given):
            made, count = f"{name or 'column'} {count}", count + 1
        if made != name:
            numbered.append(made)
        names.append(made)
    return names, f"columns of one name, or none, were numbered: {', '.join(numbered[:3])}" if numbered else "", left


def _is_index(rows: Sequence[Record]) -> bool:
    """Return whether the first column counts the rows, as the index that pandas writes."""
    start = str(rows[0].cells[0]).strip()
    return start in ("0", "1") and all(
        str(row.cells[0]).strip() == str(number) for number, row in enumerate(rows, int(start))
    )
