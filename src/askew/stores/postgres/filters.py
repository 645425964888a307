"""Metadata filters as SQL: conditions on a passage `p`, every name and value of which is bound.

They agree with `askew.stores.where.matches`: numbers are compared as `numeric`, strings by code point.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from askew.stores import MetadataField
from askew.stores.local.filters import described
from askew.stores.postgres.schema import BEGINNING
from askew.stores.postgres.sessions import Clause, Rows, Session
from askew.stores.postgres.wire import coded, decoded, exact, plain
from askew.stores.where import (
    HEADING,
    PAGE,
    Compare,
    Condition,
    Either,
    Every,
    Exists,
    Kind,
    Member,
    Node,
    Not,
    Value,
    fields,
    unknown_field,
)
from askew.types import BETWEEN

UNKNOWN = """SELECT name, (SELECT array_agg(DISTINCT field) FROM metadata) FROM unnest(%s::text[]) AS n(name)
             WHERE NOT EXISTS (SELECT FROM metadata WHERE left(field, 64) = left(name, 64) AND field = name)
             AND EXISTS (SELECT FROM documents)"""
HELD = 512
"""Filters that stay compiled."""
OPERATORS = ("=", ">", ">=", "<", "<=")
HEADINGS = """unnest(p.heading || string_to_array(p.heading, %s)) AS m(text),
              (VALUES ('s', NULL::numeric)) AS k(kind, number)"""
PAGES = """generate_series(greatest(p.first_page, 1), p.last_page) AS m(number),
           (VALUES ('n', ''::text)) AS k(kind, text)"""
"""The headings and the pages of a passage, in the columns of the table of metadata."""


EVERYTHING = Clause("true")


@lru_cache(HELD)
def compiled(node: Node, *, probing: bool = False) -> Clause:
    """Return a filter as a condition. probing: answered for each passage by itself; else Postgres may begin with it."""
    match node:
        case Every(parts):
            return _joined(" AND ", "true", [compiled(part, probing=probing) for part in parts])
        case Either(parts):
            return _joined(" OR ", "false", [compiled(part, probing=probing) for part in parts])
        case Not(part):
            inner = compiled(part, probing=probing)
            return Clause(f"NOT ({inner.sql})", inner.values)
        case Compare() | Member() | Exists():
            return _condition(node, probing)


def _joined(word: str, none: str, parts: Sequence[Clause]) -> Clause:
    sql = word.join(f"({part.sql})" for part in parts) or none
    return Clause(f"({sql})", tuple(value for part in parts for value in part.values))


def _condition(node: Condition, probing: bool) -> Clause:
    tests = list(_tests(node))
    if node.field == HEADING:
        given = Clause("p.heading <> ''")
        return _exists(HEADINGS, given, tests, (BETWEEN,), probing=True)
    if node.field == PAGE:
        return _exists(PAGES, EVERYTHING, tests, (), probing=True)
    given = _equal("m.field", coded(node.field))
    if probing:  # by the index of documents alone, whatever Postgres thinks of the others
        source = "(SELECT * FROM metadata WHERE document = p.document OFFSET 0) AS m"
        return _exists(source, given, tests, (), probing)
    given = Clause(f"m.document = p.document AND {given.sql}", given.values)
    return _exists("metadata m", given, tests, (), probing)


def _equal(column: str, text: str) -> Clause:
    """Return whether a column is this text, by the index of its beginnings; a short one is its own beginning."""
    if len(text) < BEGINNING:
        return Clause(f"left({column}, 64) = %s", (text,))
    return Clause(f"left({column}, 64) = %s AND {column} = %s", (text[:BEGINNING], text))


def _exists(source: str, given: Clause, tests: Sequence[Clause], before: tuple[object, ...], probing: bool) -> Clause:
    test = _joined(" OR ", "false", tests)
    inner = f"FROM {source} WHERE {given.sql} AND ({test.sql})"
    # A scalar subquery is never turned into a join.
    sql = f"coalesce((SELECT true {inner} LIMIT 1), false)" if probing else f"EXISTS (SELECT {inner})"
    return Clause(sql, (*before, *given.values, *test.values))


def _tests(node: Condition) -> Iterator[Clause]:
    """Yield alternative conditions on the value of a field."""
    match node:
        case Exists():
            yield EVERYTHING
        case Compare(_, operator, value) if value.kind is Kind.STRING:
            yield _text(operator, coded(str(value.plain)))
        case Compare(_, operator, value) if operator in OPERATORS:
            # One of five constants; what a user gives is never a part of the statement.
            yield Clause(f"kind = %s AND number {operator} %s::numeric", (str(value.kind), _number(value)))
        case Compare():
            yield Clause("false")
        case Member(_, values):
            for kind, group in groupby(sorted(values, key=lambda one: one.kind), key=lambda one: one.kind):
                yield _among(kind, list(group))


def _text(operator: str, text: str) -> Clause:
    match operator:
        case "=":
            equal = _equal("text", text)
            return Clause(f"kind = 's' AND {equal.sql}", equal.values)
        case "contains":
            return Clause("kind = 's' AND strpos(text, %s) > 0", (text,))
        case "startswith":
            return Clause("kind = 's' AND left(text, 64) >= %s AND starts_with(text, %s)", (text[:BEGINNING], text))
        case _:
            return Clause(f"kind = 's' AND text {operator} %s", (text,))


def _among(kind: Kind, values: Sequence[Value]) -> Clause:
    if kind is not Kind.STRING:
        return Clause("kind = %s AND number = ANY(%s::numeric[])", (str(kind), [_number(value) for value in values]))
    texts = [coded(str(value.plain)) for value in values]
    if max(map(len, texts)) < BEGINNING:
        return Clause("kind = 's' AND left(text, 64) = ANY(%s::text[])", (texts,))
    starts = [text[:BEGINNING] for text in texts]
    return Clause("kind = 's' AND left(text, 64) = ANY(%s::text[]) AND text = ANY(%s::text[])", (starts, texts))


def _number(value: Value) -> object:
    return exact(value.plain) if not isinstance(value.plain, str) else value.plain


def named(node: Node) -> list[str]:
    """Return the fields that a filter expects to be there."""
    return list(dict.fromkeys(fields(node)))


def unknown(names: Sequence[str]) -> Clause:
    """Return the statement whose rows are those of the fields that no document has, if there are documents.

    Their second column has the fields that there are.
    """
    return Clause(UNKNOWN, (list(map(coded, names)),))


def check_fields_of_all(answers: Sequence[Rows]) -> None:
    """Raise InputError if a field is in none of the answers to `unknown`, of servers that have documents."""
    nowhere = set.intersection(*({name for name, _ in rows} for rows in answers)) if answers else set[str]()
    known = {one for rows in answers for _, every in rows for one in every or ()}
    check_fields([(name, sorted(known)) for name in sorted(nowhere)])


def check_fields(rows: Rows) -> None:
    """Raise InputError if there are rows of the statement `unknown`."""
    if rows:
        raise unknown_field(min(decoded(name) for name, _ in rows), [decoded(one) for one in rows[0][1] or ()])


FieldRow = tuple[str, str, int, Any, Any, Any, Any]
"""Name, kind, documents that have the field, and the least and the highest number and text of this kind."""
FIELDS = """SELECT field, kind, d.documents, min(number), max(number), min(text), max(text) FROM metadata
            JOIN (SELECT field, count(DISTINCT document) AS documents FROM metadata GROUP BY field) AS d USING (field)
            GROUP BY field, kind, d.documents ORDER BY field"""


def field_rows(session: Session) -> list[FieldRow]:
    return session.rows(FIELDS)


def metadata_fields(found: Iterable[Sequence[FieldRow]]) -> list[MetadataField]:
    """Describe the metadata fields, by name, from the rows of each server."""
    having: dict[str, int] = {}
    kinds: dict[str, dict[Kind, tuple[Any, Any]]] = {}
    for rows in found:
        for name, documents in {row[0]: row[2] for row in rows}.items():
            having[name] = having.get(name, 0) + documents
        for name, kind, _, low, high, least, most in rows:
            ends = (least, most) if kind == Kind.STRING else (low, high)
            known = kinds.setdefault(name, {}).get(Kind(kind), ends)
            kinds[name][Kind(kind)] = min(known[0], ends[0]), max(known[1], ends[1])
    return [described(decoded(name), having[name], _plain(kinds[name])) for name in sorted(kinds)]


def _plain(kinds: Mapping[Kind, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {
        kind: tuple(map(decoded if kind is Kind.STRING else plain, ends))  # type: ignore[misc]
        for kind, ends in kinds.items()
    }
