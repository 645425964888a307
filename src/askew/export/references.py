"""References to cells in formulas and ranges, and how they move when rows are removed."""

import re
from collections.abc import Mapping
from typing import Protocol

CELL = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}"
REFERENCE = re.compile(
    rf"""(?P<text>"(?:[^"]|"")*")                                     # a text, whatever it holds
    |(?P<other>\[[^\]]*\](?:[^\W\d][\w.]*!{CELL}(?::{CELL})?)?)        # another workbook, or columns of a table
    |(?P<sheet>(?:'(?:[^']|'')+'|(?<![\w.:'])[^\W\d][\w.]*)!)?
     (?:(?<![\w.$:])(?P<one>{CELL})(?::(?P<two>{CELL}))?(?![\w.(\[!])
       |(?<![\w.$:])(?P<first>\$?[0-9]{{1,7}}):(?P<last>\$?[0-9]{{1,7}})(?![\w.:(]))""",
    re.VERBOSE,
)
PARTS = re.compile(r"(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})")
BROKEN = "#REF!"
LETTERS = 26


class Shifting(Protocol):
    """Where rows are after others were removed; see `workbook.Shift`."""

    def start(self, row: int) -> int: ...
    def end(self, row: int) -> int: ...


def gone_from(ranges: str, shift: Shifting) -> str:
    """Return what is left of ranges such as "A1:B3 D5"; "" if nothing is."""
    return " ".join(filter(None, (_range(*one.partition(":")[::2], shift) for one in ranges.split())))


def moved(formula: str, shifts: Mapping[str, Shifting], sheet: str) -> str:
    """Return a formula with its references moved. sheet: the one that a reference without a name means."""

    def change(found: re.Match[str]) -> str:
        if found["text"] or found["other"]:
            return found[0]
        name = found["sheet"] or ""
        shift = shifts.get(name[:-1].strip("'").replace("''", "'") if name else sheet)
        if shift is None:
            return found[0]
        if found["one"]:
            return name + (_range(found["one"], found["two"] or "", shift) or BROKEN)
        first, last = (int(found[end].strip("$")) for end in ("first", "last"))
        start, end = shift.start(first), shift.end(last)
        dollars = ["$" if found[end].startswith("$") else "" for end in ("first", "last")]
        return name + (f"{dollars[0]}{start}:{dollars[1]}{end}" if start <= end else BROKEN)

    return REFERENCE.sub(change, formula)


def translated(formula: str, place: str, to: str) -> str:
    """Return the formula of a cell as it reads in another one: what is not fixed by $ moves with it."""
    down, right = _row(to) - _row(place), _column(to) - _column(place)

    def cell(found: re.Match[str]) -> str:
        fixed, letters, still, row = found.groups()
        column = letters if fixed else _letters(max(1, _column(letters) + right))
        return f"{fixed}{column}{still}{row if still else max(1, int(row) + down)}"

    def change(found: re.Match[str]) -> str:
        if found["text"] or found["other"] or not found["one"]:
            return found[0]
        return (found["sheet"] or "") + PARTS.sub(cell, found[0][len(found["sheet"] or "") :])

    return REFERENCE.sub(change, formula)


def _range(one: str, two: str, shift: Shifting) -> str:
    left, right = PARTS.fullmatch(one), PARTS.fullmatch(two or one)
    if left is None or right is None:
        return f"{one}:{two}" if two else one
    start, end = shift.start(int(left[4])), shift.end(int(right[4]))
    if start > end:
        return ""
    first, last = f"{left[1]}{left[2]}{left[3]}{start}", f"{right[1]}{right[2]}{right[3]}{end}"
    return f"{first}:{last}" if two else first


def _row(cell: str) -> int:
    return int(re.sub(r"\D", "", cell) or 1)


def _column(cell: str) -> int:
    number = 0
    for letter in re.sub(r"[^A-Z]", "", cell):
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number


def _letters(number: int) -> str:
    made = ""
    while number:
        number, rest = divmod(number - 1, LETTERS)
        made = chr(ord("A") + rest) + made
    return made
