"""Which field of a table is what: the id, the text, the title; the rest is metadata."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from askew.documents.pages import without_feeds
from askew.documents.tables import Bad, Row, Table
from askew.errors import InputError, UnknownNameError
from askew.types import Document

IDS = ("id", "_id")
TEXTS = ("text", "content", "body", "passage", "question", "answer", "sentence", "description")
TITLE = "title"
SPREAD = "metadata"  # an object of this name is not one field of metadata but all of them
NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?", re.ASCII)


@dataclass(frozen=True)
class Fields:
    """Names of fields. None leaves it to askew: `id` or `_id`; `text`, `content` …; `title`; all that is left."""

    id: str | None = None
    text: str | None = None
    title: str | None = None
    metadata: tuple[str, ...] | None = None


DEFAULTS = Fields()


@dataclass(frozen=True)
class Columns:
    """The fields of one table, as they were found; "" where there is none. `chosen`: the metadata kept, or all."""

    id: str
    text: str
    title: str
    chosen: tuple[str, ...] | None
    cells: bool


class _BadRow(Exception):  # noqa: N818  # never leaves this module
    pass


def columns(table: Table, fields: Fields, path: str) -> Columns:
    place = f"{path}:{table.line}"
    inner = (name for row in table.rows if isinstance(row, Row) for name in _inner(row))
    known = {*table.names, *inner}
    for name in (fields.id, fields.text, fields.title):
        _check(name, table.names, place)
    for name in fields.metadata or ():
        _check(name, known, place)
    id = fields.id or _first(IDS, table.names, {fields.text, fields.title})
    text = fields.text or _text(table.names, {id, fields.title}, path)
    title = fields.title or _first((TITLE,), table.names, {id, text})
    return Columns(id, text, title, fields.metadata, table.cells)


def document(row: Row, columns: Columns, id: str) -> Document | Bad:
    """`id` is for the row that has no field for it."""
    try:
        return Document(
            _id(row, columns.id) if columns.id else id,
            _text_of(row, columns.text),
            _title_of(row, columns.title),
            _metadata(row, columns),
        )
    except _BadRow as fault:
        return Bad(row.line, str(fault))


def _check(name: str | None, known: Iterable[str], place: str) -> None:
    if name is not None and name not in known:
        raise InputError(f"{place}: {UnknownNameError('field', name, known)}")


def _first(wanted: Iterable[str], names: Iterable[str], taken: set[str | None]) -> str:
    return next((name for name in wanted if name in names and name not in taken), "")


def _text(names: tuple[str, ...], taken: set[str | None], path: str) -> str:
    found = _first(TEXTS, names, taken)
    rest = [name for name in names if name not in taken]
    if not found and len(rest) != 1:
        raise InputError(
            f"{path}: none of its fields is known to be the text. Name it with --text-field: "
            f"{', '.join(rest) or 'there is none'}."
        )
    return found or rest[0]


def _id(row: Row, name: str) -> str:
    value = row.values.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise _BadRow(f"its {name!r} is {_shown(row, name)}, not an id")
    return value


def _text_of(row: Row, name: str) -> str:
    value = row.values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _BadRow(f"its {name!r} is {_shown(row, name)}, not a text")
    return without_feeds(value)


def _title_of(row: Row, name: str) -> str:
    value = row.values.get(name, "")
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _BadRow(f"its {name!r} is {_shown(row, name)}, not a title")


def _shown(row: Row, name: str) -> str:
    if name not in row.values:
        return "missing"
    value = row.values[name]
    if isinstance(value, str):
        return "empty"
    kinds = {dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value), json.dumps(value))


def _metadata(row: Row, columns: Columns) -> Mapping[str, Any]:
    inner = _inner(row)
    taken = {columns.id, columns.text, columns.title} | ({SPREAD} if inner is row.values.get(SPREAD) else set())
    own = {name: value for name, value in row.values.items() if name not in taken}
    twice = sorted(own.keys() & inner.keys())
    if twice:
        raise _BadRow(f"{twice[0]!r} is both a field of it and in its {SPREAD!r}")
    if columns.chosen is None:
        kept = {**own, **inner}
    else:
        every = {**row.values, **inner}
        kept = {name: every[name] for name in columns.chosen if name in every}
    return {name: _number(cell) for name, cell in kept.items() if cell != ""} if columns.cells else kept


def _inner(row: Row) -> Mapping[str, Any]:
    inner = row.values.get(SPREAD)
    return inner if isinstance(inner, dict) else {}


def _number(cell: str) -> str | int | float:
    """A number where it would be written just like this: 12 and 3.5, but not 007, 1.50 or 1e5."""
    if not NUMBER.fullmatch(cell):
        return cell
    number = float(cell) if "." in cell else int(cell)
    return number if str(number) == cell else cell
