"""Columns of a table: which is the id, the text or the title; the rest is metadata, with one type per column."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from askew.documents.column_types import ISO, ColumnType, column_type
from askew.documents.formats.draft import UnusableError as UnusableFileError
from askew.documents.formats.draft import clean, without_feeds
from askew.documents.names import ANSWERS, IDS, QUESTIONS, TEXTS, TITLES, first, matching
from askew.documents.rows import Bad, Row, Table
from askew.documents.tables import NUL
from askew.errors import InputError, UnknownNameError
from askew.types import Document
from askew.values import UnusableError, readers_of, shown

SPREAD = "metadata"  # an object with this name is merged into the metadata
SHORT = 100
"""Characters up to which the cells of a column that belongs to a text of several columns stay metadata as well."""


@dataclass(frozen=True)
class Fields:
    """Names of columns or keys, a dotted one for a nested key. None means automatic: `id` or `_id`; `text`, `content`
    …, or all columns that hold text; `title`; all remaining columns. Case, spaces and underscores do not count.

    text: several names make one text, with a line "Name: value" for each. pair: what a table with questions and answers
    gives if no text is named: both "joined" in one text, only the "question", or both "apart", the question as title.
    readers: the groups that may read a document: a list, or names separated by ;.
    """

    id: str | None = None
    text: str | Sequence[str] | None = None
    title: str | None = None
    metadata: tuple[str, ...] | None = None
    pair: str = "joined"
    readers: str | None = None

    def __post_init__(self) -> None:
        if self.pair not in ("joined", "question", "apart"):
            raise UnknownNameError("way to take a pair", self.pair, ("joined", "question", "apart"))
        for name in ("id", "title", "readers"):
            if (given := getattr(self, name)) is not None and not isinstance(given, str):
                raise InputError(f"{name} must be the name of a column or key, not {shown(given)}.")
        if self.text is not None and not isinstance(self.text, str):
            if not isinstance(self.text, list | tuple) or not all(isinstance(one, str) for one in self.text):
                raise InputError(f"text must be the name of a column or key, or several, not {shown(self.text)}.")
            object.__setattr__(self, "text", tuple(self.text) or None)

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else tuple(self.text or ())

    @property
    def named(self) -> bool:
        """Whether any column was named."""
        return bool(self.id or self.text or self.title or self.metadata or self.readers)


DEFAULTS = Fields()


@dataclass(frozen=True)
class Columns:
    """The resolved columns of one table; "" if absent. texts: one, or several that are joined.

    chosen: metadata to keep; None keeps all. taken: columns that are no metadata. types: of the metadata of a table of
    strings. lenient: a number may be a text, as in a sheet. own_id: the id was named. others: columns that make
    the text of a row without any in texts, where these were guessed.
    """

    id: str
    texts: tuple[str, ...]
    title: str
    chosen: tuple[str, ...] | None
    taken: frozenset[str]
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    cells: bool = False
    lenient: bool = False
    own_id: bool = False
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    readers: str = ""


class _BadRow(Exception):  # noqa: N818  # never leaves this module
    pass


def columns(table: Table, fields: Fields, path: str) -> Columns:
    """Return the columns of a table. Raises InputError for a named one that it does not have."""
    place = f"{path}:{table.line}"
    good = [row for row in table.rows if isinstance(row, Row)]
    inner = dict.fromkeys(name for row in good for name in _inner(row)) if SPREAD in table.names else {}
    id = _given(fields.id, table.names, good, place)
    named = (one for name in fields.texts for one in _listed(name, table.names))
    texts = tuple(_given(name, table.names, good, place) for name in named)
    title = _given(fields.title, table.names, good, place)
    readers = _given(fields.readers, table.names, good, place)
    chosen = None
    if fields.metadata is not None:
        chosen = tuple(_given(name, [*table.names, *inner], good, place) for name in fields.metadata)
    if fields.pair == "apart":
        texts = texts or (_part_of_pair("answer", ANSWERS, table, {id, title}, place),)
        title = title or _part_of_pair("question", QUESTIONS, table, {id, *texts}, place)
    id = id or first(IDS, table.names, {*texts, title})
    more = None
    if not texts:
        texts, more = _texts(table, good, {id, title, readers}, fields.pair)
    title = title or first(TITLES, table.names, {id, readers, *texts})
    if more is not None:
        texts = more(title)
        title = "" if title in texts else title
    guessed = more is not None and bool(texts) and (len(texts) > 1 or not _is_text(table, good, texts[0]))
    stay = _short(good, texts) if guessed else set()
    taken = frozenset({id, title, readers, *texts} - stay)
    kept = [name for name in table.names if (name not in taken if chosen is None else name in chosen)]
    types = (
        {name: column_type(name, (str(row.values.get(name, "")).strip() for row in good)) for name in kept}
        if table.cells
        else {}
    )
    one, other = ("answer", "question") if fields.pair == "apart" else ("text", "title")
    said = (
        f"{one}: {' + '.join(texts)}",
        f"{other}: {title or '-'}",
        f"id: {id or 'row number'}",
        _metadata_said(kept),
    )
    notes = ["; ".join(filter(None, said)), *(f"{name}: {one.note}" for name, one in types.items() if one.note)]
    others = () if more is None else tuple(name for name in table.names if name not in (id, title, readers, *texts))
    sheets = any(row.sheet for row in good[:1])
    return Columns(
        id,
        texts,
        title,
        chosen,
        taken,
        types,
        table.cells,
        sheets,
        fields.id is not None,
        others,
        tuple(notes),
        readers,
    )


def document(row: Row, columns: Columns, id: str) -> Document | Bad:
    """Make a document from a row. id: used if the table has no id column, or the row no id."""
    try:
        return Document(
            (_id(row, columns) if columns.id else "") or id,
            _text_of(row, columns),
            _title_of(row, columns.title),
            _metadata(row, columns),
            readers=_readers(row, columns.readers),
        )
    except _BadRow as error:
        return Bad(row.line, str(error), row.sheet)


def with_readers(metadata: Mapping[str, Any], name: str | None) -> tuple[dict[str, Any], frozenset[str]]:
    """Take the groups that may read a file out of its own metadata, such as the front matter of Markdown."""
    kept = dict(metadata)
    value = kept.pop(name, None) if name else None
    try:
        return kept, frozenset() if value is None else readers_of(value)
    except UnusableError as error:
        raise UnusableFileError(f"{name!r}: {error}") from None


def value_of(values: Mapping[str, Any], name: str) -> Any:
    """Return the value of a name, which may be dotted, such as answer.text; None if there is none."""
    if name in values or "." not in name:
        return values.get(name)
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _metadata_said(kept: Sequence[str]) -> str:
    if not kept:
        return ""
    return f"{len(kept)} other {'column is' if len(kept) == 1 else 'columns are'} metadata"


def _listed(name: str, known: Collection[str]) -> list[str]:
    """Return the columns of a list such as "name,colour", unless one column is named so."""
    parts = [part.strip() for part in name.split(",")]
    several = len(parts) > 1 and not matching(name, known) and all(part and matching(part, known) for part in parts)
    return parts if several else [name]


def _given(name: str | None, known: Collection[str], rows: Sequence[Row], place: str) -> str:
    """Return the column that the user named, "" for None."""
    if name is None:
        return ""
    if found := matching(name, known):
        return found
    if "." in name and any(value_of(row.values, name) is not None for row in rows):
        return name
    raise InputError(f"{place}: {UnknownNameError('field', name, known)}")


def _part_of_pair(what: str, wanted: Iterable[str], table: Table, taken: Collection[str], place: str) -> str:
    if found := first(wanted, table.names, taken):
        return found
    raise InputError(
        f"{place}: no column is known to hold the {what}. Set --{what}-field to one of: {', '.join(table.names)}."
    )


def _texts(
    table: Table, rows: Sequence[Row], taken: Collection[str], pair: str
) -> tuple[tuple[str, ...], Callable[[str], tuple[str, ...]] | None]:
    """Return the columns of the text; if none has a known name, a function that picks them once the title is known."""
    found = first(TEXTS, table.names, taken)
    if found:
        answer = first(ANSWERS, table.names, {*taken, found}) if matching(found, QUESTIONS) else ""
        return (found, answer) if answer and pair == "joined" else (found,), None

    def pick(title: str) -> tuple[str, ...]:
        free = [name for name in table.names if name not in taken and name != title]
        held = [name for name in free if _is_text(table, rows, name)]
        return tuple(held or ([title] if title else free))

    return (), pick


def _is_text(table: Table, rows: Sequence[Row], name: str) -> bool:
    """Return whether most values of a column are texts, and neither dates nor numbers."""
    held = [value for row in rows if (value := row.values.get(name)) not in (None, "")]
    texts = [value for value in held if isinstance(value, str)]
    if not texts or len(texts) * 2 < len(held):
        return False
    if table.cells:
        lettered = any(any(map(str.isalpha, one)) for one in texts)
        return lettered and column_type("", map(str.strip, texts)).name == "text"
    return not all(ISO.fullmatch(one) or not any(map(str.isalpha, one)) for one in texts)


def _short(rows: Sequence[Row], names: Sequence[str]) -> set[str]:
    return {name for name in names if all(len(str(row.values.get(name) or "")) <= SHORT for row in rows)}


def _id(row: Row, columns: Columns) -> str:
    """Return the id of a row, "" if it has none and the column was guessed."""
    value = value_of(row.values, columns.id)
    if isinstance(value, float) and value.is_integer() and columns.lenient:
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if (value is None or (isinstance(value, str) and not value.strip())) and not columns.own_id:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise _BadRow(f"{columns.id!r} is {_shown(row, columns.id)}; expected an id")
    if "\0" in value:
        raise _BadRow(f"{columns.id!r} {NUL}")
    return value


def _text_of(row: Row, columns: Columns) -> str:
    names = columns.texts
    if columns.others and not any(_part(row.values.get(name)) for name in names):
        names = columns.others
    if len(names) == 1:
        [name] = names
        value = value_of(row.values, name)
        if columns.lenient and isinstance(value, int | float):
            value = str(value)
        if not isinstance(value, str) or not (text := clean(value)).strip():
            raise _BadRow(f"{name!r} is {_shown(row, name)}; expected text")
        return without_feeds(text)
    parts = [(name, _part(value_of(row.values, name))) for name in names]
    if not any(part for _, part in parts):
        raise _BadRow(f"{', '.join(map(repr, names))} are empty; expected text")
    return without_feeds(clean("\n".join(f"{name}: {part}" for name, part in parts if part)))


def _part(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _title_of(row: Row, name: str) -> str:
    value = value_of(row.values, name) if name else ""
    if value is None or isinstance(value, str):
        return clean(value or "").strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _BadRow(f"{name!r} is {_shown(row, name)}; expected a title")


def _readers(row: Row, name: str) -> frozenset[str]:
    """Return the groups in a column; none if the row has no value, so that nobody may read it."""
    value = value_of(row.values, name) if name else None
    try:
        return frozenset() if value is None else readers_of(value)
    except UnusableError as error:
        raise _BadRow(f"{name!r}: {error}") from None


def _shown(row: Row, name: str) -> str:
    if name not in row.values:
        return "missing"
    value = row.values[name]
    if isinstance(value, str):
        return "empty"
    kinds = {dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value), json.dumps(value))


def _metadata(row: Row, columns: Columns) -> Mapping[str, Any]:
    if columns.cells:
        made = {}
        for name, one in columns.types.items():
            cell = row.values.get(name, "").strip()
            if cell and (value := one.convert(cell)) is not None:
                made[name] = value
        return made
    inner = _inner(row)
    taken = columns.taken | ({SPREAD} if inner is row.values.get(SPREAD) else set())
    own = {name: value for name, value in row.values.items() if name not in taken}
    twice = sorted(own.keys() & inner.keys())
    if twice:
        raise _BadRow(f"{twice[0]!r} appears both as a field and inside {SPREAD!r}")
    if columns.chosen is None:
        kept = {**own, **inner}
    else:
        every = {**row.values, **inner}
        found = {name: value_of(every, name) for name in columns.chosen}
        kept = {name: value for name, value in found.items() if value is not None or name in every}
    return {**kept, "sheet": row.sheet, "row": row.line} if row.sheet else kept


def _inner(row: Row) -> Mapping[str, Any]:
    inner = row.values.get(SPREAD)
    return inner if isinstance(inner, dict) else {}
