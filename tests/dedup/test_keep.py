import re

import pytest

from askew.dedup.keep import KeepRule, preferred
from askew.errors import InputError
from askew.types import Document

CENTRAL = {"a": 1.7, "b": 1.8, "c": 1.7}


def best(made: dict[str, Document], keep: KeepRule) -> str:
    return preferred(made, keep, CENTRAL)[0]


def documents(*values: object, field: str = "seen") -> dict[str, Document]:
    texts = ["short", "somewhat longer", "longer words"]
    made = zip("abc", texts, values or [None] * 3, strict=True)
    return {id: Document(id, text, metadata={} if value is None else {field: value}) for id, text, value in made}


@pytest.mark.parametrize(("rule", "expected"), [("first", "a"), ("longest", "b"), ("best", "b")])
def test_rules_without_a_field(rule: str, expected: str) -> None:
    assert best(documents(), KeepRule(rule)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("2024-03-01", "2024-02-28", "2023-12-31"), "a"),
        (("2024-03-01", "2024-03-01T00:00:01", "2024-02-29T23:00:00+00:00"), "b"),
        (("2024-03-01T10:00:00+02:00", "2024-03-01T08:30:00Z", "2024-03-01"), "b"),
        ((9, 10, 10.5), "c"),
        (("9", "10", 2), "b"),
        ((7, 7, 7), "a"),
    ],
)
def test_the_newest_has_the_latest_date_or_the_highest_number(values: tuple[object, ...], expected: str) -> None:
    assert best(documents(*values), KeepRule("newest", "seen")) == expected


def test_all_are_ordered_and_ties_keep_their_order() -> None:
    assert preferred(documents(7, 9, 7), KeepRule("newest", "seen"), CENTRAL) == ["b", "a", "c"]
    assert preferred(documents(), KeepRule("best"), CENTRAL) == ["b", "a", "c"]


def test_the_best_may_be_the_one_with_the_highest_number() -> None:
    assert best(documents(1, 2, 30, field="votes"), KeepRule("best", "votes")) == "c"


@pytest.mark.parametrize(
    ("values", "keep", "named"),
    [
        ((1, None, 2), KeepRule("newest", "seen"), ("'b'", "'seen'", "2024-03-01")),
        ((1, 2, "soon"), KeepRule("newest", "seen"), ("'c'", "'soon'", "'seen'", "2024-03-01")),
        ((1, "2024-03-01", 2), KeepRule("newest", "seen"), ("'seen'", "date in row 'b'", "number in row 'a'")),
        ((1, 2, "2024-03-01"), KeepRule("best", "seen"), ("'c'", "'2024-03-01'", "'seen'")),
        ((1, True, 3), KeepRule("best", "seen"), ("'b'", "True")),
        ((1, "nan", 3), KeepRule("best", "seen"), ("'b'", "'nan'")),
        ((1, ["x"], 3), KeepRule("newest", "seen"), ("'b'", "['x']")),
    ],
)
def test_a_row_that_cannot_be_compared_is_named(
    values: tuple[object, ...], keep: KeepRule, named: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as refused:
        best(documents(*values), keep)
    assert all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", str(refused.value)) for part in named)


def test_rules_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(InputError, match=r"'newst'.*\bnewest\b"):
        KeepRule("newst", "seen")
    with pytest.raises(InputError, match=r"'newest'.*field"):
        KeepRule("newest")
    with pytest.raises(InputError, match=r"'first'.*'seen'"):
        KeepRule("first", "seen")
