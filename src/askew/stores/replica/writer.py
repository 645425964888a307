"""The writer of a replicated store: from a transaction on the catalogue to a commit in the log.

Rows and vectors are added to the engine's tables first, where nobody looks for them; the commit makes them part of
the store, and the transaction on the catalogue of this machine ends after it. A writer that is killed in between leaves
rows that no commit names, which the next writer undoes.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from askew.errors import StoreError
from askew.stores import Entry, catalog, records
from askew.stores.catalog import State
from askew.stores.replica import changes, lease
from askew.stores.replica.catalogue import Replica, finish, latest
from askew.stores.replica.log import EVERY, Checkpoint, Commit, folded
from askew.stores.replica.rows import of_records

if TYPE_CHECKING:
    from askew.stores.replica import Remote, Versions

VERSIONS = "versions"
"""Entry of `meta`: the versions of the engine's tables; in a transaction, with what it has added."""
FRESH = 2
"""Commits since the last checkpoint that need no new one."""


class Writer:
    """The one writer of a store. Not thread-safe; the store lets one thread in at a time."""

    def __init__(self, remote: "Remote", replica: Replica, access: bool, wait: float, seconds: float) -> None:
        self._remote, self._replica, self._access = remote, replica, access
        self._lost = ""
        self._lease, _ = lease.acquire(remote, wait, _token(), seconds)

    def check(self) -> None:
        """Raise StoreError if another process has become the writer."""
        if self._lost:
            raise StoreError(self._lost)

    @contextmanager
    def recorded(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Commit what the block changes. The transaction on the catalogue must end right after it."""
        head = latest(connection)
        if head.epoch != self._lease.epoch:
            self._give_up(head)
        catalog.put_object(connection, VERSIONS, dict(head.versions))
        changes.watch(connection)
        yield
        delta, versions = changes.noted(connection), versions_of(connection)
        state = catalog.state(connection)
        if not delta and versions == dict(head.versions):
            catalog.set_state(connection, replace(state, change=head.number - 1))
            return
        made = replace(
            head,
            number=head.number + 1,
            token=_token(),
            numbers=state.numbers,
            rows=rows_end(state),
            longest=state.longest,
            versions=versions,
            delta=delta,
            checkpoint=self._checkpoint(head),
        )
        if not self._remote.commit(made):
            self._give_up(self._remote.head())
        finish(connection, made)

    def _give_up(self, head: Commit) -> None:
        self._lost = (
            f"{self._remote.place} has another writer by now ({head.owner}): this one was not heard of for too long. "
            "Nothing of the last change was stored; open it again to go on."
        )
        raise StoreError(self._lost)

    def _checkpoint(self, head: Commit) -> int:
        """Return the number of the latest checkpoint, after making one if it is time."""
        if head.number - head.checkpoint < EVERY:
            return head.checkpoint
        self._remote.save(self.sum(head))
        return head.number

    def sum(self, head: Commit) -> Checkpoint:
        """Return the sum of all changes up to a commit."""
        deltas = [self._remote.checkpoint(head.checkpoint).delta] if head.checkpoint else []
        deltas += [one.delta for one in self._remote.after(head.checkpoint) if one.number <= head.number]
        return Checkpoint(head.number, folded(deltas))

    def write(self, connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        """Write documents, within `recorded`."""
        from askew.stores.text import words_of

        form = self._replica.form
        checked = records.checked_batch(entries, form.dim, self._access)
        given = np.concatenate([np.empty((0, form.dim), np.float32), *(entry.vectors for entry in entries)])
        stored = form.decode(form.encode(given))
        state = catalog.state(connection)
        rows = list(of_records(checked, state.numbers + 1, rows_end(state)))
        ids = [entry.document.id for entry in entries]
        with self._replica.text(connection, state) as text:
            after = records.insert(connection, records.remove(connection, state, ids), checked)
            text.add(zip(range(rows_end(state), rows_end(after)), words_of(entries), strict=True))
            text.commit()
        changes.leave_out_readers(connection, state.numbers)
        keys = np.arange(rows_end(state), rows_end(after))
        put_versions(connection, self._remote.append(versions_of(connection), rows, keys, stored))
        longest = float(np.linalg.norm(stored, axis=1).max(initial=0))
        catalog.set_state(connection, replace(after, longest=max(state.longest, longest)))

    def delete(self, connection: sqlite3.Connection, ids: Sequence[str]) -> int:
        """Delete documents, within `recorded`, and return how many existed."""
        state = catalog.state(connection)
        after = records.remove(connection, state, ids)
        if after.documents < state.documents:
            catalog.set_state(connection, after)
        return state.documents - after.documents

    def dead(self, connection: sqlite3.Connection) -> Sequence[int]:
        """Return the numbers of deleted documents whose rows may still be there."""
        return self.sum(latest(connection)).delta.dead

    def settle(self, connection: sqlite3.Connection) -> None:
        """Begin the log anew with a checkpoint, and delete what no reader can need any more. Deleted rows are gone."""
        head = latest(connection)
        if head.number - head.checkpoint > FRESH:
            self._remote.save(Checkpoint(head.number, self.sum(head).delta.settled()))
            made = replace(head, number=head.number + 1, token=_token(), checkpoint=head.number)
            if not self._remote.commit(made):
                self._give_up(self._remote.head())
            finish(connection, made)
            head = made
        self._remote.tidy(head.checkpoint)

    def close(self) -> None:
        try:
            self._lease.release()
        except StoreError:
            return  # it ends by itself

    def end(self) -> None:
        """Keep the lease no longer, of a store that is deleted."""
        self._lease.end()

    def abandon(self) -> None:
        self._lease.abandon()


def rows_end(state: State) -> int:
    """Return the lowest free key."""
    return state.base + state.rows


def versions_of(connection: sqlite3.Connection) -> "Versions":
    return catalog.get_object(connection, VERSIONS)


def put_versions(connection: sqlite3.Connection, versions: "Versions") -> None:
    catalog.put_object(connection, VERSIONS, dict(versions))


def _token() -> str:
    return os.urandom(12).hex()
