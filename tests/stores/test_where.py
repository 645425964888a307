import math
from collections.abc import Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any

import pytest

from askew.errors import InputError
from askew.stores.where import (
    BRANCH,
    DEEPEST,
    NULL,
    Compare,
    Either,
    Every,
    Exists,
    Kind,
    Leaf,
    Member,
    Not,
    Value,
    fields,
    leaves,
    matches,
    of_passages,
    parse,
)


def number(plain: float) -> Value:
    return Value(Kind.NUMBER, plain)


def string(plain: str) -> Value:
    return Value(Kind.STRING, plain)


def keeps(where: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    return matches(parse(where), metadata)


def nested(innermost: Any, wrap: str, times: int) -> Any:
    for _ in range(times):
        innermost = {wrap: [innermost]} if wrap in ("$and", "$or") else {wrap: innermost}
    return innermost


NULL_OR_ABSENT = Either((Compare("a", "=", NULL), Not(Exists("a"))))


@pytest.mark.parametrize(
    ("where", "node"),
    [
        ({}, Every(())),
        ({"a": 1}, Compare("a", "=", number(1))),
        ({"a": "x"}, Compare("a", "=", string("x"))),
        ({"a": True}, Compare("a", "=", Value(Kind.BOOLEAN, 1))),
        ({"a": None}, NULL_OR_ABSENT),
        ({"a": {"$eq": None}}, NULL_OR_ABSENT),
        ({"a": {"$eq": 1}}, Compare("a", "=", number(1))),
        ({"a": {"$ne": 1}}, Not(Compare("a", "=", number(1)))),
        ({"a": {"$ne": None}}, Not(NULL_OR_ABSENT)),
        ({"a": {"$gt": 1}}, Compare("a", ">", number(1))),
        ({"a": {"$gte": 1.5}}, Compare("a", ">=", number(1.5))),
        ({"a": {"$lt": "x"}}, Compare("a", "<", string("x"))),
        ({"a": {"$lte": 1}}, Compare("a", "<=", number(1))),
        ({"a": {"$in": [1, "x", 1]}}, Member("a", (number(1), string("x")))),
        ({"a": {"$in": (1,)}}, Member("a", (number(1),))),
        ({"a": {"$in": []}}, Member("a", ())),
        ({"a": {"$in": [1, None]}}, Either((Member("a", (number(1),)), NULL_OR_ABSENT))),
        ({"a": {"$nin": [1]}}, Not(Member("a", (number(1),)))),
        ({"a": {"$exists": True}}, Exists("a")),
        ({"a": {"$exists": False}}, Not(Exists("a"))),
        ({"a": {"$not": {"$gt": 1}}}, Not(Compare("a", ">", number(1)))),
        ({"a": {"$gt": 1, "$lt": 3}}, Every((Compare("a", ">", number(1)), Compare("a", "<", number(3))))),
        ({"a": 1, "b": 2}, Every((Compare("a", "=", number(1)), Compare("b", "=", number(2))))),
        ({"$and": [{"a": 1}, {"b": 2}]}, Every((Compare("a", "=", number(1)), Compare("b", "=", number(2))))),
        ({"$or": [{"a": 1}, {"b": 2}]}, Either((Compare("a", "=", number(1)), Compare("b", "=", number(2))))),
        ({"$or": [{"a": 1}]}, Either((Compare("a", "=", number(1)),))),
        ({"$not": {"a": 1}}, Not(Compare("a", "=", number(1)))),
        (MappingProxyType({"a": MappingProxyType({"$gt": 1})}), Compare("a", ">", number(1))),
    ],
)
def test_each_operator_has_its_node(where: Mapping[str, Any], node: object) -> None:
    assert parse(where) == node


def test_a_set_may_list_values() -> None:
    assert parse({"a": {"$in": {"x"}}}) == parse({"a": {"$in": frozenset(["x"])}}) == Member("a", (string("x"),))


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("lang", "object .*, not 'lang'"),
        ([{"a": 1}], "object .*, not "),
        ({"$and": [{"a": 1}, 3]}, "object .*, not 3"),
        ({"$not": 3}, "object .*, not 3"),
        ({3: "x"}, "field .*, not 3"),
        ({"$gt": 3}, r"operator '\$gt' .*: \$and, \$or, \$not"),
        ({"$nor": [{"a": 1}]}, r"operator '\$nor'"),
        ({"a": {"$near": 3}}, r"operator '\$near' on 'a'.*: \$eq, \$ne, .*\$exists, \$not"),
        ({"a": {"$and": [{"$gt": 3}]}}, r"operator '\$and' on 'a'"),
        ({"a": {"b": 3}}, "operator 'b' on 'a'"),
        ({"a": {3: 3}}, "operator 3 on 'a'"),
        ({"$or": []}, r"\$or .* list .*, not \[\]"),
        ({"$and": {"a": 1}}, r"\$and .* list .*, not {'a': 1}"),
        ({"a": {}}, r"'a' is empty.*: \$eq"),
        ({"a": {"$not": {}}}, "'a' is empty"),
        ({"a": {"$not": 3}}, r"\$not on 'a' .*, not 3"),
        ({"a": [1, 2]}, r"^'a' .*, not \[1, 2\]"),
        ({"a": {"$eq": {"b": 1}}}, "^'a' .*, not {'b': 1}"),
        ({"a": b"x"}, "^'a' .*, not b'x'"),
        ({"a": {"$in": "xyz"}}, r"\$in and \$nin on 'a' .*, not 'xyz'"),
        ({"a": {"$nin": 3}}, r"\$in and \$nin on 'a' .*, not 3"),
        ({"a": {"$in": [[1]]}}, r"\$in and \$nin on 'a' .*, not \[1\]"),
        ({"a": {"$exists": 1}}, r"\$exists on 'a' .*, not 1"),
        ({"a": {"$exists": None}}, r"\$exists on 'a' .*, not None"),
        ({"a": {"$gt": True}}, r"\$gt on 'a' .*, not True"),
        ({"a": {"$gte": None}}, r"\$gte on 'a' .*, not None"),
        ({"a": {"$lt": [1]}}, r"\$lt on 'a' .*, not \[1\]"),
    ],
)
def test_what_is_no_filter_is_refused_with_what_would_be(where: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse(where)


@pytest.mark.parametrize("condition", [math.nan, *({name: math.nan} for name in ("$eq", "$ne", "$gt", "$lte"))])
def test_nan_is_no_value(condition: Any) -> None:
    with pytest.raises(InputError, match="NaN"):
        parse({"a": condition})
    with pytest.raises(InputError, match="NaN"):
        parse({"a": {"$in": [1.0, math.nan]}})
    with pytest.raises(InputError, match="NaN"):
        keeps({"a": 1}, {"b": math.nan})


@pytest.mark.parametrize("wrap", ["$not", "$and", "$or"])
def test_filters_may_stand_inside_one_another_up_to_a_depth(wrap: str) -> None:
    parse(nested({"a": 1}, wrap, DEEPEST - 1))
    for times in (DEEPEST + 1, 100_000):
        with pytest.raises(InputError, match=f"at most {DEEPEST} levels"):
            parse(nested({"a": 1}, wrap, times))


def test_conditions_on_a_field_may_stand_inside_one_another_up_to_a_depth() -> None:
    parse({"a": nested({"$gt": 1}, "$not", DEEPEST // 2)})
    for times in (DEEPEST + 1, 100_000):
        with pytest.raises(InputError, match=f"at most {DEEPEST} levels"):
            parse({"a": nested({"$gt": 1}, "$not", times)})


def test_the_deepest_filter_can_still_be_matched() -> None:
    assert keeps(nested({"a": 1}, "$not", 30), {"a": 1})
    assert not keeps(nested({"a": 1}, "$not", 31), {"a": 1})


def test_leaves_are_every_value_at_every_depth_and_the_branches_above_them() -> None:
    assert list(leaves({"a": {"b": [1, {"c": None}]}, "d": []})) == [
        Leaf("a", BRANCH),
        Leaf("a.b", BRANCH),
        Leaf("a.b", number(1)),
        Leaf("a.b", BRANCH),
        Leaf("a.b.c", NULL),
        Leaf("d", BRANCH),
    ]


@pytest.mark.parametrize("metadata", [{"a": {"b": 1}}, {"a.b": 1}, {"a": [{"b": 0}, {"b": 1}]}])
def test_a_dotted_name_reaches_into_objects(metadata: Mapping[str, Any]) -> None:
    assert keeps({"a.b": 1}, metadata)
    assert keeps({"a.b": {"$exists": True}}, metadata)
    assert not keeps({"a.c": {"$exists": True}}, metadata)
    assert not keeps({"b": 1}, metadata)


def test_a_list_holds_where_any_element_does() -> None:
    assert keeps({"a": 2}, {"a": [1, 2]})
    assert keeps({"a": 2}, {"a": [[1], [[2]]]})
    assert keeps({"a": {"$gt": 1}}, {"a": [0, 5]})
    assert not keeps({"a": {"$gt": 5}}, {"a": [0, 5]})
    assert not keeps({"a": {"$ne": 2}}, {"a": [1, 2]})
    assert keeps({"a": None}, {"a": [1, None]})


def test_two_conditions_on_a_list_may_be_met_by_two_elements() -> None:
    assert keeps({"a": {"$gt": 4, "$lt": 1}}, {"a": [0, 5]})


@pytest.mark.parametrize(
    "condition", [{"$ne": 1}, {"$nin": [1, 2]}, {"$not": {"$eq": 1}}, {"$not": {"$gt": 0}}, {"$nin": []}]
)
def test_negation_holds_where_the_field_is_absent(condition: Mapping[str, Any]) -> None:
    assert keeps({"a": condition}, {})
    assert keeps({"a": condition}, {"a": "x"})
    assert keeps({"a": condition}, {"a": None})
    assert keeps({"$not": {"$not": {"a": condition}}}, {})


@pytest.mark.parametrize("condition", [{"$ne": 1}, {"$nin": [2, 1]}, {"$not": {"$gt": 0}}])
def test_negation_is_the_opposite_and_nothing_else(condition: Mapping[str, Any]) -> None:
    assert not keeps({"a": condition}, {"a": 1})
    assert not keeps({"a": condition}, {"a": [7, 1]})


@pytest.mark.parametrize("where", [{"a": None}, {"a": {"$in": [None]}}, {"a": {"$in": [3, None]}}])
def test_null_is_matched_by_null_and_by_absence(where: Mapping[str, Any]) -> None:
    assert keeps(where, {"a": None})
    assert keeps(where, {})
    assert not keeps(where, {"a": 0})
    assert not keeps(where, {"a": ""})
    assert not keeps(where, {"a": False})
    assert not keeps(where, {"a": {}})
    assert not keeps({"$not": where}, {})


@pytest.mark.parametrize("value", [None, 0, "", False, [], {}, {"b": 1}])
def test_exists_looks_for_the_field_whatever_its_value(value: Any) -> None:
    assert keeps({"a": {"$exists": True}}, {"a": value})
    assert not keeps({"a": {"$exists": False}}, {"a": value})


def test_what_is_absent_does_not_exist() -> None:
    assert keeps({"a": {"$exists": False}}, {"b": 1})
    assert not keeps({"a": {"$exists": True}}, {"b": 1})


@pytest.mark.parametrize(
    ("one", "other"), [(True, 1), (False, 0), (1, "1"), ("true", True), (0, ""), ("null", 1), (1, True), (0, False)]
)
def test_kinds_are_not_mixed(one: Any, other: Any) -> None:
    assert not keeps({"a": one}, {"a": other})
    assert not keeps({"a": {"$in": [one]}}, {"a": other})
    assert keeps({"a": one}, {"a": one})


@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
def test_an_order_is_within_numbers_or_within_strings(operator: str) -> None:
    for other in ("5", True, None, [], {}):
        assert not keeps({"a": {operator: 1}}, {"a": other})
    for other in (5, True, None):
        assert not keeps({"a": {operator: "5"}}, {"a": other})
    assert not keeps({"a": {operator: 1}}, {})


@pytest.mark.parametrize(
    ("operator", "kept"),
    [("$gt", {3}), ("$gte", {2, 3}), ("$lt", {1}), ("$lte", {1, 2}), ("$eq", {2}), ("$ne", {1, 3})],
)
def test_each_comparison_at_its_border(operator: str, kept: set[int]) -> None:
    for operand in (2, 2.0):
        assert {value for value in (1, 2, 3) if keeps({"a": {operator: operand}}, {"a": value})} == kept


def test_strings_are_ordered_by_code_point() -> None:
    # UTF-16 would put U+1F600 before U+FFFF, a collation "a" before "B" and "é" before "z".
    rising = ["", "A", "B", "a", "z", "é", "\uffff", "\U0001f600"]
    for i, one in enumerate(rising):
        above = [other for other in rising if keeps({"a": {"$gt": one}}, {"a": other})]
        assert above == rising[i + 1 :]


def test_letters_that_only_look_alike_differ() -> None:
    assert not keeps({"a": "é"}, {"a": "e\u0301"})
    assert not keeps({"a": "A"}, {"a": "a"})


def test_whole_numbers_of_64_bits_are_compared_exactly() -> None:
    assert not keeps({"a": 2**63 - 1}, {"a": 2**63 - 2})
    assert keeps({"a": {"$gt": 2**63 - 2}}, {"a": 2**63 - 1})
    assert not keeps({"a": 2**53 + 1}, {"a": float(2**53)})
    assert keeps({"a": {"$gt": float(2**53)}}, {"a": 2**53 + 1})


def test_whole_numbers_beyond_64_bits_are_compared_as_floats() -> None:
    assert keeps({"a": 10**30}, {"a": 1e30})
    assert keeps({"a": 2**64}, {"a": 2**64 + 1})
    assert keeps({"a": {"$gt": 2**63 - 1}}, {"a": 2**63})
    assert not keeps({"a": {"$lt": 0}}, {"a": 2**63})


def test_whole_numbers_beyond_floats_are_infinite() -> None:
    assert keeps({"a": {"$gt": 1e308}}, {"a": 10**400})
    assert keeps({"a": {"$lt": -1e308}}, {"a": -(10**400)})
    assert not keeps({"a": {"$gt": 0}}, {"a": -(10**400)})
    assert keeps({"a": 10**400}, {"a": 10**400})


def test_minus_zero_is_zero() -> None:
    assert keeps({"a": 0}, {"a": -0.0})
    assert keeps({"a": {"$in": [-0.0]}}, {"a": 0})


def test_an_empty_filter_keeps_everything_and_an_empty_list_nothing() -> None:
    assert keeps({}, {})
    assert keeps({}, {"a": 1})
    assert not keeps({"a": {"$in": []}}, {"a": 1})
    assert not keeps({"a": {"$in": []}}, {})


def test_and_or_and_side_by_side() -> None:
    document = {"lang": "en", "year": 2021}
    assert keeps({"lang": "en", "year": {"$gte": 2020}}, document)
    assert not keeps({"lang": "en", "year": {"$gte": 2022}}, document)
    assert keeps({"$or": [{"lang": "de"}, {"year": 2021}]}, document)
    assert not keeps({"$or": [{"lang": "de"}, {"year": 2020}]}, document)
    assert not keeps({"$and": [{"lang": "en"}, {"year": 2020}]}, document)
    assert not keeps({"lang": "en", "$not": {"year": 2021}}, document)


def test_a_number_with_a_name_is_its_value() -> None:
    class Year(IntEnum):
        NOW = 2024

    assert keeps({"year": Year.NOW}, {"year": 2024})
    assert keeps({"year": {"$in": [2024]}}, {"year": Year.NOW})


def test_a_string_with_a_name_is_its_value() -> None:
    class Language(str, Enum):  # noqa: UP042 - a StrEnum would be well
        ENGLISH = "en"

    assert keeps({"lang": Language.ENGLISH}, {"lang": "en"})


@pytest.mark.parametrize(
    ("operator", "given", "kept"),
    [
        ("$gte", "2024-01-31", {"day", "evening", "east", "later"}),
        ("$gt", "2024-01-31", {"later"}),
        ("$lte", "2024-01-31", {"before", "month", "day", "evening", "east"}),
        ("$lt", "2024-01-31", {"before", "month"}),
        ("$gt", "2024-01-31T23:15:00Z", {"evening", "later"}),
        ("$lte", "2024-01", {"before", "month", "day", "evening", "east"}),
        ("$gt", "2024-01", {"later"}),
        ("$gte", "2024-13-01", {"word"}),
    ],
)
def test_dates_are_compared_as_moments(operator: str, given: str, kept: set[str]) -> None:
    """A date is all of its day in UTC; what is no date is compared as text, and only with text that is none."""
    values = {
        "before": "2024-01-30T23:59:59",
        "month": "2024-01",
        "day": "2024-01-31",
        "evening": "2024-01-31T23:30:00Z",
        "east": "2024-02-01T01:00:00+02:00",
        "later": "2024-02-01 00:00",
        "word": "soon",
    }
    assert {name for name, value in values.items() if keeps({"at": {operator: given}}, {"at": value})} >= kept
    if given != "2024-13-01":
        assert {name for name, value in values.items() if keeps({"at": {operator: given}}, {"at": value})} == kept


def test_a_date_whose_order_is_unknown_is_either() -> None:
    """It has two values, as a list has: a range is met if either of them meets each end."""
    for value, first, last in (
        ("05/03/2024", "03-05", "05-03"),
        ("13.03.2024", "03-13", "03-13"),
        ("03-03-2024", "03-03", "03-03"),
    ):
        assert keeps({"at": {"$lte": f"2024-{first}"}}, {"at": value})
        assert not keeps({"at": {"$lt": f"2024-{first}"}}, {"at": value})
        assert keeps({"at": {"$gte": f"2024-{last}"}}, {"at": value})
        assert not keeps({"at": {"$gt": f"2024-{last}"}}, {"at": value})
    assert not keeps({"at": {"$gte": "2000-01-01"}}, {"at": "13/13/2024"})


def test_text_is_looked_into_with_regard_to_case() -> None:
    held = {"name": "Old Harbour", "tags": ["quay side", "boats"], "n": 12}
    assert keeps({"name": {"$contains": "Harb"}}, held)
    assert keeps({"name": {"$startswith": "Old"}, "tags": {"$contains": "side"}}, held)
    for name, operator, words in (
        ("name", "$contains", "harb"),
        ("name", "$startswith", "Harb"),
        ("n", "$contains", "1"),
    ):
        assert not keeps({name: {operator: words}}, held)
    assert keeps({"name": {"$not": {"$contains": "Pier"}}}, held)


@pytest.mark.parametrize("given", ["", 3, None, ["a"], True])
@pytest.mark.parametrize("operator", ["$contains", "$startswith"])
def test_what_is_no_text_to_look_for_is_refused(operator: str, given: Any) -> None:
    with pytest.raises(InputError, match="string"):
        parse({"a": {operator: given}})


def test_the_fields_that_a_filter_needs() -> None:
    where = {"a": 1, "$or": [{"b": None}, {"$not": {"c": {"$in": [2]}}}], "d": {"$exists": False}, "$page": 3}
    assert list(fields(parse(where))) == ["a", "c"]
    assert of_passages(parse(where))
    assert not of_passages(parse({"a": 1}))
