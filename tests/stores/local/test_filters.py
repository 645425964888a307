"""The catalogue must keep the documents that `where.matches` keeps, whatever is in them and in the filter."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any

import numpy as np
import pytest
from helpers.metadata import FIELDS, STRINGS, Object, documents, entry, filters, numbers, scalars, text, undone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from askew.errors import InputError
from askew.quantisation import RowFormat
from askew.stores import records
from askew.stores.catalog import CHUNK, State
from askew.stores.local import database
from askew.stores.local.database import Catalog
from askew.stores.local.filters import rows_kept
from askew.stores.local.folder import Folder
from askew.stores.where import matches, parse


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder = tmp_path_factory.mktemp("filters")
    database.create(folder, RowFormat(1), "", "")
    opened = Catalog(Folder(folder), writable=True)
    yield opened
    opened.close()


@contextmanager
def stored(
    catalogue: Catalog, metadata: Sequence[Object], counts: Sequence[int], base: int = 0
) -> Iterator[tuple[sqlite3.Connection, State]]:
    """Taken back at the end: every example starts from nothing."""
    entries = [entry(str(i), one, count) for i, (one, count) in enumerate(zip(metadata, counts, strict=True))]
    checked = [records.checked(one, 1) for one in entries]
    with undone(catalogue) as connection:
        yield connection, records.insert(connection, State(base=base), checked)


def kept(catalogue: Catalog, metadata: Sequence[Object], where: Object) -> list[int]:
    with stored(catalogue, metadata, [1] * len(metadata)) as (connection, state):
        return np.flatnonzero(rows_kept(connection, parse(where), state)).tolist()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(documents, st.integers(0, 3)), min_size=1, max_size=6),
    st.lists(filters, min_size=1, max_size=4),
    st.sampled_from([0, 7, 2**40]),
)
@example([({"a": [1, 1.0, True, "1"]}, 2), ({"a": 2**53 + 1}, 1)], [{"a": float(2**53)}, {"a": {"$gt": 0}}], 7)
@example([({"a": {"b": 1}, "a.b": 1}, 2), ({}, 0), ({"a": []}, 0)], [{"a": {"$exists": True}}, {"a": None}], 0)
def test_the_catalogue_keeps_what_matches(
    catalogue: Catalog, contents: list[tuple[Object, int]], wheres: list[Object], base: int
) -> None:
    metadata, counts = [one for one, _ in contents], [count for _, count in contents]
    with stored(catalogue, metadata, counts, base) as (connection, state):
        assert state.rows == sum(counts)
        for where in wheres:
            node = parse(where)
            expected = np.repeat([matches(node, one) for one in metadata], counts)
            assert rows_kept(connection, node, state).tolist() == expected.tolist()


@settings(max_examples=150, deadline=None)
@given(st.lists(scalars, min_size=1, max_size=8), numbers | text, st.sampled_from(["a", "a.b", "é"]))
def test_one_value_is_compared_with_many(catalogue: Catalog, stored_values: list[Any], value: Any, field: str) -> None:
    metadata = [{field: one} for one in stored_values]
    with stored(catalogue, metadata, [1] * len(metadata)) as (connection, state):
        for operator in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"):
            node = parse({field: {operator: value}})
            expected = [matches(node, one) for one in metadata]
            assert rows_kept(connection, node, state).tolist() == expected, operator


def test_matching_is_not_vacuous(catalogue: Catalog) -> None:
    metadata = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": None}, {}, {"a": [1, 2]}, {"a": {"b": 1}}]
    assert kept(catalogue, metadata, {"a": 1}) == [0, 5]
    assert kept(catalogue, metadata, {"a": {"$ne": 1}}) == [1, 2, 3, 4, 6]
    assert kept(catalogue, metadata, {"a": None}) == [3, 4]
    assert kept(catalogue, metadata, {"a": {"$exists": True}}) == [0, 1, 2, 3, 5, 6]
    assert kept(catalogue, metadata, {"a.b": 1}) == [6]
    assert kept(catalogue, metadata, {"$or": [{"a": "1"}, {"a": True}]}) == [1, 2]
    assert kept(catalogue, metadata, {}) == [0, 1, 2, 3, 4, 5, 6]


def test_a_list_of_two_values_that_fit_ends_where_its_document_ends(catalogue: Catalog) -> None:
    with stored(catalogue, [{"a": [1, 2, 3]}, {"a": 0}], [2, 2]) as (connection, state):
        assert rows_kept(connection, parse({"a": {"$gt": 0}}), state).tolist() == [True, True, False, False]
        assert rows_kept(connection, parse({"a": {"$gt": 1}}), state).tolist() == [True, True, False, False]


def test_a_long_list_of_values_of_every_kind(catalogue: Catalog) -> None:
    metadata: list[Object] = [{"a": i} for i in range(1500)] + [{"a": str(i)} for i in range(1500)]
    metadata += [{"a": True}, {"a": None}, {}]
    wanted = [*range(0, 1500, 2), *(str(i) for i in range(1, 1500, 2)), True]
    expected = list(range(0, 1500, 2)) + [1500 + i for i in range(1, 1500, 2)] + [3000]
    assert len(wanted) > 2 * CHUNK
    assert kept(catalogue, metadata, {"a": {"$in": wanted}}) == expected
    assert kept(catalogue, metadata, {"a": {"$in": [*wanted, None]}}) == [*expected, 3001, 3002]
    others = sorted(set(range(3003)) - set(expected))
    assert kept(catalogue, metadata, {"a": {"$nin": wanted}}) == others


def test_whole_numbers_beyond_floats(catalogue: Catalog) -> None:
    metadata = [{"a": 10**400}, {"a": -(10**400)}, {"a": 1}]
    assert kept(catalogue, metadata, {"a": {"$gt": 1}}) == [0]
    assert kept(catalogue, metadata, {"a": {"$lt": -(10**300)}}) == [1]


def test_nothing_stored_keeps_nothing(catalogue: Catalog) -> None:
    for where in ({}, {"a": 1}, {"a": {"$ne": 1}}, {"a": {"$exists": False}}):
        assert kept(catalogue, [], where) == []


def test_a_removed_document_answers_no_filter_and_a_replaced_one_by_what_it_is_now(catalogue: Catalog) -> None:
    with stored(catalogue, [{"a": 1}, {"a": 1}, {"a": 1}], [2, 2, 1], 7) as (connection, state):
        state = records.remove(connection, state, ["0", "1"])
        state = records.insert(connection, state, [records.checked(entry("1", {"a": 2}, 2), 1)])
        assert rows_kept(connection, parse({"a": 1}), state).tolist() == [False] * 4 + [True] + [False] * 2
        assert rows_kept(connection, parse({"a": 2}), state).tolist() == [False] * 5 + [True] * 2


@pytest.mark.parametrize("hostile", sorted({*STRINGS, *FIELDS}))
def test_a_name_or_value_is_never_part_of_a_statement(catalogue: Catalog, hostile: str) -> None:
    metadata = [{"other": 1}, {hostile: "here", "value": hostile}, {"value": "x"}]
    if not hostile.startswith("$"):
        assert kept(catalogue, metadata, {hostile: "here"}) == [1]
        assert kept(catalogue, metadata, {hostile: {"$exists": True}}) == [1]
    assert kept(catalogue, metadata, {"value": hostile}) == [1]
    assert kept(catalogue, metadata, {"value": {"$in": [hostile]}}) == [1]
    assert kept(catalogue, metadata, {"value": {"$gte": hostile, "$lte": hostile}}) == [1]
    assert kept(catalogue, metadata, {"$not": {"value": {"$in": [hostile, "x"]}}}) == [0]


def test_half_a_character_in_a_filter_is_the_users_error(catalogue: Catalog) -> None:
    for where in ({"a": "\ud800"}, {"\ud800": 1}, {"a": {"$in": ["\udfff"]}}):
        with pytest.raises(InputError, match=r"Unicode.*\\ud"):
            kept(catalogue, [{"a": 1}], where)


def test_what_a_filter_sees_is_what_a_reader_gets_back(catalogue: Catalog) -> None:
    class Language(str, Enum):  # noqa: UP042 - JSON stores the value of one, str() gives its name
        ENGLISH = "en"

    metadata = {"lang": Language.ENGLISH, "a": (1, 2), "b": {"c": [True, None, 10**30, -0.0, 1e16]}}
    with stored(catalogue, [metadata], [1]) as (connection, state):
        read = records.documents(connection, ["0"])[0].metadata
        assert read == json.loads(json.dumps(metadata))
        for where in ({"lang": "en"}, {"a": 2}, {"b.c": True}, {"b.c": None}, {"b.c": 10**30}, {"b.c": 1e16}):
            assert matches(parse(where), read)
            assert rows_kept(connection, parse(where), state).tolist() == [True]
