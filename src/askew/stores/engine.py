"""What is the same for every engine: reads that follow from others, and the base class of a new engine.

An engine that has transactions of its own and knows faster ways, such as the local store, needs only `Derived` and
overrides of it what it likes.
"""

import copy
import shutil
import sqlite3
import threading
import weakref
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.stores import Account, Block, Keys, MetadataField, Neighbours, VectorStore
from askew.stores.bookkeeping import SCHEMA, Bookkeeping
from askew.stores.local.connections import guarded
from askew.types import FloatMatrix, SparseRows, Where, excerpt

if TYPE_CHECKING:
    from askew.stores.inverted import Inverted


@dataclass(frozen=True)
class Blocks:
    """A snapshot of these keys, ascending. `find` returns their vectors, also of passages deleted since."""

    keys: Keys
    find: Callable[[Keys], FloatMatrix]
    rows: int

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        return self.find(np.asarray(keys, np.int64).reshape(-1))

    def __iter__(self) -> Iterator[Block]:
        for start in range(0, len(self.keys), self.rows):
            part = self.keys[start : start + self.rows]
            yield Block(part, self.find(part))


class Inverting(VectorStore, Protocol):
    """A store that can invert its sparse vectors."""

    def _inverted(self) -> "Inverted": ...


class Derived:
    """The reads of `askew.stores.Store` that an engine need not write."""

    if TYPE_CHECKING:

        @property
        def missing(self) -> Sequence[str]: ...
    else:
        missing = ()  # read by every search, without a call

    def sparse(self: Inverting, queries: SparseRows, k: int, where: Where | None = None) -> Neighbours:
        inverted, kept = _kept(self, where)
        return inverted.nearest(queries, k, kept)

    def sparse_moments(self: Inverting, queries: SparseRows) -> list[tuple[float, float]]:
        inverted, kept = _kept(self, None)
        return inverted.moments(queries, kept)

    def keys(self: VectorStore, where: Where | None = None) -> Keys:
        return self.blocks(where).keys

    def count(self: VectorStore, where: Where | None = None) -> int:
        return len(self.blocks(where).keys)

    def vectors(self: VectorStore, keys: Sequence[int] | Keys) -> FloatMatrix:
        held, wanted = self.blocks(), np.asarray(keys, np.int64).reshape(-1)
        unknown = wanted[~np.isin(wanted, held.keys)]
        if len(unknown):
            raise KeyError(int(unknown[0]))
        return held.vectors(wanted)

    def owners(self: VectorStore, keys: Sequence[int]) -> list[str]:
        return [passage.document for passage in self.passages(keys)]

    def fields(self: VectorStore) -> list[MetadataField]:
        from askew.stores.local.filters import described
        from askew.stores.where import leaves

        held: dict[str, dict[str, set[Any]]] = {}
        having: Counter[str] = Counter()
        for document in self.documents([account.document for account in self.accounts()]):
            found = list(leaves(document.metadata))
            having.update({leaf.field for leaf in found})
            for leaf in found:
                held.setdefault(leaf.field, {}).setdefault(leaf.value.kind, set()).add(leaf.value.plain)
        return [
            described(name, having[name], {kind: (min(plain), max(plain)) for kind, plain in kinds.items()})
            for name, kinds in sorted(held.items())
        ]

    def losers(self: VectorStore, limit: int) -> list[Account]:
        lost = (account for account in self.accounts() if account.lost > 0)
        return nsmallest(max(limit, 0), lost, lambda one: (-one.lost, -one.tokens, one.document))

    def check(self: VectorStore, *, quick: bool = False) -> list[str]:
        with self.snapshot():
            accounts, held = list(self.accounts()), self.blocks()
            extents = self.extents([account.document for account in accounts])
            if sorted(chain.from_iterable(extents)) != held.keys.tolist():
                return ["The keys of the documents and of the vectors differ."]
            found = [
                f"Document {account.document!r} has {account.passages} passages, but {len(extent)} keys."
                for account, extent in zip(accounts, extents, strict=True)
                if len(extent) != account.passages
            ]
            return found if quick else [*found, *chain.from_iterable(_faults(self, block) for block in held)]

    def foreign_files(self) -> list[str]:
        return []


def _kept(store: Inverting, where: Where | None) -> "tuple[Inverted, NDArray[np.bool_]]":
    """Return the sparse vectors, and whether the filter keeps each."""
    with store.snapshot():
        inverted, keys = store._inverted(), store.blocks(where).keys
    kept = np.zeros(inverted.rows, np.bool_)
    kept[keys - inverted.base] = True
    return inverted, kept


def _faults(store: VectorStore, block: Block) -> Iterator[str]:
    """Yield what is wrong with these passages."""
    passages = store.passages(block.keys.tolist())
    owners = dict.fromkeys(passage.document for passage in passages)
    texts = {document.id: document.text for document in store.documents(list(owners))}
    for passage, vector in zip(passages, block.vectors, strict=True):
        where = f"Document {passage.document!r}, passage {passage.number}"
        if excerpt(texts[passage.document], passage.start, passage.end) != passage.text:
            yield f"{where}: its text is not that of the document."
        if not np.isfinite(vector).all():
            yield f"{where}: its vector contains NaN or infinity."


class Engine(Bookkeeping, Derived):
    """The base class of a store without transactions of its own: a lock gives the store to one thread at a time.

    The bookkeeping is in a SQLite connection, in memory or in a file. Subclasses write and read documents and vectors,
    within `_change` and `_read`.
    """

    def __init__(self, connection: sqlite3.Connection, manifest: str, access: bool = False) -> None:
        """Create an empty store. connection: empty, without automatic transactions, usable by every thread. access:
        with access control.
        """
        from tempfile import mkdtemp

        from askew.stores import readers

        connection.executescript(SCHEMA + (readers.SCHEMA if access else ""))
        self.access = access
        self.manifest, self.writable = manifest, True
        self._connection, self._turn = connection, threading.RLock()
        self._scratch = Path(mkdtemp(prefix="askew-"))
        # The lock is what all objects for one store share until the last is gone.
        weakref.finalize(self._turn, shutil.rmtree, self._scratch, ignore_errors=True)
        weakref.finalize(self._turn, connection.close)

    @abstractmethod
    def _undo(self) -> Callable[[], None]:
        """Return what sets documents and vectors back to what they are now, after a change that failed."""

    def share(self, *, writable: bool = False) -> Self:
        """Return another object for the same store. Raises StoreError if that was discarded."""
        other = copy.copy(self)
        other.writable = writable
        with other.snapshot():
            return other

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """Read one state in all calls inside the block: changes of other threads wait."""
        with self._read():
            yield self

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with self._change():
            yield self

    def change(self) -> int:
        with self._read() as connection:
            return -1 if connection.in_transaction else connection.total_changes

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._turn, guarded(Path(":memory:")):
            self._connection.execute("SELECT 1")  # raises once the store is discarded
            yield self._connection

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        if not self.writable:
            raise StoreError("The store is open read-only; open it with writable=True.")
        with self._read() as connection:
            undo = self._undo()
            connection.execute("SAVEPOINT change")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK TO change")
                undo()
                raise
            finally:
                connection.execute("RELEASE change")

    def scratch(self) -> Path:
        return self._scratch

    def discard(self) -> None:
        with self._change():
            shutil.rmtree(self._scratch, ignore_errors=True)
        self._connection.close()

    def close(self) -> None:
        """Do nothing: the content is there for as long as an object for it is."""
