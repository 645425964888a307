"""Removed rows: the cleaned file, the log that holds every removed row for an undo, and a table of them for people."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.dedup.clean import Original, copied, record_of
from askew.errors import InputError
from askew.export.cells import as_json
from askew.export.tables import write as write_table
from askew.files import output, sync
from askew.values import from_json

VERSION = 1
COLUMNS = ("row", "kept_row", "kept_id", "kept_text", "score", "label", "reason")
"""Columns of the table beside those of the file, after the first one."""
SHOWN = 4
"""Decimal places of a score for people."""


@dataclass(frozen=True)
class Removal:
    """A row to remove. stays: the id of the row that is kept in its place. score, verdict (the label) and layer (how it
    was found): of the pair of the two. reason: why it may go, in words.
    """

    id: str
    group: str
    stays: str
    score: float
    verdict: str = ""
    layer: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Removed:
    """A removed row: its position in the original, in bytes and lines or on a sheet, and its content."""

    line: int
    offset: int
    record: bytes
    removal: Removal
    sheet: str = ""


@dataclass(frozen=True)
class FileState:
    """A known state of the file, identified by its first `bytes`; the rows of `back` have been restored. The
    original has all rows.
    """

    sha256: str
    bytes: int
    back: frozenset[str]


@dataclass(frozen=True)
class RemovalLog:
    """A removal log.

    removed: in the order of the original. states: the cleaned file, then each file made from it. source: path of the
    original. format: of a file that is not one of lines, whose rows come back from the original; else "".
    """

    path: str
    original: FileState
    states: tuple[FileState, ...]
    removed: tuple[Removed, ...]
    source: str = ""
    format: str = ""


@dataclass(frozen=True)
class KeptRow:
    """A row that is kept in place of others. number: None if it is in no file."""

    number: int | None
    text: str


def remove(
    original: Original,
    removals: Sequence[Removal],
    cleaned: str | Path,
    log: str | Path,
    table: str | Path | None = None,
    elsewhere: Mapping[str, KeptRow] | None = None,
) -> int:
    """Write the file without these rows, the log, and a table of what was removed; return the number of rows kept.

    Each is written atomically, the log first, so a cleaned file can always be undone. A log of other removals is not
    overwritten. elsewhere: the rows that are kept, by id, if they are in another corpus.
    """
    _check(original, removals, cleaned, log, elsewhere)
    gone = {removal.id: removal for removal in removals}
    pieces = copied(original, gone)
    header = {
        "askew": "removals",
        "version": VERSION,
        "original": {"path": original.path, **_seal([original.data])},
        "cleaned": {"path": str(cleaned), **_seal(pieces)},
        "removed": len(gone),
        **({} if original.is_by_line else {"format": original.format}),
    }
    ordered = _in_order(original, gone.values())
    with output(cleaned) as clean:
        clean.writelines(pieces)
        with output(log) as file:
            file.write(_line(header))
            file.writelines(_line(_row(original, removal)) for removal in ordered)
        if table is not None:
            write_table(table, _table(original, ordered, elsewhere), table_columns(original))
    return len(original.documents) - len(gone)


def table_columns(original: Original) -> list[str]:
    """Return the columns of the table of removed rows: the row, those of the file, the row that is kept, and why."""
    sheets = ["sheet"] if len({row.sheet for row in original.rows.values()}) > 1 else []
    ids = [] if "id" in original.names else ["id"]
    own = _own_names(original)
    return [own["row"], *sheets, *ids, *original.names, *(own[name] for name in COLUMNS[1:])]


def _own_names(original: Original) -> dict[str, str]:
    """Return our columns, with another name if the file has one of that name."""
    return {name: f"askew_{name}" if name in original.names else name for name in COLUMNS}


def _table(
    original: Original, removals: Sequence[Removal], elsewhere: Mapping[str, KeptRow] | None
) -> Iterator[Mapping[str, object]]:
    own = _own_names(original)
    texts = {document.id: document.text for document in original.documents}
    for removal in removals:
        row = original.rows[removal.id]
        if elsewhere is None:
            kept = KeptRow(original.rows[removal.stays].number, texts[removal.stays])
        else:
            kept = elsewhere[removal.stays]
        score = round(removal.score, SHOWN)
        about = (row.number, kept.number, removal.stays, kept.text, score, str(removal.verdict), str(removal.reason))
        yield {"sheet": row.sheet, "id": removal.id, **row.values, **dict(zip(own.values(), about, strict=True))}


def read(path: str | Path) -> RemovalLog:
    """Read a log; InputError if it is another kind of file or damaged. An incomplete last line is ignored."""
    lines = _lines(path)
    header = next(lines, {})
    if header.get("askew") != "removals":
        raise InputError(f"{path} is not a removal log, which `askew` writes next to a cleaned file.")
    if header.get("version") != VERSION:
        raise InputError(
            f"{path} was written by another version of askew (log {header.get('version')}, expected {VERSION}): use "
            "that version."
        )
    try:
        held = list(lines)
        format, source = str(header.get("format", "")), str(header["original"]["path"])
        removed = tuple(_removed(line) for line in held if "id" in line)
        states = [_state(header["cleaned"], ()), *(_state(line, line["back"]) for line in held if "back" in line)]
        original = _state(header["original"], (row.removal.id for row in removed))
        missing = header["removed"] - len(removed)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged: missing or invalid {error}.") from error
    if missing:
        raise InputError(f"{path} is damaged: it has only {len(removed):,} of {header['removed']:,} removed rows.")
    return RemovalLog(str(path), original, tuple(states), removed, source, format)


def record(log: RemovalLog, state: FileState) -> None:
    """Append a state to the log, durable on return."""
    line = _line({"sha256": state.sha256, "bytes": state.bytes, "back": sorted(state.back)})
    try:
        with Path(log.path).open("r+b") as file:
            file.seek(file.read().rfind(b"\n") + 1)  # overwrite an incomplete last line
            file.truncate()
            file.write(line)
            sync(file)
    except OSError as error:
        raise InputError(f"Cannot write the log {log.path}: {error.strerror or error}.") from error


def seal(pieces: Iterable[bytes | memoryview], back: Iterable[str]) -> FileState:
    return _state(_seal(pieces), back)


def _state(sealed: Mapping[str, Any], back: Iterable[str]) -> FileState:
    return FileState(sealed["sha256"], sealed["bytes"], frozenset(back))


def _check(
    original: Original,
    removals: Sequence[Removal],
    cleaned: str | Path,
    log: str | Path,
    elsewhere: Mapping[str, KeptRow] | None,
) -> None:
    real = os.path.realpath
    if real(log) in (real(cleaned), real(original.path)):
        raise InputError(f"The log {log} would overwrite the file itself: choose another path for it.")
    if elsewhere is None:
        gone = {removal.id for removal in removals}
        both = next((removal.stays for removal in removals if removal.stays in gone), "")
        if both:
            raise InputError(f"Row {both!r} cannot both be removed and be kept in place of others.")
        for removal in removals:
            record_of(original, removal.stays)
    if Path(log).exists() and Path(log).stat().st_size:
        held = next(_lines(log), {})
        sealed = _seal([original.data])["sha256"]
        if (held.get("original", {}).get("sha256"), held.get("cleaned", {}).get("path")) != (sealed, str(cleaned)):
            raise InputError(f"{log} already holds other data, which an undo may need: choose another log.")


def _in_order(original: Original, removals: Iterable[Removal]) -> list[Removal]:
    place = {document.id: number for number, document in enumerate(original.documents)}
    return sorted(removals, key=lambda removal: (record_of(original, removal.id).start, place[removal.id]))


def _row(original: Original, removal: Removal) -> Mapping[str, object]:
    found = record_of(original, removal.id)
    data = original.data[found.start : found.end]
    about = {**vars(removal), "line": found.line, "offset": found.start}
    if not original.is_by_line:
        row = original.rows[removal.id]
        return {**about, "sheet": row.sheet, "record": as_json(row.values)}
    try:
        return {**about, "record": data.decode("utf-8")}
    except UnicodeDecodeError:  # one character per byte, so that each byte comes back
        return {**about, "record": data.decode("latin-1"), "encoding": "latin-1"}


def _removed(line: Mapping[str, Any]) -> Removed:
    how = (line["score"], line["verdict"], line["layer"], line.get("reason", ""))
    removal = Removal(line["id"], line["group"], line["stays"], *how)
    record = line["record"].encode(line.get("encoding", "utf-8"))
    return Removed(line["line"], line["offset"], record, removal, line.get("sheet", ""))


def _seal(pieces: Iterable[bytes | memoryview]) -> dict[str, Any]:
    hash, count = hashlib.sha256(), 0
    for piece in pieces:
        hash.update(piece)
        count += len(piece)
    return {"sha256": hash.hexdigest(), "bytes": count}


def _line(value: object) -> bytes:
    return as_json(value).encode("utf-8") + b"\n"


def _lines(path: str | Path) -> Iterator[dict[str, Any]]:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            value = from_json(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise InputError(f"{path}:{number} is not a line of a removal log.")
        yield value
