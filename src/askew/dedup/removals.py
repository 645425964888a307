"""Removed rows: the cleaned file, and the log that holds every removed row and the reason."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.dedup.clean import Original, record_of, staying
from askew.errors import InputError
from askew.export.cells import as_json
from askew.files import output, sync
from askew.values import from_json

VERSION = 1


@dataclass(frozen=True)
class Removal:
    """A row to remove. stays: the id of the row kept in its group. score, verdict and layer (how it was found): of
    the pair of the two or, if they are not a pair, of the pair that linked the row to the group.
    """

    id: str
    group: str
    stays: str
    score: float
    verdict: str = ""
    layer: str = ""


@dataclass(frozen=True)
class Removed:
    """A removed row: its position in the original, in bytes and lines, and its content."""

    line: int
    offset: int
    record: bytes
    removal: Removal


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

    removed: in the order of the original. states: the cleaned file, then each file made from it.
    """

    path: str
    original: FileState
    states: tuple[FileState, ...]
    removed: tuple[Removed, ...]


def remove(original: Original, removals: Sequence[Removal], cleaned: str | Path, log: str | Path) -> int:
    """Write the file without these rows, and the log; return the number of rows kept.

    Both are written atomically, the log first, so a cleaned file can always be undone. `cleaned` may be the original. A
    log of other removals is not overwritten.
    """
    _check(original, removals, cleaned, log)
    gone = {removal.id: removal for removal in removals}
    pieces = list(staying(original, gone))
    header = {
        "askew": "removals",
        "version": VERSION,
        "original": {"path": original.path, **_seal([original.data])},
        "cleaned": {"path": str(cleaned), **_seal(pieces)},
        "removed": len(gone),
    }
    with output(cleaned) as clean:
        clean.writelines(pieces)
        with output(log) as file:
            file.write(_line(header))
            file.writelines(_line(_row(original, removal)) for removal in _in_order(original, gone.values()))
    return len(original.documents) - len(gone)


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
        removed = tuple(_removed(line) for line in held if "id" in line)
        states = [_state(header["cleaned"], ()), *(_state(line, line["back"]) for line in held if "back" in line)]
        original = _state(header["original"], (row.removal.id for row in removed))
        missing = header["removed"] - len(removed)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged: missing or invalid {error}.") from error
    if missing:
        raise InputError(f"{path} is damaged: it has only {len(removed):,} of {header['removed']:,} removed rows.")
    return RemovalLog(str(path), original, tuple(states), removed)


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


def _check(original: Original, removals: Sequence[Removal], cleaned: str | Path, log: str | Path) -> None:
    real = os.path.realpath
    if real(log) in (real(cleaned), real(original.path)):
        raise InputError(f"The log {log} would overwrite the file itself: choose another path for it.")
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
    return sorted(removals, key=lambda removal: record_of(original, removal.id).start)


def _row(original: Original, removal: Removal) -> Mapping[str, object]:
    found = record_of(original, removal.id)
    data = original.data[found.start : found.end]
    about = {**vars(removal), "line": found.line, "offset": found.start}
    try:
        return {**about, "record": data.decode("utf-8")}
    except UnicodeDecodeError:  # one character per byte, so that each byte comes back
        return {**about, "record": data.decode("latin-1"), "encoding": "latin-1"}


def _removed(line: Mapping[str, Any]) -> Removed:
    removal = Removal(line["id"], line["group"], line["stays"], line["score"], line["verdict"], line["layer"])
    return Removed(line["line"], line["offset"], line["record"].encode(line.get("encoding", "utf-8")), removal)


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
