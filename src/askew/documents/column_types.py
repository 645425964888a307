"""Column types: numbers, truth values, dates and texts, one for each column of a table of strings."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

EMPTY = frozenset(
    {"", "-", "--", "–", "—", ".", "..", "?", "n/a", "na", "#n/a", "#na", "nan", "null", "none", "nil", "n.a.", "k.a."}
)
"""What stands in a column of numbers, dates or truth values where there is none, in lower case."""
TRUTH = {"true": True, "false": False}
PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?|[-+]?\d{0,300}\.\d{1,300}", re.ASCII)
SCIENTIFIC = re.compile(r"[-+]?\d+(?:\.\d*)?[eE][-+]?\d{1,3}", re.ASCII)
LEADING_ZERO = re.compile(r"-?0\d+(?!.*\.)", re.ASCII)
COMMA = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+|0|[1-9]\d*)(?:,\d+)?", re.ASCII)
"""1.250,50: a decimal comma, and points between thousands."""
POINT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
"""1,250.50: a decimal point, and commas between thousands."""
SURE_COMMA = re.compile(r".*(?:,(?!\d{3}$)\d+|\.\d{3}[.,].*|^-?0,\d+)", re.ASCII)
SURE_POINT = re.compile(r".*(?:,\d{3}[.,].*)", re.ASCII)
DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?", re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})([./])(\d{1,2})\2(\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?", re.ASCII)
SHORT_YEAR = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2}", re.ASCII)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
CODES = re.compile(
    r"phone|telef|mobil|fax|^tel\b|zip|\bplz\b|post.?code|postal|postleit|\b(?:isbn|ean|gtin|iban|ssn)\b", re.IGNORECASE
)
"""Names of columns whose digits are no quantity."""
LONG = 40
"""Letters beyond which a cell is neither a number nor a date."""


@dataclass(frozen=True)
class ColumnType:
    """name: "number", "boolean", "date" or "text". convert: makes a value of a cell, None of an empty one.

    note: what of it a user should know, a phrase, or "".
    """

    name: str
    convert: Callable[[str], Any]
    note: str = ""


def _text(cell: str) -> str:
    return cell


TEXT = ColumnType("text", _text)


def column_type(name: str, cells: Iterable[str]) -> ColumnType:
    """Return the type of all cells of a column, which are stripped. Telephone numbers and the like stay text."""
    if CODES.search(name):
        return TEXT
    held: set[str] = set()
    for cell in set(cells):
        if len(cell) > LONG:
            return TEXT
        if cell.casefold() not in EMPTY:
            held.add(cell)
    if not held:
        return TEXT
    first = next(iter(held))
    if first.casefold() in TRUTH:
        return ColumnType("boolean", _boolean) if all(cell.casefold() in TRUTH for cell in held) else TEXT
    if not any(character.isdecimal() for character in first):
        return TEXT
    return _numbers(held) or _dates(held) or TEXT


def _boolean(cell: str) -> bool | None:
    return TRUTH.get(cell.casefold())


def _numbers(held: set[str]) -> ColumnType | None:
    if any(LEADING_ZERO.match(cell) for cell in held):
        return None  # 007 is a code
    if all(PLAIN.fullmatch(cell) or (("." in cell or "-" in cell) and SCIENTIFIC.fullmatch(cell)) for cell in held):
        return ColumnType("number", _fraction if any(mark in cell for cell in held for mark in ".eE") else _number)
    comma, point = (all(map(pattern.fullmatch, held)) for pattern in (COMMA, POINT))
    sure_comma, sure_point = (any(map(pattern.fullmatch, held)) for pattern in (SURE_COMMA, SURE_POINT))
    mixed = any("," in cell and "." in cell for cell in held)
    if comma and (sure_comma or (mixed and not point)):
        return ColumnType("number", _with_comma, "a comma is the decimal mark")
    if point and (sure_point or (mixed and not comma)):
        return ColumnType("number", _with_commas)
    if comma or point:
        some = min(cell for cell in held if "," in cell)
        return ColumnType("text", _text, f"{some} may mean thousands or a fraction, so it stays text")
    return None


def _number(cell: str) -> int | float | None:
    try:
        return int(cell)
    except ValueError:
        try:
            return float(cell) if cell.casefold() not in EMPTY else None
        except ValueError:
            return None


def _fraction(cell: str) -> float | None:
    found = _number(cell)
    return None if found is None else float(found)


def _with_comma(cell: str) -> int | float | None:
    return _number(cell.replace(".", "").replace(",", "."))


def _with_commas(cell: str) -> int | float | None:
    return _number(cell.replace(",", ""))


def _dates(held: set[str]) -> ColumnType | None:
    if all(map(ISO.fullmatch, held)):
        return ColumnType("date", _iso)
    if all(found := [YEAR_FIRST.fullmatch(cell) for cell in held]):
        made = ColumnType("date", lambda cell: _moment(YEAR_FIRST.fullmatch(cell), "1345"), "read as year, month, day")
        return made if all(made.convert(cell) for cell in held) else None
    if all(map(SHORT_YEAR.fullmatch, held)):
        return ColumnType("text", _text, f"{min(held)} has a year of two digits, so it stays text")
    if not all(found := [DATE.fullmatch(cell) for cell in held]):
        return None
    parts = [(int(one[1]), int(one[3]), one[2]) for one in found if one]
    day_first, month_first = all(b <= 12 for _, b, _ in parts), all(a <= 12 for a, _, _ in parts)
    if day_first and month_first and all(mark != "." for _, _, mark in parts):
        if all(a == b for a, b, _ in parts):
            month_first = False
        else:
            return ColumnType("text", _text, f"{min(held)} may begin with the day or the month, so it stays text")
    order, said = ("4315", "day, month, year") if day_first else ("4135", "month, day, year")
    if not day_first and not month_first:
        return None
    made = ColumnType("date", lambda cell: _moment(DATE.fullmatch(cell), order), f"read as {said}")
    return made if all(made.convert(cell) for cell in held) else None


def _iso(cell: str) -> str | None:
    return cell if cell.casefold() not in EMPTY else None


def _moment(found: re.Match[str] | None, order: str) -> str | None:
    """Return a date in ISO 8601. order: the groups with year, month, day and time."""
    if found is None:
        return None
    year, month, day = (int(found[int(place)]) for place in order[:3])
    time = found[int(order[3])] or ""
    try:
        day_of = datetime(year, month, day).date().isoformat()  # no time zone is known
        return (
            f"{day_of}T{datetime.strptime(time, '%H:%M:%S' if time.count(':') > 1 else '%H:%M').time()}"
            if time
            else day_of
        )
    except ValueError:
        return None
