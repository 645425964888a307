"""Snapshots of all vectors: in memory where they are few, else in a transaction that is held for as long as they are.

Postgres keeps what a transaction may still read, also after it was deleted and after `optimise`.
"""

import threading
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from askew.quantisation import RowFormat
from askew.stores import Keys
from askew.stores.engine import Blocks
from askew.stores.postgres import records
from askew.stores.postgres.refusals import explaining
from askew.stores.postgres.search import pages
from askew.stores.postgres.sessions import Clause, Session
from askew.stores.postgres.transactions import Transactions
from askew.types import FloatMatrix

IN_MEMORY = 32 << 20
"""Bytes of vectors up to which a snapshot holds them."""


def keys(session: Session, kept: Clause | None) -> Keys:
    """Return the keys of the kept passages, ascending."""
    if kept is None:
        found = session.rows("SELECT key FROM passages ORDER BY key")
    else:
        found = session.rows(f"SELECT p.key FROM passages p WHERE {kept.sql} ORDER BY p.key", *kept.values)
    return np.fromiter((key for (key,) in found), np.int64, len(found))


def blocks(transactions: Transactions, session: Session, form: RowFormat, kept: Clause | None, rows: int) -> Blocks:
    """Return a snapshot of the kept passages in the state that the session reads."""
    every = keys(session, kept)
    if transactions.changing or len(every) * form.dim * 4 <= IN_MEMORY:
        found = list(pages(session, form, kept))
        held = np.concatenate([np.empty((0, form.dim), np.float32), *(vectors for _, vectors in found)])
        return Blocks(every, lambda wanted: held[np.searchsorted(every, wanted)], rows)
    return Blocks(every, Held(transactions, session, form).find, rows)


class Held:
    """A transaction of its own, in the state of a session; it ends with the object. Thread-safe."""

    def __init__(self, transactions: Transactions, session: Session, form: RowFormat) -> None:
        self._form, self._place, self._turn = form, transactions.place, threading.Lock()
        self._session = Session(transactions.held(session))
        weakref.finalize(self, self._session.connection.close)

    def find(self, keys: Sequence[int] | Keys | Any) -> FloatMatrix:
        with self._turn, explaining(self._place):
            return records.vectors(self._session, keys, self._form)
