import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from askew.documents.tables import Row
from askew.errors import InputError
from askew.reproduction.datasets import files, rows, text

VALUES = [{"a": "one", "b": 1}, {"a": "two", "b": 2}]


def written(folder: Path, form: str) -> None:
    if form == "tsv":
        (folder / "test.tsv").write_text('a\tb\none\t1\n"two\t2\n'.replace('"', ""))
    elif form == "csv":
        (folder / "test.csv").write_text('a,b\n"one",1\ntwo,2\n')
    elif form == "parquet":
        (folder / "data").mkdir()
        for number, value in enumerate(VALUES):
            table = pa.Table.from_pylist([value])
            pq.write_table(table, folder / "data" / f"test-0000{number}-of-00002.parquet")
            pq.write_table(table, folder / "data" / f"train-0000{number}-of-00002.parquet")
    else:
        data = b'{"a": "one", "b": 1}\n{"a": "two", "b": 2}\n'
        (folder / f"test.{form}").write_bytes(gzip.compress(data) if form.endswith("gz") else data)


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet", "tsv", "csv"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    written(tmp_path, form)
    found = rows(files(tmp_path, "test"))
    assert found.names == ("a", "b")
    assert [{**row.values, "b": int(row.values["b"])} for row in found.rows if isinstance(row, Row)] == VALUES


def test_a_file_that_is_not_there_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    assert files(tmp_path, "test") == []


def test_quotes_in_tab_separated_files_are_letters(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text('a\tb\n"one\t1\n')
    [row] = rows(files(tmp_path, "test")).rows
    assert isinstance(row, Row)
    assert row.values["a"] == '"one'


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"a": 1}\n{"a"\n')
    with pytest.raises(InputError, match=r"test\.jsonl:2: .*JSON"):
        rows(files(tmp_path, "test"))
    (tmp_path / "test.jsonl").write_bytes(b"{}\n\xff\n")
    with pytest.raises(InputError, match=r"test\.jsonl is not UTF-8 \(line 2\)"):
        text(tmp_path / "test.jsonl")
    (tmp_path / "other.parquet").write_text("none")
    with pytest.raises(InputError, match=r"other\.parquet cannot be read as Parquet"):
        rows(files(tmp_path, "other"))
