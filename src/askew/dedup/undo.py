"""Undo of removals: rows are restored at their original position."""

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from askew.dedup.clean import WRITTEN_ANEW
from askew.dedup.removals import FileState, RemovalLog, read, record, seal
from askew.errors import InputError, UnknownNameError
from askew.files import check_outputs, output

ENDS = (b"\n", b"\r")
TABLES = (".csv", ".parquet")


@dataclass(frozen=True)
class Undone:
    """The outcome of an undo.

    back: the ids of the restored rows, in order. still: the number of rows still removed. added: bytes appended to the
    cleaned file by someone else; they are kept.
    """

    back: tuple[str, ...]
    still: int
    added: int


def undo(
    log: str | Path,
    cleaned: str | Path,
    out: str | Path,
    *,
    ids: Collection[str] = (),
    groups: Collection[str] = (),
    every: bool = False,
    force: bool = False,
) -> Undone:
    """Write the cleaned file with rows restored: these ids, these groups, or all, which gives the original byte for
    byte.

    `out` may be the cleaned file; the log records what was restored, so that more can be undone later, from any file
    written here. Rows appended by someone else are kept, in files of lines. A workbook or a Parquet file is made anew
    from the original, which must still be there. force: replace another file that exists, but never what is read.

    Raises InputError if the file was changed anywhere else, since row positions are then unknown; the log still has
    each row's `record`.
    """
    if not (ids or groups or every):
        raise InputError("Choose the rows to restore: by id (--id), by group (--group), or all (--all).")
    known, data = read(_log_of(log)), _bytes(cleaned)
    if os.path.realpath(out) != os.path.realpath(cleaned):
        check_outputs([Path(out)], force=force, sources=[log, known.path, known.source])
    state = _state(known, data, cleaned)
    back = state.back | ({row.removal.id for row in known.removed} if every else _wanted(known, ids, groups))
    made = _anew(known, back) if known.format else _filled(known, state, data, back)
    with output(out) as file:
        file.write(made)
        record(known, seal([made], back))
    new = back - state.back
    in_order = tuple(row.removal.id for row in known.removed if row.removal.id in new)
    return Undone(in_order, len(known.removed) - len(back), len(data) - state.bytes)


def _log_of(path: str | Path) -> Path:
    """Return the log beside a table of removed rows."""
    given = Path(path)
    log = given.with_suffix(".jsonl")
    return log if given.suffix.lower() in TABLES and log.is_file() else given


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def _state(log: RemovalLog, data: bytes, cleaned: str | Path) -> FileState:
    """Return the latest state that matches this file, or its beginning."""
    states = [*log.states, log.original]
    for state in reversed(states):
        if len(data) == state.bytes and _is(data, state):
            return state
    for state in sorted(states, key=lambda state: -state.bytes) if not log.format else ():
        if _ends_well(data, state) and _is(data[: state.bytes], state):
            return state
    raise InputError(
        f"{cleaned} was edited, not just appended to, since rows were removed, so their positions are unknown. Undo "
        f"from the unedited file, or copy the rows from {log.path}, where each has its `record`."
    )


def _is(data: bytes, state: FileState) -> bool:
    return hashlib.sha256(data).hexdigest() == state.sha256


def _ends_well(data: bytes, state: FileState) -> bool:
    """Return whether the rest begins on a new line."""
    first, rest = data[: state.bytes], data[state.bytes : state.bytes + 1]
    return bool(rest) and (not first or first.endswith(ENDS) or rest in ENDS)


def _wanted(log: RemovalLog, ids: Collection[str], groups: Collection[str]) -> set[str]:
    known = {row.removal.id for row in log.removed}
    grouped = {row.removal.group for row in log.removed}
    for id in ids:
        if id not in known:
            raise UnknownNameError("removed row", id, known)
    for group in groups:
        if group not in grouped:
            raise UnknownNameError("group of removed rows", group, grouped)
    chosen, whole = set(ids), set(groups)
    return {row.removal.id for row in log.removed if row.removal.id in chosen or row.removal.group in whole}


def _anew(log: RemovalLog, back: frozenset[str]) -> bytes:
    """Return the original without the rows that are still removed."""
    places = (Path(log.source), Path(log.path).with_name(Path(log.source).name))
    path = next((path for path in places if path.is_file()), places[0])
    data = _bytes(path)
    if not _is(data, log.original):
        raise InputError(f"{path} has changed since rows were removed from a copy of it, so they cannot be put back.")
    gone: dict[str, set[int]] = {}
    for row in log.removed:
        if row.removal.id not in back:
            gone.setdefault(row.sheet, set()).add(row.line)
    return WRITTEN_ANEW[log.format](data, gone) if gone else data


def _filled(log: RemovalLog, state: FileState, data: bytes, back: frozenset[str]) -> bytes:
    """Return the data with rows restored; data that begins with this state. Appended rows stay on separate lines."""
    body, added = b"".join(_pieces(log, state, data[: state.bytes], back)), data[state.bytes :]
    if added and body and not (body.endswith(ENDS) or added.startswith(ENDS)):
        added = (b"\r\n" if b"\r\n" in body else b"\n") + added
    return body + added


def _pieces(log: RemovalLog, state: FileState, data: bytes, back: frozenset[str]) -> Iterator[bytes]:
    at, gone = 0, 0
    for row in log.removed:
        if row.removal.id in state.back:
            continue
        place = row.offset - gone
        yield data[at:place]
        at = place
        gone += len(row.record)
        if row.removal.id in back:
            yield row.record
    yield data[at:]
