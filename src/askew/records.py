"""Documents from strings, dicts, tuples, generators, data frames and datasets.

Records without an id get one made from their title and text, so that adding the same texts again (a notebook cell
that runs twice) stores nothing twice.
"""

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from askew.documents.columns import SPREAD, Columns, Fields, columns, document
from askew.documents.formats.draft import without_feeds
from askew.documents.names import has_text, matching
from askew.documents.rows import Bad, Row, Table
from askew.errors import InputError, UnknownNameError
from askew.types import Document
from askew.validation import strings
from askew.values import (
    Frame,
    UnusableError,
    encodable,
    frame,
    id_of,
    is_missing,
    items,
    plain,
    readers_of,
    shown,
    text_of,
)

WANT = (
    "Pass documents as texts, dicts such as {'id': …, 'text': …}, tuples (id, text) or (id, text, metadata), "
    "Document objects or a data frame"
)
READERS = "readers"
BITS = 80
"""Length of the digest: the probability that any two of a billion texts share an id is below one in a million."""


def documents_from(
    data: object,
    *,
    text: str | Sequence[str] | None = None,
    title: str | None = None,
    id: str | None = None,
    metadata: Sequence[str] | None = None,
    readers: str | None = None,
    numbered: bool = False,
    pair: str = "joined",
) -> list[Document]:
    """Return the documents in one record or many.

    text, title, id, metadata: names of columns or keys; None guesses them as for files (`askew.documents.columns`).
    readers: of the groups that may read a document; None if they are in none.
    pair: see `Fields`.
    numbered: ids are positions ("0", "1", …) instead of digests, so that texts that occur twice stay two documents.
    Records that are equal in every field count once. InputError names the first record that cannot be used.
    """
    chosen = None if metadata is None else strings(metadata, "metadata", "['year', 'lang']")
    named = Fields(id, text, title, chosen, pair, readers)
    table = frame(data)
    if table is not None:
        return _distinct(_from_frame(table, named, numbered))
    return _distinct(_from_records(_records(data), named, numbered))


def text_id(text: str, title: str = "") -> str:
    """Return the id of a text that has none: 16 characters that depend on title and text only."""
    content = f"{len(title)}:{title}{text}"  # the length tells where the title ends
    found = hashlib.blake2b(content.encode("utf-8"), digest_size=BITS // 8).digest()
    return b32encode(found).decode("ascii").lower()


def _records(data: object) -> list[object]:
    """One record, or the elements of many."""
    if isinstance(data, str | Mapping | Document):
        return [data]
    if isinstance(data, PurePath):
        raise InputError(f"A path is not a document. Read the file with askew.read([{str(data)!r}]).")
    if isinstance(data, tuple) and data and _is_fields(data):
        return [data]
    return items(data, WANT)


def _is_fields(data: tuple[object, ...]) -> bool:
    """Whether a tuple is one record rather than several. InputError for two strings, which may be either."""
    if hasattr(data, "_asdict"):
        return True
    texts = [isinstance(part, str) for part in data]
    if texts == [True, True]:
        raise InputError(
            "A tuple of two strings can be an id with its text or two texts. Pass [(id, text)] for one document, "
            "[text, text] for two."
        )
    with_metadata = len(data) == 3 and isinstance(data[2], Mapping | None)
    return texts[1:2] == [True] and (len(data) == 2 or with_metadata)


def _from_frame(table: Frame, named: Fields, numbered: bool) -> list[Document]:
    if not table.rows:
        return []
    guessed = not named.text and not has_text(table.names)
    looked_at = table.names if guessed else [SPREAD] if named.metadata and SPREAD in table.names else []
    found = _columns(table.names, _rows(table, looked_at), named)
    wanted = [name for name in table.names if _wanted(name, found)]
    return [_row(place, row, found, numbered) for place, row in enumerate(_rows(table, wanted))]


def _rows(table: Frame, names: Sequence[str]) -> list[dict[str, object]]:
    return [dict(zip(names, row, strict=True)) for row in zip(*(table.column(name) for name in names), strict=True)]


def _from_records(records: list[object], named: Fields, numbered: bool) -> list[Document]:
    parts = [_as_dict(record) for record in records]
    rows = [part for part in parts if isinstance(part, Mapping)]
    names = dict.fromkeys(name for row in rows for name in row)
    if named.named and len(rows) < len(parts):
        raise InputError(
            "text, title, id, metadata and readers name keys of dicts or columns; these records have none."
        )
    found = _columns(tuple(names), rows, named) if rows else None
    return [
        _row(place, part, found, numbered)
        if isinstance(part, Mapping) and found is not None
        else _unnamed(place, part, numbered)
        for place, part in enumerate(parts)
    ]


def _as_dict(record: Any) -> object:
    """A named tuple, a `sqlite3.Row` or a row of a DataFrame as a dict; anything else as it is."""
    if isinstance(record, tuple) and hasattr(record, "_asdict"):
        return record._asdict()
    if hasattr(record, "keys") and not isinstance(record, Mapping | type):
        return {name: record[name] for name in record.keys()}  # noqa: SIM118  # a row iterates over its values
    return record


def _columns(names: tuple[str, ...], rows: Iterable[Mapping[str, Any]], named: Fields) -> Columns:
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"The keys of a record must be strings, not {shown(name)}.")
    held = [Row(0, {key: None if is_missing(value) else value for key, value in row.items()}) for row in rows]
    inner = {key for row in held if isinstance(row.values.get(SPREAD), Mapping) for key in row.values[SPREAD]}
    for name in filter(None, (named.id, *named.texts, named.title, named.readers, *(named.metadata or ()))):
        known = {*names, *inner} if name in (named.metadata or ()) else names
        if not matching(name, known) and ("." not in name or not matching(name.partition(".")[0], known)):
            raise UnknownNameError("column", name, known)
    return replace(columns(Table(1, names, tuple(held), cells=False), named, "records"), own_id=True)


def _wanted(name: str, found: Columns) -> bool:
    if found.chosen is None or name == SPREAD:
        return True
    return any(
        name in (one, one.partition(".")[0])
        for one in (found.id, *found.texts, found.title, found.readers, *found.chosen)
    )


def _row(place: int, values: Mapping[str, object], found: Columns, numbered: bool) -> Document:
    if isinstance(given := values.get(READERS), set | frozenset):  # of `dataclasses.asdict`: no metadata is a set
        rest = {name: value for name, value in values.items() if name != READERS}
        return replace(_row(place, rest, found, numbered), readers=readers_of(given))
    kept = {name: _cell(place, name, value, found) for name, value in values.items() if _wanted(name, found)}
    spread = kept.get(SPREAD)
    if isinstance(spread, dict):
        kept[SPREAD] = {name: value for name, value in spread.items() if value is not None}
    present = {name: value for name, value in kept.items() if value is not None}
    made = document(Row(place, present), found, "")
    if isinstance(made, Bad):
        raise InputError(f"The record at position {place} cannot be used: {made.reason}.")
    return made if made.id else replace(made, id=_own_id(place, made, numbered))


def _cell(place: int, name: str, value: object, found: Columns) -> Any:
    try:
        if (name,) == found.texts:
            return text_of(value)
        return id_of(value) if name == found.id else plain(value)
    except UnusableError as fault:
        raise _unusable(place, f"{name!r}: ", fault) from None


def _unnamed(place: int, record: object, numbered: bool) -> Document:
    """A string, a tuple or a Document."""
    try:
        if isinstance(record, str):
            return _with_text(place, record, numbered)
        if isinstance(record, tuple):
            return _from_tuple(place, record)
        if isinstance(record, Document):
            return _checked(record)
    except UnusableError as fault:
        raise _unusable(place, "", fault) from None
    raise InputError(f"{WANT}; at position {place} is {shown(record)}.")


def _with_text(place: int, given: str, numbered: bool) -> Document:
    made = Document("", without_feeds(text_of(given)))
    return replace(made, id=_own_id(place, made, numbered))


def _from_tuple(place: int, record: tuple[Any, ...]) -> Document:
    if len(record) not in (2, 3):
        raise InputError(f"A tuple is (id, text) or (id, text, metadata); at position {place} it has {len(record)}.")
    data = record[2] if len(record) == 3 else {}
    if data is not None and not isinstance(data, Mapping):
        raise InputError(f"The metadata of a tuple is a dict; at position {place} it is {shown(data)}.")
    kept = {name: value for name, value in plain(data or {}).items() if value is not None}
    return Document(id_of(record[0]), without_feeds(text_of(record[1])), metadata=kept)


def _checked(given: Document) -> Document:
    """Null stays null here, and pages stay: the digest of what was stored before must not change."""
    if not isinstance(given.id, str):
        raise UnusableError(f"the id of a Document is a string, not {shown(given.id)}")
    if not isinstance(given.title, str) or not isinstance(given.source, str):
        raise UnusableError("title and source of a Document are strings")
    if not isinstance(given.metadata, Mapping):
        raise UnusableError(f"the metadata of a Document is a dict, not {shown(given.metadata)}")
    own = (id_of(given.id), text_of(given.text), encodable(given.title), plain(given.metadata))
    return Document(*own, source=encodable(given.source), readers=readers_of(given.readers))


def _own_id(place: int, made: Document, numbered: bool) -> str:
    return str(place) if numbered else text_id(made.text, made.title)


def _unusable(place: int, field: str, fault: UnusableError) -> InputError:
    return InputError(f"The record at position {place} cannot be used: {field}{fault}.")


def _distinct(documents: list[Document]) -> list[Document]:
    first: dict[str, tuple[int, Document]] = {}
    for place, made in enumerate(documents):
        earlier, known = first.setdefault(made.id, (place, made))
        if known != made:
            raise InputError(
                f"The records at positions {earlier} and {place} differ but share the id {made.id!r}. "
                "Give each an id that occurs once (id=… names the column)."
            )
    return [made for _, made in first.values()]
