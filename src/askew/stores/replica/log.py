"""The log of a replicated store: commits, what they change, and checkpoints.

A commit names the versions of the engine's tables that hold its rows, and lists what is not in rows: deleted
documents, notes, sources, readers. Commit n + 1 exists or does not, and never changes; whoever makes it first wins. A
checkpoint is the sum of the changes up to a commit, so that a new replica need not read the log from its beginning.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from askew.errors import StoreError

FORMAT = 1
EVERY = 64
"""Commits from one checkpoint to the next."""

Scalar = str | int | float


@dataclass(frozen=True)
class Delta:
    """What changes beside added rows; None stands for what is deleted.

    dead: numbers of deleted documents. moved: the sources of documents, by number. readers: likewise. entries: of the
    table `meta`. sources: the stamp of each path.
    """

    dead: tuple[int, ...] = ()
    moved: Mapping[int, str] = field(default_factory=dict)
    readers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    entries: Mapping[str, Scalar | None] = field(default_factory=dict)
    sources: Mapping[str, str | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.dead or self.moved or self.readers or self.entries or self.sources)

    def settled(self) -> Self:
        """Return the sum of all changes without what they deleted, whose rows are gone too."""
        dead = set(self.dead)
        return replace(
            self,
            dead=(),
            moved={number: source for number, source in self.moved.items() if number not in dead},
            readers={number: names for number, names in self.readers.items() if number not in dead},
        )

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            tuple(told["dead"]),
            {int(number): source for number, source in told["moved"].items()},
            {int(number): tuple(names) for number, names in told["readers"].items()},
            told["entries"],
            told["sources"],
        )


def folded(deltas: Iterable[Delta]) -> Delta:
    """Return changes, in this order, as one."""
    dead: list[int] = []
    moved: dict[int, str] = {}
    readers: dict[int, tuple[str, ...]] = {}
    entries: dict[str, Scalar | None] = {}
    sources: dict[str, str | None] = {}
    for one in deltas:
        dead += one.dead
        moved |= one.moved
        readers |= one.readers
        entries |= one.entries
        sources |= one.sources
    return Delta(tuple(dead), moved, readers, entries, sources)


@dataclass(frozen=True)
class Commit:
    """One commit. token: of this attempt, to tell it from another writer's. epoch: the commit by which its writer
    became the writer. checkpoint: the number of the latest one before it; 0 if there is none.

    numbers, rows: the highest document number, and the lowest free key. longest: the maximum norm of the vectors.
    """

    number: int
    token: str = ""
    epoch: int = 0
    owner: str = ""
    checkpoint: int = 0
    numbers: int = 0
    rows: int = 0
    longest: float = 0.0
    versions: Mapping[str, int] = field(default_factory=dict)
    delta: Delta = field(default_factory=Delta)

    def to_bytes(self) -> bytes:
        return _packed(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes, place: str) -> Self:
        told = _unpacked(data, place)
        try:
            return cls(**{**told, "delta": Delta.of(told["delta"])})
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise _damaged(place) from error


@dataclass(frozen=True)
class Checkpoint:
    """The sum of the changes of all commits up to this number."""

    number: int
    delta: Delta = field(default_factory=Delta)

    def to_bytes(self) -> bytes:
        return _packed(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes, place: str) -> Self:
        told = _unpacked(data, place)
        try:
            return cls(told["number"], Delta.of(told["delta"]))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise _damaged(place) from error


def _packed(told: dict[str, Any]) -> bytes:
    return json.dumps({"format": FORMAT, **told}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _unpacked(data: bytes, place: str) -> dict[str, Any]:
    try:
        told = json.loads(data)
        found = told.pop("format")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise _damaged(place) from error
    check_format(found, place)
    return dict(told)


def check_format(found: object, place: str) -> None:
    """Raise StoreError if a newer version of askew wrote this."""
    if found != FORMAT:
        raise StoreError(
            f"{place} was written by a newer version of askew (format {found}; this version reads up to {FORMAT}). "
            "Upgrade with: pip install --upgrade askew"
        )


def _damaged(place: str) -> StoreError:
    return StoreError(f"A commit of {place} is damaged. Restore the store from a backup, or index its documents anew.")
