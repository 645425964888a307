from collections.abc import Callable
from typing import Any

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import InputError
from askew.inputs import ids_from, queries_from, texts_from, vectors_from
from askew.types import Document

TEXTS = ["b", "a", "é"]


def hugging_face(texts: list[str]) -> object:
    return datasets.Dataset.from_dict({"text": texts})["text"]


CONTAINERS: list[Callable[[Any], object]] = [
    list,
    tuple,
    iter,
    np.array,
    lambda texts: np.array(texts, dtype=object),
    lambda texts: np.array(texts, dtype=np.dtypes.StringDType()),
    pd.Series,
    lambda texts: pd.Series(texts, index=[7, 8, 9]),
    lambda texts: pd.Series(texts, dtype="category"),
    pl.Series,
    pa.array,
    lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
    hugging_face,
]


@pytest.mark.parametrize("make", CONTAINERS)
def test_texts_come_in_any_container(make: Callable[[Any], object]) -> None:
    found = texts_from(make(TEXTS))
    assert found == TEXTS
    assert {type(text) for text in found} == {str}
    assert queries_from(make(TEXTS)) == (TEXTS, False)


WRONG = [
    None,
    b"a",
    3,
    2.5,
    float("nan"),
    True,
    {"a": "b"},
    {"a"},
    frozenset({"a"}),
    object(),
    ["a", None],
    ["a", 3],
    ["a", float("nan")],
    ["a", ["b"]],
    ["a", b"b"],
    ["a", ""],
    [" "],
    ["\ud800"],
    [Document("a", "b")],
    np.array([1, 2]),
    np.array([["a"]]),
    np.array("a"),
    pd.Series(["a", None]),
    pd.DataFrame({"text": ["a"]}),
    pl.DataFrame({"text": ["a"]}),
    pl.LazyFrame({"text": ["a"]}),
    pa.table({"text": ["a"]}),
    datasets.Dataset.from_dict({"text": ["a"]}),
    torch.zeros(2),
]


@pytest.mark.parametrize("data", WRONG, ids=lambda data: type(data).__name__)
def test_what_is_not_texts_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        texts_from(data)
    with pytest.raises(InputError):
        queries_from(data)


def test_the_error_names_argument_and_position() -> None:
    with pytest.raises(InputError, match=r"titles.*position 1"):
        texts_from(["a", None], name="titles")


def test_one_string_is_one_query_and_no_list_of_texts() -> None:
    assert queries_from("how long?") == (["how long?"], True)
    assert queries_from(np.str_("a")) == (["a"], True)
    for data in ("", " ", "\ud800"):
        with pytest.raises(InputError):
            queries_from(data)
    with pytest.raises(InputError):
        texts_from("how long?")


@pytest.mark.parametrize(
    "data", [[], (), iter([]), np.array([]), pd.Series([], dtype=str), pl.Series([]), pa.array([])]
)
def test_nothing_is_an_empty_list(data: Any) -> None:
    held = list(data)
    assert texts_from(held) == []
    assert queries_from(held) == ([], False)
    assert ids_from(data) == []


def test_a_failing_generator_is_not_taken_for_its_end() -> None:
    def broken() -> Any:
        yield "a"
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        texts_from(broken())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("13", ["13"]),
        (13, ["13"]),
        (np.int64(13), ["13"]),
        (np.array(13), ["13"]),
        (["13", 4, np.int32(5), 6.0], ["13", "4", "5", "6"]),
        (range(2), ["0", "1"]),
        ({"a": 1}.keys(), ["a"]),
        (np.array([1, 2]), ["1", "2"]),
        (pd.Series([1.0, 2.0]), ["1", "2"]),
        (pl.Series([1, 2]), ["1", "2"]),
        (pa.array([1, 2]), ["1", "2"]),
        (pd.DataFrame({"id": [1]}).id, ["1"]),
        (["a", "a"], ["a", "a"]),
    ],
)
def test_ids_are_strings_or_whole_numbers(data: object, expected: list[str]) -> None:
    assert ids_from(data) == expected


def test_a_set_of_ids_has_no_order_that_matters() -> None:
    assert sorted(ids_from({"a", "b"})) == ["a", "b"]


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"13",
        True,
        1.5,
        float("nan"),
        "",
        " ",
        {"id": "a"},
        Document("a", "b"),
        ["a", None],
        [["a"]],
        [b"a"],
        pd.Series([1, None]),
        pd.DataFrame({"id": ["a"]}),
        pl.DataFrame({"id": ["a"]}),
        object(),
    ],
    ids=lambda data: type(data).__name__,
)
def test_what_is_not_ids_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        ids_from(data)


ROWS = [[0.5, -1.0, 2.0], [0.0, 0.25, 4.0]]
MATRIX = np.array(ROWS, np.float32)


@pytest.mark.parametrize(
    "data",
    [
        ROWS,
        tuple(map(tuple, ROWS)),
        iter(ROWS),
        MATRIX,
        MATRIX.astype(np.float16),
        MATRIX.astype(np.float64),
        np.asfortranarray(MATRIX),
        list(MATRIX),
        np.array([*map(list, ROWS)], dtype=object).astype(np.float64),
        torch.tensor(ROWS, requires_grad=True),
        torch.tensor(ROWS, dtype=torch.bfloat16),
        [torch.tensor(row) for row in ROWS],
        pa.array(ROWS, pa.list_(pa.float32(), 3)),
        pa.array(ROWS),
        pa.chunked_array([ROWS[:1], ROWS[1:]]),
        pd.Series(list(MATRIX)),
        pd.Series(list(MATRIX)).to_numpy(),
        pd.Series(ROWS),
        pd.DataFrame(ROWS, columns=["a", "b", "c"]),
        pl.Series(ROWS),
        pl.Series(ROWS, dtype=pl.Array(pl.Float32, 3)),
        pl.DataFrame(MATRIX),
        datasets.Dataset.from_dict({"v": ROWS})["v"],
    ],
    ids=lambda data: type(data).__name__,
)
def test_vectors_come_in_any_form(data: object) -> None:
    found = vectors_from(data, 3, rows=2)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, MATRIX)


@pytest.mark.parametrize("data", [[1, 2, 3], np.array([1, 2, 3]), torch.tensor([1, 2, 3]), pa.array([1, 2, 3])])
def test_one_vector_is_a_matrix_of_one_row(data: object) -> None:
    np.testing.assert_array_equal(vectors_from(data, 3), [[1, 2, 3]])


@pytest.mark.parametrize("data", [[], np.zeros((0, 3)), iter([]), pa.array([])])
def test_no_vectors_are_a_matrix_without_rows(data: object) -> None:
    assert vectors_from(data, 3).shape == (0, 3)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "abc",
        b"abc",
        3.0,
        np.float32(3),
        {"a": [1, 2, 3]},
        {1.0, 2.0, 3.0},
        object(),
        [[1, 2]],
        [[1, 2, 3, 4]],
        [1, 2],
        [[]],
        [[1, 2, 3], [1, 2]],
        [[1, 2, 3], None],
        [[1, 2, None]],
        [["1", "2", "3"]],
        ["abc"],
        [[True, False, True]],
        [[1, 2, 3j]],
        [[1, 2, float("nan")]],
        [[1, 2, float("inf")]],
        [[1, 2, 1e16]],
        [[1, 2, 1e300]],
        np.full((1, 3), np.inf, np.float16),
        np.zeros((1, 1, 3)),
        np.zeros((0, 4)),
        torch.tensor([[1.0, 2.0, float("nan")]]),
        np.ma.masked_array([[1.0, 2.0, 3.0]], [[0, 1, 0]]),
        memoryview(np.ones((2, 3))),
        scipy.sparse.eye(3),
        pd.DataFrame({"a": ["x"], "b": [1], "c": [2]}),
        pa.table({"a": [1.0], "b": [1.0], "c": [1.0]}),
    ],
    ids=lambda data: type(data).__name__,
)
def test_what_is_not_vectors_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        vectors_from(data, 3)


def test_the_number_of_vectors_is_checked() -> None:
    for rows in (1, 3):
        with pytest.raises(InputError):
            vectors_from(MATRIX, 3, rows=rows)


@given(st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2), min_size=1, max_size=5))
def test_vectors_are_either_kept_as_they_are_or_refused(rows: list[list[float]]) -> None:
    if (np.abs(np.array(rows, np.float32)) < 1e15).all():
        np.testing.assert_array_equal(vectors_from(rows, 2), np.array(rows, np.float32))
    else:
        with pytest.raises(InputError):
            vectors_from(rows, 2)
