"""Catch-up: give the new index the same documents and files as the old one."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from askew.index import Index
from askew.ingest import BATCH
from askew.progress import Progress, Report, silent
from askew.stores import Store
from askew.stores.steady import steady
from askew.types import Document

PASSES = 20
"""Maximum number of passes over concurrent changes before writers are locked out for the rest."""


@dataclass(frozen=True)
class CaughtUp:
    """Numbers of documents written (new or changed) and removed."""

    written: int = 0
    removed: int = 0

    def __add__(self, other: "CaughtUp") -> "CaughtUp":
        return CaughtUp(self.written + other.written, self.removed + other.removed)


def catch_up(source: Store, target: Index, report: Report = silent) -> CaughtUp:
    """Copy repeatedly while the source is written to, until less than a batch changes per pass."""
    total = CaughtUp()
    for _ in range(PASSES):
        found = copy_documents(source, target, report)
        total += found
        if found.written < BATCH:
            break
    return total


def copy_documents(source: Store, target: Index, report: Report = silent) -> CaughtUp:
    """Encode documents that are missing or different in the target, and delete those that only it has.

    Durable batch by batch: after an interruption, only the rest is encoded.
    """
    written, done, total = 0, 0, source.sizes().documents
    for ids in _pages(source):
        written += _copy(source, target, ids, _within(report, done, total))
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


def _pages(store: Store) -> Iterator[list[str]]:
    accounts = iter(store.accounts())
    while page := [account.document for account in islice(accounts, BATCH)]:
        yield page


def _copy(source: Store, target: Index, ids: list[str], report: Report) -> int:
    known = target.store.digests(ids)
    added = target.add(steady(lambda: _differing(source, ids, known)), progress=report)
    return added.new + added.changed


def _differing(source: Store, ids: list[str], known: dict[str, str]) -> list[Document]:
    """Return the documents that differ from `known`, in the order of the source, which decides between equal scores."""
    now = source.digests(ids)
    return source.documents([id for id in ids if id in now and known.get(id) != now[id]])


def _delete_others(source: Store, target: Index) -> int:
    removed = 0
    for ids in _pages(target.store):
        present = source.digests(ids)
        removed += target.delete([id for id in ids if id not in present])
    return removed


def _within(report: Report, before: int, total: int) -> Report:
    return lambda step: report(Progress("documents", min(before + step.done, total), total))
