import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import InputError
from askew.values import DEEPEST, UnusableError, frame, from_json, id_of, is_missing, items, plain, text_of

LIBRARIES = ("pandas", "polars", "pyarrow", "datasets", "torch", "faiss", "onnxruntime")


class Colour(StrEnum):
    RED = "red"


class Level(Enum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("é", "é"),
        (np.str_("a"), "a"),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (True, True),
        (np.True_, True),
        (np.int64(-3), -3),
        (np.uint8(3), 3),
        (2**70, 2**70),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (Decimal("12.00"), 12),
        (Decimal("19.99"), 19.99),
        (date(2024, 2, 29), "2024-02-29"),
        (time(8, 5), "08:05:00"),
        (datetime(2024, 2, 29, 8, 5, tzinfo=UTC), "2024-02-29T08:05:00+00:00"),
        (pd.Timestamp("2024-02-29 08:05"), "2024-02-29T08:05:00"),
        (np.datetime64("2024-02-29"), "2024-02-29"),
        (np.datetime64("2024-02-29T08:05:00.5", "ns"), "2024-02-29T08:05:00.500000"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("a/b"), "a/b"),
        ((1, [np.int8(2), None]), [1, [2, None]]),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.array(["2024-02-29"], "datetime64[ns]"), ["2024-02-29T00:00:00"]),
        (np.array(7), 7),
        (MappingProxyType({"a": {"b": np.nan}}), {"a": {"b": None}}),
    ],
)
def test_a_value_becomes_what_json_holds(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


MISSING = [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), Decimal("NaN")]


@pytest.mark.parametrize("value", [*MISSING, np.timedelta64("NaT"), Decimal("sNaN")], ids=repr)
def test_every_missing_value_is_none(value: object) -> None:
    assert is_missing(value)
    assert plain(value) is None


def loop() -> list[object]:
    own: list[object] = []
    own.append(own)
    return own


@pytest.mark.parametrize(
    "value",
    [
        b"a",
        {"a"},
        object(),
        1j,
        float("inf"),
        np.float32("-inf"),
        timedelta(1),
        pd.Timedelta(1),
        pd.Period("2024"),
        Decimal("Infinity"),
        Decimal("0.12345678901234567890123"),
        np.datetime64("20240-01-01"),
        {1: "a"},
        {"a": [{"b": {3}}]},
        "\ud800",
        {"\udfff": 1},
        loop(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    assert not is_missing(value)
    with pytest.raises(UnusableError):
        plain(value)


def test_as_deep_as_a_value_may_be() -> None:
    value: object = 1
    for _ in range(DEEPEST):
        value = [value]
    assert plain(value) == value
    with pytest.raises(UnusableError):
        plain([value])


HELD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(HELD)
def test_the_plain_form_is_json_and_stays_as_it_is(value: object) -> None:
    try:
        found = plain(value)
    except UnusableError:
        assert any("\ud800" <= character <= "\udfff" for character in repr(value)) or "\\ud" in repr(value)
        return
    assert plain(found) == found
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b", "a b"),
        (13, "13"),
        (np.int64(13), "13"),
        (13.0, "13"),
        (np.float32(2), "2"),
        (uuid.UUID(int=0), str(uuid.UUID(int=0))),
    ],
)
def test_an_id_is_a_string(value: object, expected: str) -> None:
    assert id_of(value) == expected


@pytest.mark.parametrize(
    "value", [None, "", " \n", True, 1.5, float("nan"), pd.NA, [1], {"a": 1}, b"a", "\ud800"], ids=repr
)
def test_what_is_not_an_id_is_refused(value: object) -> None:
    with pytest.raises(UnusableError):
        id_of(value)


@pytest.mark.parametrize("value", [None, "", "\t", 1, float("nan"), b"a", ["a"], date(2024, 1, 1), "a\udc00"], ids=repr)
def test_what_is_not_a_text_is_refused(value: object) -> None:
    with pytest.raises(UnusableError):
        text_of(value)


def test_a_text_keeps_its_characters() -> None:
    assert text_of(np.str_(" a\0b ")) == " a\0b "
    assert type(text_of(np.str_("a"))) is str


@pytest.mark.parametrize(
    "data", [{"a"}, {"a": 1}, "ab", b"ab", 3, None, pd.DataFrame({"a": [1]}), np.array(3)], ids=repr
)
def test_what_has_no_elements_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        items(data, "Pass a list")


@pytest.mark.parametrize("make", [list, tuple, iter, np.array, pd.Series, pd.Index])
def test_elements_keep_their_order(make: Callable[[list[str]], object]) -> None:
    assert items(make(["b", "a", "b"]), "") == ["b", "a", "b"]


@pytest.mark.parametrize("columns", [["a", "a"], ["a", 1], [("a", "b"), "c"]])
def test_the_columns_of_a_frame_have_distinct_names(columns: list[object]) -> None:
    with pytest.raises(InputError):
        frame(pd.DataFrame([["x", "y"]], columns=pd.Index(columns, dtype=object, tupleize_cols=False)))


def test_no_library_is_imported_to_recognise_its_objects() -> None:
    code = f"""
import sys, askew.export.frames, askew.inputs, askew.records
askew.records.documents_from([{{"text": "one", "n": 1.5}}, {{"text": "two"}}])
askew.inputs.vectors_from([[1.0]], 1)
print([name for name in {LIBRARIES!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("opening", ["[", '{"a":', '[[],{"a":'])
def test_json_is_nested_as_deep_as_can_be_stored(opening: str) -> None:
    closing = {"[": "]", '{"a":': "}", '[[],{"a":': "}]"}[opening]
    each = 2 if closing == "}]" else 1
    fits = DEEPEST // each
    assert from_json(opening * fits + "1" + closing * fits)
    for more in (fits + 1, 1000, 100_000):
        with pytest.raises(ValueError, match="64 deep"):
            from_json(opening * more + "1" + closing * more)
