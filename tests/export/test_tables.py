import csv
import io
import json
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askew.documents.tables import table
from askew.errors import InputError
from askew.export.tables import format_of, write, write_to

ROWS = [
    {"a": "x1", "score": 0.91, "text": 'say "hi", then\ngo', "more": ["p", "q"]},
    {"a": "x2", "score": None, "text": "=1+1", "unnamed": 7},
]
COLUMNS = ("a", "score", "text", "more")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_csv_is_that_of_rfc_4180(tmp_path: Path) -> None:
    assert write(tmp_path / "x.csv", ROWS, COLUMNS) == 2
    assert (tmp_path / "x.csv").read_bytes() == (
        b'a,score,text,more\r\nx1,0.91,"say ""hi"", then\ngo","[""p"", ""q""]"\r\nx2,,\'=1+1,\r\n'
    )


def test_jsonl_has_every_column_in_every_row(tmp_path: Path) -> None:
    write(tmp_path / "x.jsonl", ROWS, COLUMNS)
    first, second = map(json.loads, (tmp_path / "x.jsonl").read_text().splitlines())
    assert first == ROWS[0]
    assert second == {"a": "x2", "score": None, "text": "=1+1", "more": None}


def test_a_text_is_no_formula_where_a_spreadsheet_reads_it() -> None:
    given = ("=1+1", "+49", "-5 degrees", "@ana", "\tx", "\n1", " \xa0=1", "＝1+1", "fine", "a=b", "'fine'", "'=1", "")
    rows = [{"text": text, "n": -1.5, "of": text} for text in given]
    shown = io.BytesIO()
    write_to(shown, "csv", rows, ("text", "n", "of", "=n"))
    header, *cells = csv.reader(io.StringIO(shown.getvalue().decode(), newline=""))
    assert header == ["text", "n", "of", "'=n"]
    guarded = [f"'{text}" for text in given[:8]] + ["fine", "a=b", "'fine'", "''=1", ""]
    assert [row[0] for row in cells] == guarded
    assert [row[2] for row in cells] == ["'=1+1", "+49", *guarded[2:]]
    assert {row[1] for row in cells} == {"-1.5"}


def test_only_tables_of_ours_lose_an_apostrophe_when_they_are_read() -> None:
    ours = table("group,id,representative,text\r\n'=g,'+2,true,''=1\r\n", "csv")
    assert ours.rows[0].values == {"group": "=g", "id": "+2", "representative": "true", "text": "'=1"}
    users = table("id,text\r\n'=g,'-ism' is a suffix\r\n", "csv")
    assert users.rows[0].values == {"id": "'=g", "text": "'-ism' is a suffix"}


STARTS = st.text(st.sampled_from("'=+-@ \t\r\nx1"), max_size=4)


@given(st.lists(st.tuples(TEXTS | STARTS, TEXTS | STARTS), min_size=1))
@example([("a", "in mm"), *[("b", "1")] * 3])  # elsewhere a second header, of units
@example([("#", "# x"), ("a", "1"), ("b", "2")])
def test_our_own_reader_reads_what_is_written(cells: list[tuple[str, str]]) -> None:
    file = io.BytesIO()
    rows = [
        {"group": f"r{n}", "id": a, "representative": n == 0, "text": b, "more": b} for n, (a, b) in enumerate(cells)
    ]
    write_to(file, "csv", rows, ("group", "id", "representative", "text", "more"))
    read = table(file.getvalue().decode("utf-8"), "csv")
    assert [(row.values["id"], row.values["text"], row.values["more"]) for row in read.rows] == [
        (a, b, b) for a, b in cells
    ]


def test_a_failure_on_the_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("old")

    def rows() -> Iterator[Mapping[str, object]]:
        yield from ({"a": number} for number in range(5000))
        raise InputError("no more")

    with pytest.raises(InputError, match="no more"):
        write(tmp_path / "x.csv", rows(), ("a",))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "old")]


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, name: str) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            write(tmp_path / name, ({"n": number, "t": "word " * 20} for number in range(count)), ("n", "t"))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2000)
    assert peak(40_000) < 2 * peak(4000)


def test_a_character_that_is_none_names_its_row(tmp_path: Path) -> None:
    rows = [{"t": "fine"}] * 1200 + [{"t": "\ud800"}]
    for name in ("x.csv", "x.jsonl", "x.parquet"):
        with pytest.raises(InputError, match=r"\b1201\b"):
            write(tmp_path / name, rows, ("t",))
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_is_refused_beforehand(tmp_path: Path) -> None:
    for name in ("pairs", "pairs.xls"):
        with pytest.raises(InputError, match=rf"{name} .*\.csv, \.jsonl or \.parquet"):
            format_of(name)
    with pytest.raises(InputError, match=str(tmp_path / "none")):
        format_of(tmp_path / "none" / "x.csv")
    assert format_of(tmp_path / "X.CSV") == "csv"
