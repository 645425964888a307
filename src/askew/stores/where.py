"""The metadata filter language: `{"lang": "en", "year": {"$gte": 2020}}`, the syntax of Chroma, Pinecone and MongoDB.

The semantics are defined once, by `leaves` (which values a field has) and `matches`; every store compiles the same
tree to its native query language and must agree with them.

- A dotted name reaches into objects: `a.b` is the field `b` of the object `a`.
- A list has the values of its elements; a condition holds if any element satisfies it.
- `$ne`, `$nin` and `$not` are plain negation: they also match if the field is absent.
- Numbers compare with numbers and strings with strings (by code point); true is not 1.
- `$gt`, `$gte`, `$lt` and `$lte` with an ISO date, or date and time, compare moments: only dates match, a time without
  an offset is UTC, and a date is all of its day ($lte includes it, $gt does not). 05/03/2024 matches as either day.
- `$contains` and `$startswith` look into strings, with regard to case.
- `$heading` and `$page` are of each passage: the headings above it, alone and as a path, and the pages that it is on.
- `null` matches null and absent fields. `$exists` tests for the field, whatever its value.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from askew.errors import InputError, UnknownNameError
from askew.stores.moments import moments, starts
from askew.types import BETWEEN, Metadata, Passage, Where, page_of


class Kind(StrEnum):
    """The kind of a value; values of different kinds never compare equal. A branch is an object or a list. A string
    that is a date has a moment beside it.
    """

    NUMBER = "n"
    STRING = "s"
    BOOLEAN = "b"
    NULL = "0"
    BRANCH = "o"
    MOMENT = "t"


@dataclass(frozen=True)
class Value:
    """A typed value. `plain` is 0 for null and branches, 0 or 1 for booleans, seconds since 1970 for moments."""

    kind: Kind
    plain: int | float | str


@dataclass(frozen=True)
class Leaf:
    field: str
    value: Value


@dataclass(frozen=True)
class Compare:
    """A comparison, true if any value of the field satisfies it; `operator` is = > >= < <= contains startswith."""

    field: str
    operator: str
    value: Value


@dataclass(frozen=True)
class Member:
    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Exists:
    field: str


@dataclass(frozen=True)
class Every:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    part: "Node"


Condition = Compare | Member | Exists
"""What one field must satisfy."""
Node = Condition | Every | Either | Not

ORDER: dict[str, str] = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
WITHIN: dict[str, str] = {"$contains": "contains", "$startswith": "startswith"}
ON_FIELDS = ("$eq", "$ne", *ORDER, *WITHIN, "$in", "$nin", "$exists", "$not")
ON_FILTERS = ("$and", "$or", "$not")
HEADING, PAGE = "$heading", "$page"
OF_PASSAGES = (HEADING, PAGE)
"""Fields of passages, not of documents."""
DEEPEST = 32
"""Maximum nesting depth of a filter, which is evaluated recursively."""

_TOO_DEEP = f"The filter is nested too deeply; at most {DEEPEST} levels are allowed."

NULL = Value(Kind.NULL, 0)
BRANCH = Value(Kind.BRANCH, 0)


def parse(where: Where) -> Node:
    try:
        return _filter(where, 0)
    except RecursionError:
        raise InputError(_TOO_DEEP) from None


def _filter(where: object, depth: int) -> Node:
    if depth > DEEPEST:
        raise InputError(_TOO_DEEP)
    if not isinstance(where, Mapping):
        raise InputError(f"A filter must be an object such as {{'lang': 'en'}}, not {where!r}.")
    return _every([_clause(name, given, depth + 1) for name, given in where.items()])


def _clause(name: object, given: object, depth: int) -> Node:
    if not isinstance(name, str):
        raise InputError(f"A field name must be a string, not {name!r}.")
    if not name.startswith("$") or name in OF_PASSAGES:
        return _conditions(name, given, depth)
    if name == "$not":
        return Not(_filter(given, depth))
    if name not in ON_FILTERS:
        raise _unknown(name, "at this level", (*ON_FILTERS, *OF_PASSAGES))
    if not isinstance(given, list | tuple) or not given:
        raise InputError(f"{name} takes a non-empty list of filters, not {given!r}.")
    parts = [_filter(part, depth) for part in given]
    return _every(parts) if name == "$and" else Either(tuple(parts))


def _conditions(field: str, given: object, depth: int) -> Node:
    if depth > DEEPEST:
        raise InputError(_TOO_DEEP)
    if not isinstance(given, Mapping):
        return _equal(field, given)
    if not given:
        raise InputError(f"The condition on {field!r} is empty. Operators: {', '.join(ON_FIELDS)}.")
    return _every([_condition(field, operator, operand, depth + 1) for operator, operand in given.items()])


def _condition(field: str, operator: object, given: object, depth: int) -> Node:
    if operator == "$not":
        if not isinstance(given, Mapping):
            raise InputError(f"$not on {field!r} takes a condition such as {{'$gt': 3}}, not {given!r}.")
        return Not(_conditions(field, given, depth))
    if operator not in ON_FIELDS:
        raise _unknown(operator, f"on {field!r}", ON_FIELDS)
    return _SIMPLE[str(operator)](field, given)


def _equal(field: str, given: object) -> Node:
    value = _value(given, f"{field!r}")
    if value == NULL:
        return Either((Compare(field, "=", NULL), Not(Exists(field))))
    return Compare(field, "=", value)


def _among(field: str, given: object) -> Node:
    if not isinstance(given, list | tuple | set | frozenset):
        raise InputError(f"$in and $nin on {field!r} take a list, not {given!r}.")
    values = tuple(dict.fromkeys(_value(one, f"Each element of $in and $nin on {field!r}") for one in given))
    member = Member(field, tuple(value for value in values if value != NULL))
    return Either((member, _equal(field, None))) if NULL in values else member


def _exists(field: str, given: object) -> Node:
    if not isinstance(given, bool):
        raise InputError(f"$exists on {field!r} takes true or false, not {given!r}.")
    return Exists(field) if given else Not(Exists(field))


def _ordering(name: str) -> Callable[[str, object], Node]:
    def condition(field: str, given: object) -> Node:
        value = _value(given, f"{name} on {field!r}")
        if value.kind not in (Kind.NUMBER, Kind.STRING):
            raise InputError(f"{name} on {field!r} takes a number or a string, not {given!r}.")
        found = moments(str(given)) if value.kind is Kind.STRING else None
        if found is None:
            return Compare(field, ORDER[name], value)
        return Compare(field, *_bound(ORDER[name], *found))

    return condition


def _bound(operator: str, start: float, end: float) -> tuple[str, Value]:
    """Return the comparison with a day, or another stretch of time, as one with its start or its end."""
    if operator in (">", "<=") and end > start:
        return (">=" if operator == ">" else "<"), Value(Kind.MOMENT, end)
    return operator, Value(Kind.MOMENT, start)


def _textual(name: str) -> Callable[[str, object], Node]:
    def condition(field: str, given: object) -> Node:
        if not isinstance(given, str) or not given:
            raise InputError(f"{name} on {field!r} takes a string of at least one character, not {given!r}.")
        return Compare(field, WITHIN[name], value_of(given))

    return condition


_SIMPLE: dict[str, Callable[[str, object], Node]] = {
    "$eq": _equal,
    "$ne": lambda field, given: Not(_equal(field, given)),
    "$in": _among,
    "$nin": lambda field, given: Not(_among(field, given)),
    "$exists": _exists,
    **{name: _ordering(name) for name in ORDER},
    **{name: _textual(name) for name in WITHIN},
}


def _every(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _value(given: object, place: str) -> Value:
    if given is None or isinstance(given, bool | int | float | str):
        return value_of(given)
    raise InputError(f"{place} must be a string, a number, true, false or null, not {given!r}.")


def _unknown(operator: object, place: str, known: Iterable[str]) -> InputError:
    return InputError(f"Unknown filter operator {operator!r} {place}. Use one of: {', '.join(known)}.")


def value_of(scalar: str | float | bool | None) -> Value:
    if scalar is None:
        return NULL
    if isinstance(scalar, bool):
        return Value(Kind.BOOLEAN, int(scalar))
    if isinstance(scalar, str):
        return Value(Kind.STRING, str.__str__(scalar))
    if isinstance(scalar, float) and math.isnan(scalar):
        raise InputError("NaN is not allowed in metadata or filters.")
    return Value(Kind.NUMBER, _number(scalar))


def _number(scalar: float) -> int | float:
    """Convert integers beyond 64 bits, which databases do not support, to float."""
    if isinstance(scalar, float) or -(2**63) <= scalar < 2**63:
        return scalar
    try:
        return float(scalar)
    except OverflowError:
        return math.inf if scalar > 0 else -math.inf


def fields(node: Node) -> Iterator[str]:
    """Yield the fields of documents that a filter expects to be there: not those tested for being absent."""
    match node:
        case Every(parts) | Either(parts):
            for part in parts:
                yield from fields(part)
        case Not(part):
            yield from fields(part)
        case Compare(field, _, value) if value != NULL and field not in OF_PASSAGES:
            yield field
        case Member(field, _) if field not in OF_PASSAGES:
            yield field


def of_passages(node: Node) -> bool:
    """Return whether a filter has conditions on passages."""
    match node:
        case Every(parts) | Either(parts):
            return any(of_passages(part) for part in parts)
        case Not(part):
            return of_passages(part)
        case _:
            return node.field in OF_PASSAGES


def unknown_field(name: str, known: Iterable[str]) -> UnknownNameError:
    return UnknownNameError("metadata field", name, sorted({*known, *OF_PASSAGES}))


def leaves(metadata: Metadata) -> Iterator[Leaf]:
    """Yield every field at every depth with each of its values; an object or list also yields a branch."""
    for name, value in metadata.items():
        yield from _leaves(name, value)


def _leaves(field: str, value: Any) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        yield Leaf(field, BRANCH)
        for name, inner in value.items():
            yield from _leaves(f"{field}.{name}", inner)
    elif isinstance(value, list | tuple):
        yield Leaf(field, BRANCH)
        for inner in value:
            yield from _leaves(field, inner)
    else:
        yield Leaf(field, value_of(value))
        for start in starts(value) if isinstance(value, str) else ():
            yield Leaf(field, Value(Kind.MOMENT, start))


def heading_leaves(heading: str) -> Iterator[Leaf]:
    """Yield the path of headings above a passage, and each of them."""
    for part in dict.fromkeys((heading, *heading.split(BETWEEN))) if heading else ():
        yield Leaf(HEADING, value_of(part))


def page_leaves(first: int, last: int) -> Iterator[Leaf]:
    """Yield the pages of a passage, none for 0."""
    for number in range(max(first, 1), last + 1):
        yield Leaf(PAGE, value_of(number))


def matches(node: Node, metadata: Metadata, passage: Passage | None = None, text: str = "") -> bool:
    """Evaluate a filter. This is the reference semantics: every store must select the same documents and passages.

    passage: of the document with this text, for conditions on passages.
    """
    found = list(leaves(metadata))
    if passage is not None:
        pages = page_of(text, passage.start), page_of(text, max(passage.end - 1, 0))
        found += [*heading_leaves(passage.heading), *page_leaves(*pages)]
    return any_match(node, found)


def any_match(node: Node, found: Sequence[Leaf]) -> bool:
    """Evaluate a filter on the leaves of one document or passage."""
    match node:
        case Every(parts):
            return all(any_match(part, found) for part in parts)
        case Either(parts):
            return any(any_match(part, found) for part in parts)
        case Not(part):
            return not any_match(part, found)
        case Exists(field):
            return any(leaf.field == field for leaf in found)
        case Member(field, values):
            return any(leaf.field == field and leaf.value in values for leaf in found)
        case Compare(field, operator, value):
            return any(leaf.field == field and _compare(leaf.value, operator, value) for leaf in found)


def _compare(one: Value, operator: str, other: Value) -> bool:
    if one.kind is not other.kind:
        return False
    a: Any = one.plain
    b: Any = other.plain
    match operator:
        case "=":
            return bool(a == b)
        case "contains":
            return b in a
        case "startswith":
            return bool(a.startswith(b))
        case ">":
            return bool(a > b)
        case ">=":
            return bool(a >= b)
        case "<":
            return bool(a < b)
        case _:
            return bool(a <= b)
