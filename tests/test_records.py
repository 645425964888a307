import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import InputError, UnknownNameError
from askew.ingest import digest
from askew.records import documents_from, text_id
from askew.types import Document

LEAVE = Document("leave", "28 days of holiday.", "Leave", {"year": 2024, "lang": "en"})
PAY = Document("pay", "Paid on the 25th.", "", {"year": 2023})
ROWS = [
    {"id": "leave", "text": "28 days of holiday.", "title": "Leave", "year": 2024, "lang": "en"},
    {"id": "pay", "text": "Paid on the 25th.", "title": None, "year": 2023, "lang": None},
]


def with_index(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).set_index("id")


def in_sqlite(rows: list[dict[str, Any]]) -> list[sqlite3.Row]:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    select = "SELECT :id AS id, :text AS text, :title AS title, :year AS year, :lang AS lang"
    found = [row for one in rows for row in connection.execute(select, one)]
    connection.close()
    return found


FRAMES: list[Callable[[list[dict[str, Any]]], object]] = [
    pd.DataFrame,
    with_index,
    lambda rows: pd.DataFrame(rows, index=[5, 9]),
    lambda rows: pd.DataFrame(rows).convert_dtypes(),
    lambda rows: pd.DataFrame(rows).astype({"lang": "category", "title": object}),
    pl.DataFrame,
    pl.LazyFrame,
    pa.Table.from_pylist,
    lambda rows: pa.RecordBatch.from_pylist(rows),
    lambda rows: pa.Table.from_pylist(rows).to_reader(),
    datasets.Dataset.from_list,
    lambda rows: datasets.Dataset.from_list(rows).with_format("torch"),
    lambda rows: datasets.Dataset.from_list(rows).to_iterable_dataset(),
    list,
    tuple,
    iter,
    lambda rows: (MappingProxyType(row) for row in rows),
    lambda rows: np.array(rows, dtype=object),
    lambda rows: pd.DataFrame(rows).to_dict("records"),
    lambda rows: pl.DataFrame(rows).iter_rows(named=True),
    lambda rows: pd.DataFrame(rows).itertuples(index=False),
    lambda rows: [row for _, row in pd.DataFrame(rows).iterrows()],
    in_sqlite,
    lambda rows: [
        {"id": r["id"], "text": r["text"], "title": r["title"], "metadata": {"year": r["year"], "lang": r["lang"]}}
        for r in rows
    ],
]


@pytest.mark.parametrize("make", FRAMES)
def test_the_same_table_in_any_form_gives_the_same_documents(make: Callable[[list[dict[str, Any]]], object]) -> None:
    found = documents_from(make(ROWS))
    assert found == [LEAVE, PAY]
    assert [type(document.metadata["year"]) for document in found] == [int, int]
    assert [digest(document) for document in found] == [digest(LEAVE), digest(PAY)]


@pytest.mark.parametrize(
    "data",
    [
        LEAVE,
        [LEAVE],
        (LEAVE,),
        asdict(LEAVE) | {"source": None},
        ROWS[0],
        {"_id": "leave", "title": "Leave", "content": "28 days of holiday.", "metadata": {"year": 2024, "lang": "en"}},
    ],
)
def test_one_document(data: object) -> None:
    assert documents_from(data) == [LEAVE]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([("a", "one"), ("b", "two")], [Document("a", "one"), Document("b", "two")]),
        ((("a", "one"), ("b", "two")), [Document("a", "one"), Document("b", "two")]),
        (zip(["a"], ["one"], strict=True), [Document("a", "one")]),
        (("a", "one", {"n": np.int64(3), "x": None}), [Document("a", "one", "", {"n": 3})]),
        (("a", "one", None), [Document("a", "one")]),
        ((7, "one"), [Document("7", "one")]),
        ([(np.int64(7), "one", {})], [Document("7", "one")]),
        (namedtuple("Row", "id text n")("a", "one", 1), [Document("a", "one", "", {"n": 1})]),
    ],
)
def test_tuples_are_id_text_and_metadata(data: object, expected: list[Document]) -> None:
    assert documents_from(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        ("a", "one"),
        ("a", "one", {"n": b"x"}),
        [("a",)],
        [("a", "one", {}, 4)],
        [("a", 3)],
        [(None, "one")],
        [("a", "one", "two")],
        [("a", "one", [1])],
    ],
)
def test_a_tuple_that_is_no_record_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        documents_from(data)


def lines() -> Iterator[str]:
    yield "one"
    yield "two"


@pytest.mark.parametrize(
    "data",
    [
        ["one", "two"],
        lines(),
        np.array(["one", "two"]),
        pd.Series(["one", "two"]),
        pd.Series(["one", "two"], index=pd.Index(["x", "y"])),
        pl.Series(["one", "two"]),
        pl.Series("text", ["one", "two"]),
        pa.array(["one", "two"]),
        pd.DataFrame({"text": ["one", "two"]}),
        [{"text": "one"}, "two"],
        ["one", "two", "one"],
        ["one", Document(text_id("two"), "two")],
    ],
)
def test_texts_without_ids_get_the_same_ids_again(data: object) -> None:
    assert documents_from(data) == [Document("psbjo5p2fk6msght", "one"), Document("6vhs5s6ncbmlrcqb", "two")]


def test_the_id_of_a_text_depends_on_title_and_text() -> None:
    first, second, plain = documents_from(
        [{"title": "A", "text": "same", "n": 1}, {"title": "B", "text": "same", "n": 1}, {"text": "same", "n": 1}]
    )
    assert len({first.id, second.id, plain.id}) == 3
    assert plain.id == text_id("same") == documents_from("same")[0].id
    assert documents_from([{"title": "A", "text": "same", "n": 2}])[0].id == first.id


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)))
def test_every_distinct_text_becomes_one_document(texts: list[str]) -> None:
    found = documents_from(texts)
    assert [document.text for document in found] == list(dict.fromkeys(text.replace("\f", "\n") for text in texts))
    assert documents_from(iter(texts)) == found
    numbered = documents_from(texts, numbered=True)
    assert [document.id for document in numbered] == [str(place) for place in range(len(texts))]


def test_positions_keep_what_occurs_twice() -> None:
    frame = pd.DataFrame({"question": ["why?", "why?"], "label": [1, 2]})
    assert documents_from(frame, numbered=True) == [
        Document("0", "why?", "", {"label": 1}),
        Document("1", "why?", "", {"label": 2}),
    ]
    with pytest.raises(InputError, match=r"0 and 1"):
        documents_from(frame)


def test_a_series_with_a_named_index_has_ids() -> None:
    series = pd.Series(["one"], index=pd.Index(["a"], name="id"))
    assert documents_from(series) == [Document("a", "one")]
    assert documents_from(series.rename("note"), text="note") == [Document("a", "one")]


def test_columns_are_named() -> None:
    frame = pl.DataFrame({"key": [1], "note": ["one"], "head": ["H"], "text": ["no"], "n": [2], "m": [3]})
    assert documents_from(frame, id="key", text="note", title="head", metadata=["n"]) == [
        Document("1", "one", "H", {"n": 2})
    ]
    assert documents_from(frame, id="key", metadata=()) == [Document("1", "no")]
    inner = [{"id": "a", "text": "one", "metadata": {"n": 1, "m": 2}}]
    assert documents_from(inner, metadata=["m"]) == [Document("a", "one", "", {"m": 2})]
    assert documents_from(pl.DataFrame(inner), metadata=["m"]) == [Document("a", "one", "", {"m": 2})]


@pytest.mark.parametrize(
    "named", [{"id": "key"}, {"text": "x"}, {"title": "x"}, {"metadata": ["x"]}], ids=lambda named: next(iter(named))
)
def test_a_column_that_is_not_there_is_refused(named: dict[str, Any]) -> None:
    for data in (ROWS, pd.DataFrame(ROWS)):
        with pytest.raises(UnknownNameError):
            documents_from(data, **named)
    with pytest.raises(InputError):
        documents_from(["one"], **named)
    with pytest.raises(InputError):
        documents_from([ROWS[0], LEAVE], **named)


def test_names_of_metadata_are_a_list() -> None:
    for metadata in ("year", [1]):
        with pytest.raises(InputError):
            documents_from(ROWS, metadata=metadata)  # type: ignore[arg-type]


def test_only_columns_that_are_kept_must_be_json() -> None:
    frame = pd.DataFrame({"id": ["a"], "text": ["one"], "image": [b"\x00"], "n": [1]})
    assert documents_from(frame, metadata=["n"]) == [Document("a", "one", "", {"n": 1})]
    with pytest.raises(InputError, match=r"position 0.*'image'"):
        documents_from(frame)


def test_missing_cells_are_left_out_and_dates_are_strings() -> None:
    frame = pd.DataFrame(
        {
            "text": ["one", "two"],
            "day": pd.to_datetime(["2024-02-29", None]),
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.5, np.nan],
            "tags": [["a"], None],
            "price": [Decimal("1.50"), None],
        }
    )
    first, second = documents_from(frame)
    assert first.metadata == {"day": "2024-02-29T00:00:00", "n": 1, "x": 0.5, "tags": ["a"], "price": 1.5}
    assert second.metadata == {}
    nested = documents_from({"text": "one", "metadata": {"a": None, "b": [None, {"c": None}]}})[0]
    assert nested.metadata == {"b": [None, {"c": None}]}


def test_a_document_keeps_its_null_its_source_and_its_pages() -> None:
    given = Document("a", "one\ftwo", "T", {"a": None, "b": float("nan"), "c": date(2024, 1, 1)}, "/x/a.pdf")
    assert documents_from(given) == [
        Document("a", "one\ftwo", "T", {"a": None, "b": None, "c": "2024-01-01"}, "/x/a.pdf")
    ]


def test_texts_have_no_pages() -> None:
    for data in ("a\fb", ("x", "a\fb", {}), {"text": "a\fb"}):
        assert documents_from(data)[0].text == "a\nb"


def test_ids_of_numbers() -> None:
    for ids in ([1, 2], [1.0, 2.0], np.array([1, 2], np.uint8)):
        found = documents_from(pd.DataFrame({"id": ids, "text": ["one", "two"]}))
        assert [document.id for document in found] == ["1", "2"]


WRONG = [
    None,
    b"one",
    3,
    2.5,
    float("nan"),
    True,
    {"one", "two"},
    frozenset({"one"}),
    object(),
    Path("a.txt"),
    "",
    " \n",
    "\ud800",
    {},
    {"a": 1},
    {"id": ["a"], "text": ["one"]},
    {"text": None},
    {"text": ""},
    {"text": 3},
    {"text": date(2024, 1, 1)},
    {"text": "one", "title": ["T"]},
    {"text": "one", "title": "\ud800"},
    {"text": "one", 3: "x"},
    {"id": None, "text": "one"},
    {"id": "", "text": "one"},
    {"id": 1.5, "text": "one"},
    {"id": True, "text": "one"},
    {"text": "one", "n": float("inf")},
    {"text": "one", "n": timedelta(1)},
    {"text": "one", "n": {1: 2}},
    {"text": "one", "n": 1, "metadata": {"n": 2}},
    [ROWS[0], {"text": "without an id"}],
    ["one", None],
    ["one", 3],
    ["one", ["two"]],
    ["one", b"two"],
    ["one", float("nan")],
    ["one", {"a"}],
    [["a", "one"]],
    [PAY, Document("pay", "Paid on the 26th.")],
    Document("", "one"),
    Document("a", ""),
    Document(3, "one"),  # type: ignore[arg-type]
    Document("a", None),  # type: ignore[arg-type]
    Document("a", "one", None),  # type: ignore[arg-type]
    Document("a", "one", "", None),  # type: ignore[arg-type]
    Document("a", "one", "", {"x": b""}),
    np.array(3),
    np.array([1, 2]),
    np.array([["a", "one"]]),
    pd.Series(["one", None]),
    pd.Series([1, 2]),
    pd.DataFrame({"text": ["one", None]}),
    pd.DataFrame({"id": ["a", None], "text": ["one", "two"]}),
    pd.DataFrame({"id": ["a", "a"], "text": ["one", "two"]}),
    pd.DataFrame({"a": [None], "b": [None]}),
    pd.DataFrame([["one"]]),
    pa.table([pa.array(["one"]), pa.array(["two"])], names=["text", "text"]),
    pa.table({"text": pa.array([b"one"])}),
    datasets.DatasetDict({"train": datasets.Dataset.from_list(ROWS)}),
]


@pytest.mark.parametrize("data", WRONG, ids=lambda data: type(data).__name__)
def test_what_is_not_documents_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        documents_from(data)


def test_the_error_names_position_and_field() -> None:
    with pytest.raises(InputError, match=r"position 1.*'n'"):
        documents_from([{"text": "one", "n": 1}, {"text": "two", "n": {3}}])


@pytest.mark.parametrize(
    "data",
    [
        [],
        (),
        iter([]),
        np.array([]),
        pd.DataFrame(),
        pd.DataFrame({"text": []}),
        pd.Series([], dtype=str),
        pl.DataFrame(),
        pl.Series([]),
        pa.table({}),
        datasets.Dataset.from_list([]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_nothing_is_no_documents(data: object) -> None:
    assert documents_from(data) == []


def test_records_of_all_kinds_together() -> None:
    found = documents_from([LEAVE, "one", ("b", "two"), {"id": "c", "text": "three"}])
    assert [document.id for document in found] == ["leave", text_id("one"), "b", "c"]


@pytest.mark.parametrize(
    "data",
    [
        [{"Director": "Ann", "Plot": "A map is stolen.", "Year": 1999}],
        pd.DataFrame({"Director": ["Ann"], "Plot": ["A map is stolen."], "Year": [1999]}),
        pl.DataFrame({"Director": ["Ann"], "Plot": ["A map is stolen."], "Year": [1999]}),
    ],
    ids=["dicts", "pandas", "polars"],
)
def test_columns_follow_the_rules_of_tables(data: object) -> None:
    [found] = documents_from(data)
    assert found.text == "Director: Ann\nPlot: A map is stolen."
    assert found.metadata == {"Director": "Ann", "Plot": "A map is stolen.", "Year": 1999}
    [named] = documents_from(data, text=["plot", "year"], title="DIRECTOR")
    assert (named.text, named.title, named.metadata) == ("Plot: A map is stolen.\nYear: 1999", "Ann", {})
