"""Parser for Parquet: one table, with dates as strings in ISO 8601."""

import io
import os

from askew.documents.formats.draft import Cell, Grid, UnusableError
from askew.values import UnusableError as UnusableValueError
from askew.values import plain


def grids(data: bytes) -> list[Grid]:
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others reserve more than they use
    from pyarrow.parquet import read_table

    table = read_table(io.BytesIO(data), use_threads=False, pre_buffer=False)
    names = tuple(table.schema.names)
    columns = [[_cell(value, name) for value in table.column(place).to_pylist()] for place, name in enumerate(names)]
    return [Grid("", ((0, names), *enumerate(zip(*columns, strict=True), 1)))]


def _cell(value: object, name: str) -> Cell:
    if isinstance(value, bytes):
        return None
    try:
        found: Cell = plain(value)
    except UnusableValueError as error:
        raise UnusableError(f"column {name!r}: {error}") from error
    return found
