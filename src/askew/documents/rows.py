"""Rows of named values, each with the line where it begins: what every reader of tables returns."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """line: where it begins, or the number of the object in a JSON array. sheet: "" outside of a workbook."""

    line: int
    values: Mapping[str, Any]
    sheet: str = ""


@dataclass(frozen=True)
class Bad:
    """An unusable row. reason: a phrase without full stop."""

    line: int
    reason: str
    sheet: str = ""


@dataclass(frozen=True)
class Table:
    """A parsed table. names: every field of any row. cells: all values are strings, as in CSV and TSV.

    by_line: each row is a line of the file. inner: the rows are a list within an object, which may be settings.
    notes, left_out: see `Draft`.
    """

    line: int
    names: tuple[str, ...]
    rows: tuple[Row | Bad, ...]
    cells: bool
    by_line: bool = True
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    inner: bool = False


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield non-blank lines with their numbers. Only CR, LF or both end a line: JSON may contain U+2028."""
    for number, line in enumerate(physical(text), 1):
        if line.strip():
            yield number, line.rstrip("\r\n")


def physical(text: str) -> list[str]:
    """Return the lines with their endings."""
    return list(io.StringIO(text, newline=""))
