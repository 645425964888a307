"""Removed rows put back where they were."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from askew.cleaning.atomic import replacing
from askew.cleaning.removals import Log, State, read, record, seal
from askew.errors import InputError, UnknownNameError

ENDS = (b"\n", b"\r")


@dataclass(frozen=True)
class Undone:
    """back: the ids of rows that were put back, in order. still: how many are gone still. added: bytes that somebody
    has added at the end of the cleaned file; they stay there.
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
) -> Undone:
    """Write the cleaned file with rows put back: those ids, those groups, or all; all of them give the original again,
    byte for byte.

    `out` may be the cleaned file; the log notes what is back, so that more can be undone later, of any file made here.
    Rows that somebody added at the end stay there. InputError where the file was changed anywhere else, as then
    nothing tells where a row belongs: the log still has each row's `record`.
    """
    if not (ids or groups or every):
        raise InputError("Say which rows to put back: by their ids (--id), by their groups (--group), or all (--all).")
    known, data = read(log), _bytes(cleaned)
    state = _state(known, data, cleaned)
    back = state.back | ({row.removal.id for row in known.removed} if every else _wanted(known, ids, groups))
    made = _filled(known, state, data, back)
    with replacing(out) as file:
        file.write(made)
        record(known, seal([made], back))
    new = back - state.back
    in_order = tuple(row.removal.id for row in known.removed if row.removal.id in new)
    return Undone(in_order, len(known.removed) - len(back), len(data) - state.bytes)


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault.strerror or fault}.") from fault


def _state(log: Log, data: bytes, cleaned: str | Path) -> State:
    """The latest state that this file is, or whose bytes it begins with."""
    states = [*log.states, log.original]
    for state in reversed(states):
        if len(data) == state.bytes and _is(data, state):
            return state
    for state in sorted(states, key=lambda state: -state.bytes):
        if _ends_well(data, state) and _is(data[: state.bytes], state):
            return state
    raise InputError(
        f"{cleaned} was changed after rows were removed from it, not only at its end, so that nothing tells where they "
        f"belong. Undo it from the file as it was; each removed row is in {log.path}, as its `record`."
    )


def _is(data: bytes, state: State) -> bool:
    return hashlib.sha256(data).hexdigest() == state.sha256


def _ends_well(data: bytes, state: State) -> bool:
    """Whether what follows begins a line of its own."""
    first, rest = data[: state.bytes], data[state.bytes : state.bytes + 1]
    return bool(rest) and (not first or first.endswith(ENDS) or rest in ENDS)


def _wanted(log: Log, ids: Collection[str], groups: Collection[str]) -> set[str]:
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


def _filled(log: Log, state: State, data: bytes, back: frozenset[str]) -> bytes:
    """data: of a file that is, or begins, in this state. What was added is on a line of its own afterwards, too."""
    body, added = b"".join(_pieces(log, state, data[: state.bytes], back)), data[state.bytes :]
    if added and body and not (body.endswith(ENDS) or added.startswith(ENDS)):
        added = (b"\r\n" if b"\r\n" in body else b"\n") + added
    return body + added


def _pieces(log: Log, state: State, data: bytes, back: frozenset[str]) -> Iterator[bytes]:
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
