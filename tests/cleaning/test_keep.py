import re

import pytest

from askew.cleaning.keep import Keep, stays
from askew.errors import InputError
from askew.types import Document, Group

GROUP = Group("g000001", ("a", "b", "c"), "b")


def documents(*values: object, field: str = "seen") -> dict[str, Document]:
    texts = ["short", "somewhat longer", "longer words"]
    made = zip("abc", texts, values or [None] * 3, strict=True)
    return {id: Document(id, text, metadata={} if value is None else {field: value}) for id, text, value in made}


@pytest.mark.parametrize(("rule", "expected"), [("first", "a"), ("longest", "b"), ("best", "b")])
def test_rules_without_a_field(rule: str, expected: str) -> None:
    assert stays(GROUP, documents(), Keep(rule)) == expected


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
    assert stays(GROUP, documents(*values), Keep("newest", "seen")) == expected


def test_the_best_may_be_the_one_with_the_highest_number() -> None:
    assert stays(GROUP, documents(1, 2, 30, field="votes"), Keep("best", "votes")) == "c"


@pytest.mark.parametrize(
    ("values", "keep", "words"),
    [
        ((1, None, 2), Keep("newest", "seen"), "row 'b' has no 'seen', which has to be a number or a date such as"),
        ((1, 2, "soon"), Keep("newest", "seen"), "row 'c' has 'soon' as its 'seen', which is not a number or a date"),
        ((1, "2024-03-01", 2), Keep("newest", "seen"), "'seen' is a date in the row 'b' and a number in 'a'"),
        ((1, 2, "2024-03-01"), Keep("best", "seen"), "row 'c' has '2024-03-01' as its 'seen', which is not a number."),
        ((1, True, 3), Keep("best", "seen"), "row 'b' has True"),
        ((1, "nan", 3), Keep("best", "seen"), "row 'b' has 'nan'"),
        ((1, ["x"], 3), Keep("newest", "seen"), "row 'b' has ['x']"),
    ],
)
def test_a_row_that_cannot_be_compared_is_named(values: tuple[object, ...], keep: Keep, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        stays(GROUP, documents(*values), keep)


def test_rules_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean newest"):
        Keep("newst", "seen")
    with pytest.raises(InputError, match="name the field with the date"):
        Keep("newest")
    with pytest.raises(InputError, match="'first' looks at no field"):
        Keep("first", "seen")
