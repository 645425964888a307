"""Metadata and filters of every kind, for property tests."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from hypothesis import strategies as st

from askew.stores import Entry
from askew.stores.local.database import Catalog
from askew.types import Document, Passage

Object = Mapping[str, Any]

STRINGS = [
    *("", "a", "A", "b", "1", "true", "null", "é", "e\u0301", "\uffff", "\U0001f600", "a\0b", "a\0c", "%", "$gt"),
    *(
        "2024-01-31",
        "2024-01",
        "2024-02-01T00:30:00+01:00",
        "2024-01-31T23:30:00Z",
        "2024-01-31 09:00",
        "2024-13-01",
        "01/02/2024",
    ),
    *("'", '"', "?", ":a", "'; DROP TABLE metadata; --", "' OR '1'='1", 'a") OR 1=1 --'),
]
NUMBERS = [
    *(0, 1, 2, -1, 0.5, -0.0, 1.0, 1e300, -1e300, 5e-324, 1e19, 2**53, 2**53 + 1, float(2**53), 10**30, 1e30),
    *(2**63 - 1, 2**63, 2**64, 2**64 + 1, -(2**63), -(2**63) - 1, float(2**63), -1e30),
]
FIELDS = ["a", "b", "a.b", "b.a", "a.b.a", "", ".", "a.", "é", "\0", "a' OR '1'='1", 'b"; --', "?"]
text = st.sampled_from(STRINGS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
numbers = (
    st.sampled_from(NUMBERS)
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-2, 2)
)
scalars = st.none() | st.booleans() | numbers | text
fields = st.sampled_from(FIELDS[:4]) | st.sampled_from(FIELDS)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=3),
    max_leaves=6,
)
documents = st.dictionaries(fields, values, max_size=4)
orderings = st.sampled_from(["$gt", "$gte", "$lt", "$lte"])
simple = (
    st.dictionaries(st.sampled_from(["$eq", "$ne"]), scalars, min_size=1)
    | st.dictionaries(orderings, numbers | text, min_size=1, max_size=2)
    | st.dictionaries(st.sampled_from(["$contains", "$startswith"]), text.filter(bool), min_size=1, max_size=2)
    | st.dictionaries(st.sampled_from(["$in", "$nin"]), st.lists(scalars, max_size=4), min_size=1)
    | st.fixed_dictionaries({"$exists": st.booleans()})
)
conditions = scalars | st.recursive(simple, lambda inner: st.fixed_dictionaries({"$not": inner}), max_leaves=2)
filters = st.recursive(
    st.dictionaries(fields, conditions, max_size=2),
    lambda inner: (
        st.dictionaries(st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3), min_size=1)
        | st.fixed_dictionaries({"$not": inner})
    ),
    max_leaves=5,
)


def entry(id: str, metadata: Object, passages: int = 1) -> Entry:
    return Entry(
        Document(id, "", metadata=metadata),
        "",
        [Passage(id, number, 0, 0, "") for number in range(passages)],
        np.zeros((passages, 1), np.float32),
        0,
        0,
    )


class UndoneError(Exception):
    pass


@contextmanager
def undone(catalogue: Catalog) -> Iterator[sqlite3.Connection]:
    """Open a write transaction that is taken back at the end, so that every example starts from nothing."""
    with suppress(UndoneError), catalogue.writing() as connection:
        yield connection
        raise UndoneError
