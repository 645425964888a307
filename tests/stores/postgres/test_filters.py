"""Postgres must keep the passages that `where.matches` keeps, whatever is in them and in the filter."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from helpers.metadata import FIELDS, STRINGS, Object, UndoneError, documents, entry, filters, numbers, scalars, text
from helpers.postgres import server
from hypothesis import example, given, settings
from hypothesis import strategies as st

from askew.errors import InputError
from askew.stores import Layout
from askew.stores.postgres import engine
from askew.stores.postgres.filters import compiled
from askew.stores.postgres.store import PostgresStore
from askew.stores.postgres.wire import coded, decoded
from askew.stores.where import matches, parse


@pytest.fixture(scope="module")
def store() -> Iterator[PostgresStore]:
    made = engine.create(server().url(), "filters", Layout(1, "m"))
    assert isinstance(made, PostgresStore)
    yield made
    made.close()


def kept(store: PostgresStore, metadata: Sequence[Object], wheres: Sequence[Object]) -> list[list[list[int]]]:
    """The documents that each filter keeps, by both forms of its statement."""
    found = []
    with suppress(UndoneError), store.transaction():  # every example starts from nothing
        store.write([entry(str(number), one) for number, one in enumerate(metadata)])
        with store.transactions.reading() as session:
            for where in wheres:
                found.append([])
                for probing in (False, True):
                    clause = compiled(parse(where), probing=probing)
                    query = f"""SELECT id FROM passages p JOIN documents d ON d.number = p.document
                                WHERE {clause.sql} ORDER BY p.key"""
                    found[-1].append([int(id) for (id,) in session.rows(query, *clause.values)])
        raise UndoneError
    return found


def expected(metadata: Sequence[Object], where: Object) -> list[int]:
    node = parse(where)
    return [number for number, one in enumerate(metadata) if matches(node, one)]


@settings(max_examples=60, deadline=None)
@given(st.lists(documents, min_size=1, max_size=6), st.lists(filters, min_size=1, max_size=6))
@example([{"a": [1, 1.0, True, "1"]}, {"a": 2**53 + 1}], [{"a": float(2**53)}, {"a": {"$gt": 0}}])
@example([{"a": {"b": 1}, "a.b": 1}, {}, {"a": []}], [{"a": {"$exists": True}}, {"a": None}])
def test_postgres_keeps_what_matches(store: PostgresStore, metadata: list[Object], wheres: list[Object]) -> None:
    assert kept(store, metadata, wheres) == [[expected(metadata, where)] * 2 for where in wheres]


@settings(max_examples=40, deadline=None)
@given(st.lists(scalars, min_size=1, max_size=8), numbers | text, st.sampled_from(["a", "a.b", "é"]))
def test_one_value_is_compared_with_many(store: PostgresStore, values: list[object], value: object, field: str) -> None:
    metadata = [{field: one} for one in values]
    wheres = [{field: {operator: value}} for operator in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")]
    assert kept(store, metadata, wheres) == [[expected(metadata, where)] * 2 for where in wheres]


@pytest.mark.parametrize("hostile", [*STRINGS, "%s", "%(a)s", "\\", "$1", "x" * 5000, "\1\2", "\2", "\3\2"])
def test_a_hostile_string_is_a_value_and_nothing_else(store: PostgresStore, hostile: str) -> None:
    metadata = [{"a": hostile}, {"a": f"{hostile}b"}, {"a": f"c{hostile}d"}, {hostile: 1}]
    operators = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", *(("$contains", "$startswith") if hostile else ()))
    wheres = [{"a": {operator: hostile}} for operator in operators]
    wheres += [{hostile: 1} if not hostile.startswith("$") else {"a": 1}, {"a": {"$in": [hostile, 3]}}]
    assert kept(store, metadata, wheres) == [[expected(metadata, where)] * 2 for where in wheres]
    assert store.sizes().documents == 0


def test_a_field_of_any_name_is_known(store: PostgresStore) -> None:
    metadata = dict.fromkeys([*FIELDS, "x" * 5000], 1)
    with suppress(UndoneError), store.transaction():
        store.write([entry("a", metadata)])
        assert all(store.count({name: 1}) == 1 for name in metadata)
        assert {field.name for field in store.fields()} >= {name for name in metadata if "." not in name}
        with pytest.raises(InputError, match="There is no"):
            store.count({"x" * 4999: 1})
        raise UndoneError


@given(st.text(st.characters(max_codepoint=6), max_size=6), st.text(st.characters(max_codepoint=6), max_size=3))
def test_the_code_of_strings_keeps_order_prefixes_and_parts(one: str, other: str) -> None:
    assert decoded(coded(one)) == one
    assert "\0" not in coded(one)
    assert (coded(one) < coded(other)) == (one < other)
    assert coded(one).startswith(coded(other)) == one.startswith(other)
    assert (coded(other) in coded(one)) == (other in one)
