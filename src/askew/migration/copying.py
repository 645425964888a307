"""Copying documents from one index to the next: encoded again, or with their vectors where these stay the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from askew.contract import Contract
from askew.errors import StoreError
from askew.faq.faq import PAIRING
from askew.index import Index
from askew.ingest import BATCH
from askew.progress import Progress, Report, silent
from askew.quantisation import Precision
from askew.stores import Account, Entry, Store
from askew.stores.shifts import StoredShifts
from askew.types import Document, Role, SparseRows

PASSES = 20
"""Maximum number of passes over concurrent changes before writers are locked out for the rest."""


@dataclass(frozen=True)
class CaughtUp:
    """Numbers of documents written (new or changed) and removed."""

    written: int = 0
    removed: int = 0

    def __add__(self, other: "CaughtUp") -> "CaughtUp":
        return CaughtUp(self.written + other.written, self.removed + other.removed)


def catch_up(source: Store, target: Index, report: Report = silent, shifts: StoredShifts | None = None) -> CaughtUp:
    """Copy repeatedly while the source is written to, until less than a batch changes per pass."""
    total = CaughtUp()
    for _ in range(PASSES):
        found = copy_documents(source, target, report, shifts)
        total += found
        if found.written < BATCH:
            break
    return total


def copy_documents(
    source: Store, target: Index, report: Report = silent, shifts: StoredShifts | None = None
) -> CaughtUp:
    """Encode documents that are missing or different in the target, and delete those that only it has.

    Where only the precision of the stored vectors differs, float32 vectors are copied, and nothing is encoded; shifts
    count instead of what was stored. Durable batch by batch: after an interruption, only the rest is encoded.
    """
    written, done, total = 0, 0, source.sizes().documents
    requantised = same_vectors(Contract.read(source.manifest), target.contract)
    for accounts in _pages(source):
        ids = [account.document for account in accounts]
        if requantised:
            written += _copy_vectors(source, target.check_writable(), accounts, shifts)
        else:
            written += _copy(source, target, ids, _within(report, done, total))
        if source.access:
            written += _copy_readers(source, target.store, ids)
        done += len(ids)
        report(Progress("documents", min(done, total), total))
    return CaughtUp(written, _delete_others(source, target))


def same_sources(source: Store, target: Store) -> None:
    """Copy the source files of documents, and the stamps of these files."""
    paths, current = source.ids_within("/"), target.ids_within("/")
    target.assign({id: path for id, path in paths.items() if current.get(id) != path})
    target.assign({id: "" for id in current if id not in paths})
    stamps = source.sources()
    target.forget([path for path in target.sources() if path not in stamps])
    target.remember(stamps)


def same_notes(source: Store, target: Store, all_: bool) -> None:
    """Copy the notes. What was estimated and calibrated on these documents holds for them in any store with the same
    contract; of which version the halves of a FAQ are, whatever the contract is.
    """
    for name in source.notes():
        if all_ or name in PAIRING:
            target.set_note(name, source.note(name))


def same_documents(old: Contract, new: Contract) -> bool:
    """Return whether a document is stored alike under both contracts, whatever becomes of queries."""
    same_encoder = old.encoder.side(Role.DOCUMENT) == new.encoder.side(Role.DOCUMENT)
    return same_encoder and replace(new, encoder=old.encoder, overrides=old.overrides) == old


def same_vectors(old: Contract, new: Contract) -> bool:
    """Return whether the new index can take over vectors of the old one: with documents stored alike, or as float32.

    An index with sparse vectors, which are stored quantised, is encoded again if others change.
    """
    if same_documents(old, new) or (new.shifts and old == replace(new, shifts="")):
        return True
    plain = old.vectors == Precision.FLOAT32 and old.sparse is None
    return plain and same_documents(old, replace(new, vectors=old.vectors))


def _pages(store: Store) -> Iterator[list[Account]]:
    accounts = iter(store.accounts())
    while page := list(islice(accounts, BATCH)):
        yield page


def _copy_vectors(source: Store, target: Store, accounts: Sequence[Account], shifts: StoredShifts | None) -> int:
    """Copy documents that differ, with their passages and float32 vectors, and return their number."""
    counts = {account.document: account for account in accounts}
    with source.snapshot():
        now, known = source.digests(list(counts)), target.digests(list(counts))
        ids = [id for id in counts if id in now and known.get(id) != now[id]]
        entries = []
        for document, extent in zip(source.documents(ids), source.extents(ids), strict=True):
            passages, rows = source.passages(list(extent)), source.vectors(list(extent))
            count, sparse = counts[document.id], _sparse(source, extent)
            entries.append(Entry(document, now[document.id], passages, rows, count.tokens, count.seen, sparse))
    target.write(entries if shifts is None else shifts.moved(entries))
    return len(entries)


def _sparse(source: Store, keys: range) -> SparseRows | None:
    """Return the learned sparse vectors of these passages; None if the store has none."""
    if Contract.read(source.manifest).sparse is None:
        return None
    held = source.impacts(list(keys))
    weights = held.impacts.astype(np.float32) * held.scales[held.rows]
    return SparseRows(held.starts, held.terms.astype(np.int32), weights)


def check_copied(source: Store, target: Store, report: Report = silent) -> None:
    """Compare the vectors, bit by bit, of the documents that are the same in both stores. Raises StoreError if any
    differ: then the target is not to serve.
    """
    done, total = 0, source.sizes().documents
    for accounts in _pages(source):
        ids = [account.document for account in accounts]
        with source.snapshot(), target.snapshot():
            now, copied = source.digests(ids), target.digests(ids)
            same = [id for id in ids if id in now and copied.get(id) == now[id]]
            rows, made = (store.vectors(list(chain.from_iterable(store.extents(same)))) for store in (source, target))
        if not np.array_equal(rows, made):
            raise StoreError(
                f"The copy differs: some of the documents {same[0]!r} to {same[-1]!r} have other vectors in the new "
                "store. The old one still serves; delete the copy with --abandon, and report this."
            )
        done += len(ids)
        report(Progress("compare", min(done, total), total))


def _copy(source: Store, target: Index, ids: list[str], report: Report) -> int:
    known = target.store.digests(ids)
    added = target.add(_differing(source, ids, known), progress=report)
    return added.new + added.changed


def _copy_readers(source: Store, target: Store, ids: list[str]) -> int:
    """Give documents that both hold the readers that they have in the source, and return of how many they differed."""
    with source.snapshot():
        named, there = source.readers(ids), source.digests(ids)
    return target.set_readers({id: named.get(id, frozenset()) for id in target.digests(ids) if id in there})


def _differing(source: Store, ids: list[str], known: dict[str, str]) -> list[Document]:
    """Return the documents that differ from `known`, in the order of the source, which decides between equal scores."""
    with source.snapshot():
        now = source.digests(ids)
        return source.documents([id for id in ids if id in now and known.get(id) != now[id]])


def _delete_others(source: Store, target: Index) -> int:
    removed = 0
    for accounts in _pages(target.store):
        ids = [account.document for account in accounts]
        present = source.digests(ids)
        removed += target.delete([id for id in ids if id not in present])
    return removed


def _within(report: Report, before: int, total: int) -> Report:
    return lambda step: report(Progress("documents", min(before + step.done, total), total))
