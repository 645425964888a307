import re

import pytest

from askew.documents.tables import Bad, Row, lines, table
from askew.errors import InputError


def test_rows_keep_the_line_where_they_begin() -> None:
    found = table('a,b\n1,"two\nlines"\n3,4\n', "csv", "x.csv")
    assert found.names == ("a", "b")
    assert found.rows == (Row(2, {"a": "1", "b": "two\nlines"}), Row(4, {"a": "3", "b": "4"}))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    assert table(f"a{delimiter}b\n1{delimiter}2", "csv", "x").rows == (Row(2, {"a": "1", "b": "2"}),)


def test_a_row_of_another_length_is_bad() -> None:
    [row] = table("a,b\n1\n", "csv", "x").rows
    assert isinstance(row, Bad)
    assert row.line == 2
    assert re.findall(r"\d+", row.reason) == ["1", "2"]


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match=r"^x:1: .*'a'"):
        table("a,a\n", "csv", "x")


def test_quotes_mean_nothing_in_tsv() -> None:
    assert table('a\tb\n"1\t2', "tsv", "x").rows == (Row(2, {"a": '"1', "b": "2"}),)


@pytest.mark.parametrize("line", ['{"a": 1', "[1]", '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}'])
def test_json_that_cannot_be_used_is_bad_and_its_neighbours_are_not(line: str) -> None:
    bad, good = table(line + '\n{"a": 1}', "jsonl", "x").rows
    assert isinstance(bad, Bad)
    assert good == Row(2, {"a": 1})


def test_only_line_feeds_end_lines() -> None:
    assert list(lines("a\u2028b\r\n\n c")) == [(1, "a\u2028b"), (3, " c")]
