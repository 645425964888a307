"""Replicas: stores whose documents and vectors are in an engine that knows objects and tables only.

The engine keeps a log of commits, the rows that they name, and vectors by key. Rows are only added, so a commit is one
small object, and all that is read at a commit is of that commit, documents and vectors alike. Each machine derives a
catalogue and a text index from it (`askew.stores.replica.catalogue`), which follow the log; filters, BM25, notes and
readers are answered there, vectors by the engine.

    log.py        commits, and what they change
    rows.py       documents as rows
    changes.py    what a transaction on the catalogue changed
    catalogue.py  the catalogue of this machine, and how it follows the log
    lease.py      one writer at a time
    writer.py     from a transaction to a commit
    view.py       one state, pinned
    store.py      the store
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from askew.progress import Report
from askew.stores import Keys
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from askew.stores.flat import Rows
    from askew.stores.replica.log import Checkpoint, Commit
    from askew.stores.replica.rows import Row

Versions = Mapping[str, int]
"""The version of each table of the engine that a commit is of."""


class Vectors(Protocol):
    """The stored vectors of one state, also of passages deleted since the last `optimise`. A row is a place in `keys`.

    keys: (n,), ascending. shape: (n, dim).
    """

    keys: Keys

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> FloatMatrix:
        """Return the float32 vectors of a slice or an array of rows."""

    def candidates(self, query: FloatMatrix, k: int, noted: Mapping[str, Any]) -> "tuple[Rows, FloatMatrix] | None":
        """Return about the k nearest rows of an approximate index, ascending, and their vectors; None without one.

        noted: the facts that `optimise` noted.
        """


class Remote(Protocol):
    """The engine behind a replica. Methods raise StoreError if it cannot be reached."""

    identity: str
    """Another one for each store that was ever created."""
    place: str
    """Where the store is, for messages."""

    def after(self, number: int) -> "list[Commit]":
        """Return the commits with greater numbers, in order; fewer than all if they follow one another too fast."""

    def head(self) -> "Commit":
        """Return the latest commit."""

    def checkpoint(self, number: int) -> "Checkpoint":
        """Return the checkpoint of this commit."""

    def commit(self, commit: "Commit") -> bool:
        """Make a commit; return whether it is the one of its number, as another writer may have been first."""

    def save(self, checkpoint: "Checkpoint") -> None:
        """Keep a checkpoint, durably."""

    def lease(self, epoch: int) -> Mapping[str, Any]:
        """Return what was kept last by `keep_lease` for this epoch; {} if nothing."""

    def keep_lease(self, epoch: int, told: Mapping[str, Any]) -> None:
        """Replace what is kept of the lease of this epoch."""

    def append(self, versions: Versions, rows: "Sequence[Row]", keys: Keys, vectors: FloatMatrix) -> Versions:
        """Add rows and vectors to these versions, durably, and return the versions that have them.

        What an unfinished transaction added to the given versions is undone first.
        """

    def rows(self, versions: Versions, after: int) -> "Iterator[Sequence[Row]]":
        """Yield the rows with greater numbers, in order, in batches."""

    def vectors(self, versions: Versions, known: Vectors | None) -> Vectors:
        """Return the vectors of these versions. known: those of an earlier state, of which parts may be used again."""

    def optimise(self, versions: Versions, dead: Sequence[int], gone: Keys, report: Report) -> Versions:
        """Drop these documents and passages, merge small parts, and return the versions without them."""

    def tune(self, versions: Versions, vectors: Vectors, alive: Keys, recall: float) -> tuple[Versions, dict[str, Any]]:
        """Build the approximate index if it is due; return the versions with it, and the facts; {} without one."""

    def tidy(self, kept: int) -> None:
        """Delete what no reader can need any more. kept: the number of the checkpoint that the log begins with."""

    def bytes(self, versions: Versions) -> int:
        """Return the size of these versions."""

    def discard(self) -> None:
        """Delete the store."""

    def close(self) -> None: ...
