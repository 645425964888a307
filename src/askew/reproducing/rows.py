"""The rows of a file of a set, in whichever form it was distributed: JSONL, also packed, Parquet, TSV or CSV."""

import gzip
import io
from collections.abc import Sequence

from askew.documents.tables import SURROGATE, Bad, Row, Table, table
from askew.errors import InputError
from askew.extras import need
from askew.reproducing.places import Folder

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet", ".tsv", ".csv")
PACKED = "data"
"""The hub keeps Parquet files in this folder, a split in several: test-00000-of-00001.parquet."""


def files(folder: Folder, stem: str) -> list[Folder]:
    """The file of this name with a suffix that is known, or the Parquet files that are its parts; else none."""
    for suffix in SUFFIXES:
        file = folder.joinpath(f"{stem}{suffix}")
        if file.is_file():
            return [file]
    for home in (folder.joinpath(stem), folder.joinpath(PACKED)):
        parts = [part for part in home.iterdir() if _is_part(part.name, stem)] if home.is_dir() else []
        if parts:
            return sorted(parts, key=lambda part: part.name)
    return []


def rows(parts: Sequence[Folder]) -> Table:
    """Of all these files together; InputError for a row that cannot be read."""
    tables = [_table(part) for part in parts]
    for part, read in zip(parts, tables, strict=True):
        bad = next((row for row in read.rows if isinstance(row, Bad)), None)
        if bad is not None:
            raise InputError(f"{part}:{bad.line}: {bad.reason}.")
    names = dict.fromkeys(name for read in tables for name in read.names)
    return Table(tables[0].line, tuple(names), tuple(row for read in tables for row in read.rows), tables[0].cells)


def text(file: Folder) -> str:
    """InputError for what is no UTF-8."""
    data = file.read_bytes()
    read = (gzip.decompress(data) if file.name.endswith(".gz") else data).decode("utf-8-sig", "surrogateescape")
    broken = SURROGATE.search(read)
    if broken:
        raise InputError(f"{file} is not UTF-8 (line {read.count(chr(10), 0, broken.start()) + 1}).")
    return read


def _is_part(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}-") and name.endswith(".parquet")


def _table(file: Folder) -> Table:
    if file.name.endswith(".parquet"):
        return _parquet(file)
    format = file.name.removesuffix(".gz").rpartition(".")[2]
    return table(text(file), format if format in ("csv", "jsonl") else "tsv", str(file))


def _parquet(file: Folder) -> Table:
    need("pyarrow", "pyarrow", "parquet", "Reading Parquet files")
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import read_table

    try:
        values = read_table(io.BytesIO(file.read_bytes())).to_pylist()
    except ArrowInvalid as fault:
        raise InputError(f"{file} cannot be read as Parquet: {fault}.") from fault
    made = tuple(Row(number, row) for number, row in enumerate(values, 1))
    return Table(1, tuple(values[0]) if values else (), made, cells=False)
