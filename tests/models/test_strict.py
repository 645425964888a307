from dataclasses import dataclass, field

import pytest

from askew.errors import InputError
from askew.models.cards import build
from askew.similarity import Similarity


@dataclass(frozen=True)
class Inner:
    number: float


@dataclass(frozen=True)
class Outer:
    name: str
    count: int = 0
    similarity: Similarity = Similarity.COSINE
    words: tuple[str, ...] = ()
    inner: Inner | None = None
    table: dict[str, dict[str, str]] = field(default_factory=dict)


def test_every_kind_of_value_is_read() -> None:
    values = {
        "name": "a",
        "count": 3,
        "similarity": "dot",
        "words": ["x", "y"],
        "inner": {"number": 2},
        "table": {"t": {"query": "q"}},
    }
    expected = Outer("a", 3, Similarity.DOT, ("x", "y"), Inner(2.0), {"t": {"query": "q"}})
    assert build(Outer, values, "here") == expected
    assert build(Outer, {"name": "a"}, "here") == Outer("a")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "here: .*'name'"),
        ({"name": 1}, "here, name: 1"),
        ({"name": "a", "count": True}, "count: True"),
        ({"name": "a", "size": 1}, "'size'.* name, count"),
        ({"name": "a", "similarity": "l2"}, "'l2'.* cosine, dot"),
        ({"name": "a", "inner": {"number": "x"}}, "here, inner, number: 'x'"),
        ({"name": "a", "table": {"t": "q"}}, "here, table.t: 'q'"),
        ({"name": "a", "words": "x"}, "words: 'x'"),
    ],
)
def test_what_does_not_fit_is_named(values: dict, named: str) -> None:
    with pytest.raises(InputError, match=named):
        build(Outer, values, "here")
