"""Field mapping for tables: which field is the id, the text or the title; the rest is metadata."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from askew.documents.pages import without_feeds
from askew.documents.tables import NUL, Bad, Row, Table
from askew.errors import InputError, UnknownNameError
from askew.types import Document
from askew.values import shown

IDS = ("id", "_id")
TEXTS = ("text", "content", "body", "passage", "question", "answer", "sentence", "description")
TITLE = "title"
SPREAD = "metadata"  # an object with this name is merged into the metadata
NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?", re.ASCII)


@dataclass(frozen=True)
class Fields:
    """Field names. None means automatic: `id` or `_id`; `text`, `content` …; `title`; all remaining fields."""

    id: str | None = None
    text: str | None = None
    title: str | None = None
    metadata: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("id", "text", "title"):
            if (given := getattr(self, name)) is not None and not isinstance(given, str):
                raise InputError(f"{name} must be the name of a column or key, not {shown(given)}.")


DEFAULTS = Fields()


@dataclass(frozen=True)
class Columns:
    """The resolved fields of one table; "" if absent. chosen: metadata fields to keep; None keeps all."""

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
    """Make a document from a row. id: used if the table has no id field."""
    try:
        return Document(
            _id(row, columns.id) if columns.id else id,
            _text_of(row, columns.text),
            _title_of(row, columns.title),
            _metadata(row, columns),
        )
    except _BadRow as error:
        return Bad(row.line, str(error))


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
            f"{path}: cannot tell which field is the text. Set --text-field to one of: "
            f"{', '.join(rest) or '(the file has no other fields)'}."
        )
    return found or rest[0]


def _id(row: Row, name: str) -> str:
    value = row.values.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise _BadRow(f"{name!r} is {_shown(row, name)}; expected an id")
    if "\0" in value:
        raise _BadRow(f"{name!r} {NUL}")
    return value


def _text_of(row: Row, name: str) -> str:
    value = row.values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _BadRow(f"{name!r} is {_shown(row, name)}; expected text")
    return without_feeds(value)


def _title_of(row: Row, name: str) -> str:
    value = row.values.get(name, "")
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _BadRow(f"{name!r} is {_shown(row, name)}; expected a title")


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
        raise _BadRow(f"{twice[0]!r} appears both as a field and inside {SPREAD!r}")
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
    """Convert a cell to a number if that round-trips: 12 and 3.5, but not 007, 1.50 or 1e5."""
    if not NUMBER.fullmatch(cell):
        return cell
    number = float(cell) if "." in cell else int(cell)
    return number if str(number) == cell else cell
