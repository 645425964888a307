import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from askew.export import parquet
from askew.export.parquet import GROUP
from askew.export.tables import write


def test_columns_have_the_types_of_all_their_values(tmp_path: Path) -> None:
    rows = [
        {
            "whole": 1,
            "number": 1,
            "text": "a",
            "list": ["x"],
            "yes": True,
            "mixed": "a",
            "large": 2**70,
            "nest": {"k": 1},
        },
        {"whole": None, "number": 0.5, "text": None, "list": [], "yes": False, "mixed": 3, "large": 1, "nest": None},
    ]
    path = tmp_path / "x.parquet"
    assert write(path, rows, [*rows[0], "none"]) == 2
    read = pyarrow.parquet.read_table(path)
    types = [str(field.type) for field in read.schema]
    assert types == [
        "int64",
        "double",
        "string",
        "list<element: string>",
        "bool",
        "string",
        "string",
        "string",
        "string",
    ]
    assert read.to_pylist() == [
        {**rows[0], "number": 1.0, "large": str(2**70), "nest": '{"k": 1}', "none": None},
        {**rows[1], "mixed": "3", "large": "1", "none": None},
    ]


def test_large_integers_beside_floats_keep_their_digits(tmp_path: Path) -> None:
    rows = [{"n": 2**53 + 1, "m": 2**53 + 1, "k": 2**53}, {"n": 1.5, "m": 2, "k": 0.5}]
    write(tmp_path / "t.parquet", rows, ("n", "m", "k"))
    read = pyarrow.parquet.read_table(tmp_path / "t.parquet")
    assert read.column("n").to_pylist() == ["9007199254740993", "1.5"]
    assert read.column("m").to_pylist() == [2**53 + 1, 2]
    assert read.column("k").to_pylist() == [2.0**53, 0.5]


def test_a_kind_that_comes_late_is_seen_and_groups_are_bounded(tmp_path: Path) -> None:
    count = GROUP + 2
    path = tmp_path / "x.parquet"
    write(path, ({"n": number if number < GROUP else "last"} for number in range(count)), ("n",))
    assert pyarrow.parquet.ParquetFile(path).num_row_groups == 2
    assert pyarrow.parquet.read_table(path)["n"].to_pylist()[-3:] == [str(GROUP - 1), "last", "last"]


def test_no_rows_are_a_file_with_columns(tmp_path: Path) -> None:
    assert write(tmp_path / "x.parquet", [], ("a", "b")) == 0
    assert pyarrow.parquet.read_table(tmp_path / "x.parquet").column_names == ["a", "b"]


MISSING = """
import sys
sys.modules["pyarrow"] = None  # as where it was never installed
from askew.export.tables import format_of
from askew.errors import InputError
try:
    format_of("x.parquet")
except InputError as fault:
    print(fault)
"""


def test_without_pyarrow_the_line_that_installs_it_is_given() -> None:
    told = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=True).stdout
    assert told == "A Parquet file needs pyarrow: pip install 'askew[parquet]'.\n"
    parquet.check()


def test_a_value_that_is_for_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"\bobject\b"):
        write(tmp_path / "x.parquet", [{"a": object()}], ("a",))
    assert not list(tmp_path.iterdir())
