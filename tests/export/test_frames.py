import json
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import InputError
from askew.export.frames import (
    GROUP_COLUMNS,
    HIT_COLUMNS,
    PAIR_COLUMNS,
    group_rows,
    hit_rows,
    html_table,
    pair_rows,
    to_arrow,
    to_dicts,
    to_pandas,
    to_polars,
)
from askew.records import documents_from
from askew.types import Document, Group, Hit, Pair, Passage, Span

TEXT = "first page\n\f\nsecond page"


def hit(rank: int, metadata: dict[str, Any], text: str = TEXT) -> Hit:
    document = Document(f"d{rank}", text, "T", metadata, "/x/a.pdf")
    start = text.index("second")
    passage = Passage(document.id, 1, start, len(text), text[start:], "H")
    return Hit(rank, 1 / rank, document, passage, "dense", Span(start, len(text)))


HITS = [hit(1, {"year": 2024, "page": "own", "metadata.page": 3}), hit(2, {"lang": "en"})]


def test_a_hit_is_a_flat_row() -> None:
    first, second = hit_rows(HITS)
    expected = (1, 1.0, "d1", "T", "second page", 2, "H", "/x/a.pdf")
    assert first == dict(zip(HIT_COLUMNS, expected, strict=True)) | {
        "year": 2024,
        "metadata.page": "own",
        "metadata.metadata.page": 3,
    }
    assert list(second) == [*HIT_COLUMNS, "lang"]
    assert to_dicts(hit_rows(HITS)) == [first, second]


def test_pairs_and_members_of_groups_are_rows() -> None:
    assert pair_rows([Pair(0.5, "a", "b")]) == [dict(zip(PAIR_COLUMNS, (0.5, "a", "b"), strict=True))]
    assert group_rows([Group("g", ("a", "b"), "b")]) == [
        dict(zip(GROUP_COLUMNS, ("g", "a", False), strict=True)),
        dict(zip(GROUP_COLUMNS, ("g", "b", True), strict=True)),
    ]


def back_from_pandas(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


FORMS: list[tuple[Callable[..., Any], Callable[[Any], list[dict[str, Any]]]]] = [
    (to_pandas, back_from_pandas),
    (to_polars, lambda frame: frame.to_dicts()),
    (to_arrow, lambda table: table.to_pylist()),
]


@pytest.mark.parametrize(("to", "back"), FORMS)
def test_rows_survive_every_form(to: Callable[..., Any], back: Callable[[Any], list[dict[str, Any]]]) -> None:
    rows = hit_rows(HITS)
    names = list(dict.fromkeys(name for row in rows for name in row))
    assert back(to(rows)) == [{name: row.get(name) for name in names} for row in rows]


@pytest.mark.parametrize(("to", "back"), FORMS)
def test_no_rows_have_the_columns_still(to: Callable[..., Any], back: Callable[[Any], list[dict[str, Any]]]) -> None:
    found = to([], HIT_COLUMNS)
    assert list(found.schema.names if isinstance(found, pa.Table) else found.columns) == list(HIT_COLUMNS)
    assert back(found) == []
    assert back(to([])) == []


def test_columns_have_types() -> None:
    rows = [
        {"i": 1, "f": 1, "s": "a", "b": True, "l": ["x"], "o": {"k": [1]}, "m": 1, "h": 2**70, "n": None},
        {"i": None, "f": 0.5, "s": None, "b": None, "l": None, "o": {"j": 1}, "m": "1", "h": 1, "n": None},
    ]
    polars, arrow = to_polars(rows), to_arrow(rows)
    assert dict(polars.schema) == {
        "i": pl.Int64,
        "f": pl.Float64,
        "s": pl.String,
        "b": pl.Boolean,
        "l": pl.List(pl.String),
        "o": pl.String,
        "m": pl.String,
        "h": pl.String,
        "n": pl.Null,
    }
    assert [json.loads(cell) for cell in polars["o"]] == [{"k": [1]}, {"j": 1}]
    assert polars["h"].to_list() == [str(2**70), "1"]
    assert arrow.to_pylist() == polars.to_dicts()
    assert arrow.schema.field("f").type == pa.float64()
    assert to_pandas(rows)["o"].tolist() == [{"k": [1]}, {"j": 1}]


VALUE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8"))
CELL = st.recursive(
    VALUE,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), CELL, max_size=3), max_size=4))
def test_any_metadata_becomes_columns(rows: list[dict[str, Any]]) -> None:
    polars, arrow = to_polars(rows), to_arrow(rows)
    assert polars.to_dicts() == arrow.to_pylist()
    for row, made in zip(rows if polars.width else [], polars.to_dicts(), strict=True):
        for name, cell in made.items():
            given = row.get(name)
            assert cell == given or json.loads(cell) == given
    assert len(to_pandas(rows)) == (len(rows) if any(rows) else 0)


def test_large_whole_numbers_keep_their_digits_beside_fractions() -> None:
    frame = to_arrow([{"n": 2**60 + 1}, {"n": 0.5}])
    assert frame.column("n").to_pylist() == [str(2**60 + 1), "0.5"]


def test_what_comes_out_can_go_in() -> None:
    rows = hit_rows([hit(1, {"year": 2024})])
    for made in (to_pandas(rows), to_polars(rows), to_arrow(rows)):
        assert documents_from(made, metadata=["year"]) == [Document("d1", "second page", "T", {"year": 2024})]


@pytest.mark.parametrize(
    ("to", "library", "command"),
    [
        (to_pandas, "pandas", "pip install pandas"),
        (to_polars, "polars", "pip install polars"),
        (to_arrow, "pyarrow", r"pip install 'askew\[parquet\]'"),
    ],
)
def test_a_library_that_is_missing_is_named(
    to: Callable[..., Any], library: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=command):
        to([{"a": 1}])


class Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parts(page: str) -> Parts:
    found = Parts()
    found.feed(page)
    return found


EVIL = '<script>alert("1")</script>&amp;\x1b[31m'


def test_a_table_of_html_cannot_act() -> None:
    found = parts(html_table([{EVIL: EVIL, "b": [EVIL], "n": 1234}, {"b": None}], caption=EVIL))
    assert set(found.tags) == {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi"}
    assert sum('<script>alert("1")</script>&amp;' in text for text in found.texts) == 3
    assert "1,234" in found.texts
    assert not any("\x1b" in text for text in found.texts)


def test_a_long_table_is_cut_and_says_so() -> None:
    found = parts(html_table(({"n": n} for n in range(1000)), shown=3))
    assert found.tags.count("tr") == 4
    assert any("1,000" in text for text in found.texts)


def test_the_columns_of_a_table_can_be_chosen() -> None:
    assert parts(html_table([{"a": 1, "b": "x", "c": None}], ("c", "b"))).texts == ["c", "b", "–", "x"]


def test_a_table_without_rows_has_its_head() -> None:
    assert parts(html_table([], PAIR_COLUMNS)).texts == list(PAIR_COLUMNS)
    assert parts(html_table([])).texts == []
