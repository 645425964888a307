"""Catch-up: bring the new index to the same documents and files as the old one."""

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
"""How often what changed meanwhile is caught up before the writers are made to wait for the rest."""


@dataclass(frozen=True)
class CaughtUp:
    """Documents that were written (new or changed) and those that were taken out."""

    written: int = 0
    removed: int = 0

    def __add__(self, other: "CaughtUp") -> "CaughtUp":
        return CaughtUp(self.written + other.written, self.removed + other.removed)


def catch_up(source: Store, target: Index, report: Report = silent) -> CaughtUp:
    """Again and again while the source is written to, until hardly anything is left that comes between."""
    total = CaughtUp()
    for _ in range(PASSES):
        found = copy_documents(source, target, report)
        total += found
        if found.written < BATCH:
            break
    return total


def copy_documents(source: Store, target: Index, report: Report = silent) -> CaughtUp:
    """The documents that the target lacks, or has otherwise, are encoded; those that it alone has are deleted.

    Durable batch by batch: after an interruption only what is missing is encoded.
    """
    written, done, total = 0, 0, source.sizes().documents
    for ids in _pages(source):
        written += _copy(source, target, ids, _within(report, done, total))
        done += len(ids)
        report(Progress("documents", min(done, total), total))
    return CaughtUp(written, _thin_out(source, target))


def same_sources(source: Store, target: Store) -> None:
    """Of documents that are the same: from which files they come, and the stamps of these files."""
    theirs, mine = source.ids_within("/"), target.ids_within("/")
    target.assign({id: path for id, path in theirs.items() if mine.get(id) != path})
    target.assign({id: "" for id in mine if id not in theirs})
    stamps = source.sources()
    target.forget([path for path in target.sources() if path not in stamps])
    target.remember(stamps)


def _pages(store: Store) -> Iterator[list[str]]:
    accounts = iter(store.accounts())
    while page := [account.document for account in islice(accounts, BATCH)]:
        yield page


def _copy(source: Store, target: Index, ids: list[str], report: Report) -> int:
    known = target.store.digests(ids)
    added = target.add(steady(lambda: _otherwise(source, ids, known)), progress=report)
    return added.new + added.changed


def _otherwise(source: Store, ids: list[str], known: dict[str, str]) -> list[Document]:
    """Those that the source still has, and has otherwise than they are known; in order, by which equal scores stand."""
    now = source.digests(ids)
    return source.documents([id for id in ids if id in now and known.get(id) != now[id]])


def _thin_out(source: Store, target: Index) -> int:
    gone = 0
    for ids in _pages(target.store):
        there = source.digests(ids)
        gone += target.delete([id for id in ids if id not in there])
    return gone


def _within(report: Report, before: int, total: int) -> Report:
    return lambda step: report(Progress("documents", min(before + step.done, total), total))
