"""Parquet files with typed columns, inferred from every row before the first is written."""

import io
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any, BinaryIO

from askew.environment import require
from askew.export.cells import as_json, cell, utf8

GROUP = 50_000
"""Rows held in memory at a time, and the size of a row group."""
LARGEST = 2**63 - 1
EXACT = 2**53
"""Up to which every integer is a float; with floats beside it, a larger one is text, which keeps its digits."""
NUMBERS = {"int": "int64", "float": "float64", "bool": "bool_"}
TEXTS = "list of texts"


def check() -> None:
    """Raise InputError with the install command if pyarrow is missing."""
    require("pyarrow", "pyarrow", "parquet", "A Parquet file")


def write(file: BinaryIO, rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> int:
    """Write the rows and return their number.

    Integers become int64, numbers double, lists of texts lists of strings, booleans bool; every other column is a
    string with the same content as in CSV.
    """
    check()
    import pyarrow.parquet

    arrow: Any = pyarrow
    with tempfile.TemporaryFile(prefix="askew-") as kept:
        kinds = _keep(kept, rows, columns)
        kept.seek(0)
        types = {name: _type(arrow, kinds[name]) for name in columns}
        return _write(arrow, file, kept, types)


def _keep(kept: IO[bytes], rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> dict[str, set[str]]:
    """Store the rows and return the kinds of values in each column."""
    kinds: dict[str, set[str]] = {name: set() for name in columns}
    for number, row in enumerate(rows, 1):
        text = as_json([row.get(name) for name in columns])
        for name, value in zip(columns, json.loads(text), strict=True):
            if value is not None:
                kinds[name].add(_kind(value))
        kept.write(utf8(text + "\n", number))
    return kinds


def _kind(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return TEXTS
    if isinstance(value, int) and abs(value) > LARGEST:
        return "large"
    if type(value) is int and abs(value) > EXACT:
        return "long"
    return type(value).__name__


def _type(arrow: Any, kinds: set[str]) -> Any:
    if kinds == {TEXTS}:
        return arrow.list_(arrow.string())
    if "float" not in kinds:
        kinds = {"int" if kind == "long" else kind for kind in kinds}
    [kind] = {"float"} if kinds == {"int", "float"} else kinds if len(kinds) == 1 else {"str"}
    return getattr(arrow, NUMBERS.get(kind, "string"))()


def _write(arrow: Any, file: BinaryIO, kept: IO[bytes], types: Mapping[str, Any]) -> int:
    schema = arrow.schema(list(types.items()))
    count = 0
    with arrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(kept):
            values = [[row[column] for row in group] for column in range(len(types))]
            arrays = [_array(arrow, part, type) for part, type in zip(values, types.values(), strict=True)]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            count += len(group)
    return count


def _groups(kept: IO[bytes]) -> Iterator[list[list[Any]]]:
    while lines := list(islice(kept, GROUP)):
        yield [json.loads(line) for line in lines]


def _array(arrow: Any, values: Sequence[Any], type: Any) -> Any:
    if arrow.types.is_string(type):
        values = [None if value is None else cell(value) for value in values]
    return arrow.array(values, type)


def without(data: bytes, rows: Mapping[str, Collection[int]]) -> bytes:
    """Return a Parquet file without these rows, counted from 1; its schema and compression stay.

    rows: under the name of a sheet, which is "".
    """
    check()
    import pyarrow.parquet

    arrow: Any = pyarrow
    held = arrow.parquet.ParquetFile(io.BytesIO(data))
    table = held.read(use_threads=False)
    gone = {number - 1 for numbers in rows.values() for number in numbers}
    kept = table.filter(arrow.array([place not in gone for place in range(table.num_rows)], arrow.bool_()))
    compression = held.metadata.row_group(0).column(0).compression if held.metadata.num_row_groups else "SNAPPY"
    made = io.BytesIO()
    arrow.parquet.write_table(kept, made, compression="NONE" if compression == "UNCOMPRESSED" else compression)
    return made.getvalue()
