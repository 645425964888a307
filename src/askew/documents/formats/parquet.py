"""Parser for Parquet: one table, with dates as strings in ISO 8601."""

import io
import os
from collections.abc import Sequence

from askew.documents.formats.draft import Cell, Grid, Grids, UnusableError
from askew.values import UnusableError as UnusableValueError
from askew.values import plain


def grids(data: bytes) -> Grids:
    """Return the table. A column of bytes holds texts if all of them are UTF-8, as older programs write them; another
    one is left out.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others reserve more than they use
    from pyarrow.parquet import read_table

    table = read_table(io.BytesIO(data), use_threads=False, pre_buffer=False)
    names: list[str] = []
    columns: list[list[Cell]] = []
    binary: list[str] = []
    for place, name in enumerate(table.schema.names):
        try:
            columns.append(_column(table.column(place).to_pylist(), name))
            names.append(name)
        except UnicodeDecodeError:
            binary.append(f"column {name!r}, which holds bytes that are no text")
    rows = enumerate(zip(*columns, strict=True), 1)
    return Grids((Grid("", ((0, tuple(names)), *rows), stated=True),), left_out=tuple(binary))


def _column(values: Sequence[object], name: str) -> list[Cell]:
    return [_cell(value.decode() if isinstance(value, bytes) else value, name) for value in values]


def _cell(value: object, name: str) -> Cell:
    try:
        found: Cell = plain(value)
    except UnusableValueError as error:
        raise UnusableError(f"column {name!r}: {error}") from error
    return found
