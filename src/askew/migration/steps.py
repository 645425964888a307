"""Steps of a migration: begin, build, switch, go back, clean up; each can be repeated after a crash."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import AskewError, InputError
from askew.faq.faq import NOTE as ESTIMATE
from askew.faq.faq import Faq
from askew.index import Index, layout
from askew.lock import WriteLock
from askew.migration.change import ContractChange, changed_contract, check_same, engine_of_change
from askew.migration.copying import (
    CaughtUp,
    catch_up,
    check_copied,
    copy_documents,
    same_documents,
    same_notes,
    same_sources,
)
from askew.paths import ANSWERS, QUESTIONS, folder, is_faq
from askew.progress import Report, silent
from askew.stores import Sizes, opening
from askew.stores.local import versions
from askew.stores.local.copies import copy_store
from askew.stores.local.store import WAIT
from askew.stores.local.versions import Versions
from askew.stores.shifts import StoredShifts


@dataclass(frozen=True)
class MigrationState:
    """Contract and size of one version of an index."""

    contract: Contract
    sizes: Sizes


@dataclass(frozen=True)
class Migration:
    """Versions of an index. next: new, not serving yet. kept: old, served before the switch."""

    serving: MigrationState
    next: MigrationState | None
    kept: MigrationState | None


def state(name: str | Path) -> Migration:
    """Return the versions of an index."""
    home = _home(name)
    found = versions.read(home)
    with Index.open(name) as index:
        serving = MigrationState(index.contract, index.sizes())
    return Migration(serving, _version_state(home, found.next), _version_state(home, found.kept))


def begin(name: str | Path, change: ContractChange) -> int:
    """Create the new store, in the engine of the old one unless the change names another. A migration under way must be
    the same one; see `check_same`.

    Returns the number of documents that were copied with their vectors: all, where the change concerns queries only.
    """
    given = None if change.store is None else engine_of_change(change)  # its password is known from here on
    with _locked(name) as home:
        found = versions.read(home)
        _refuse_kept(name, found)
        if found.next is not None:
            with _opened(home, found.next) as building:
                check_same(building.contract, change, opening.engine_of(versions.place(home, found.next)))
            return 0
        url = opening.engine_of(versions.serving(home))
        wanted = url if given is None else given
        number = _unused(home, wanted)
        place = versions.place(home, number)
        with Index.open(name) as old:
            contract, _ = changed_contract(old.contract, change)
            if contract == old.contract and wanted == url:
                raise InputError(f"The index is there already: {change.store}. There is nothing to migrate.")
            copied = old.sizes().documents if wanted == url == "" and same_documents(old.contract, contract) else 0
        if copied:
            copy_store(versions.serving(home), place, contract.seal())
        else:
            opening.create(place, layout(contract), wanted, wanted and _remote_name(home, number)).close()
        if contract.shifts:
            source = versions.serving(home) if change.shifts is None else Path(change.shifts)
            StoredShifts.load(source).save(place)
        versions.put(home, replace(found, next=number))
    return copied


def build(name: str | Path, encoder: Encoder | None = None, report: Report = silent) -> CaughtUp:
    """Encode what the new index lacks, while the old one serves and accepts writes. Durable batch by batch.

    encoder: the instance that was passed to `begin`, if any.
    """
    with _locked(name) as home:
        number = _next(name, versions.read(home))
        with Index.open(name) as old, _opened(home, number, encoder, writable=True) as new:
            made = catch_up(old.store, new, report, _shifts_of(home, number, new.contract))
            if old.contract == new.contract:
                check_copied(old.store, new.store, report)
            new.optimise(report, old.store.recall())
    return made


def switch(name: str | Path, encoder: Encoder | None = None, report: Report = silent, wait: float = WAIT) -> CaughtUp:
    """Catch up, and let the new index serve; the old one is kept.

    encoder: of the new index. wait: seconds to wait for a writer of the old index.
    """
    with _locked(name) as home:
        found = versions.read(home)
        number = _next(name, found)
        return _activate(name, Versions(number, kept=found.serving), encoder, report, wait)


def back(name: str | Path, encoder: Encoder | None = None, report: Report = silent, wait: float = WAIT) -> CaughtUp:
    """Let the old index serve again, including everything added since; the new one is kept as built.

    encoder: of the old index, if it was created with an encoder instance.
    """
    with _locked(name) as home:
        found = versions.read(home)
        return _activate(name, Versions(_kept(name, found), next=found.serving), encoder, report, wait)


def drop_old(name: str | Path, wait: float = WAIT) -> None:
    """Delete the old index. Raises StoreLockedError if a process still has it open after `wait` seconds."""
    with _locked(name) as home:
        found = versions.read(home)
        versions.release(home, _kept(name, found), replace(found, kept=None), wait)


def abandon(name: str | Path, wait: float = WAIT) -> None:
    """Delete the new index and end the migration."""
    with _locked(name) as home:
        found = versions.read(home)
        versions.release(home, _next(name, found), replace(found, next=None), wait)


@contextmanager
def both(
    name: str | Path, old_encoder: Encoder | None = None, encoder: Encoder | None = None
) -> Iterator[tuple[Index, Index]]:
    """Open the serving index and the new one for reading."""
    home = _home(name)
    number = _next(name, versions.read(home))
    with Index.open(name, encoder=old_encoder) as old, _opened(home, number, encoder) as new:
        yield old, new


def place_of_next(name: str | Path) -> Path:
    """Return the folder of the new index. Files of the migration are in it, and are deleted with it."""
    home = _home(name)
    return versions.place(home, _next(name, versions.read(home)))


def _activate(name: str | Path, after: Versions, encoder: Encoder | None, report: Report, wait: float) -> CaughtUp:
    """Catch up before and while the serving index is locked, so that no write is lost, and switch."""
    home = _home(name)
    with _opened(home, after.serving, encoder, writable=True) as target:
        with Index.open(name) as serving:
            shifts = _shifts_of(home, after.serving, target.contract)
            made = catch_up(serving.store, target, report, shifts)
            target.optimise(report, serving.store.recall())
        with Index.open(name, writable=True, wait=wait) as serving:
            made += copy_documents(serving.store, target, shifts=shifts)
            same_sources(serving.store, target.store)
            same_notes(serving.store, target.store, serving.contract == target.contract)
            versions.put(home, after)
    _settle(home)
    return made


def _unused(home: Path, url: str) -> int:
    """Return the number of a new version, of whose name the engine has no store: another index may, or a migration that
    was killed before it was written down.
    """
    number = versions.unused(home)
    while url and opening.stored(url, _remote_name(home, number)):
        number += 1
    return number


def _remote_name(home: Path, number: int) -> str:
    """Return the name of a version in an engine."""
    from askew.stores.remote import version_name

    half = f"{home.parent.stem}-" if home.stem in (QUESTIONS, ANSWERS) and is_faq(home.parent) else ""
    return version_name(f"{half}{home.stem}", number)


def _shifts_of(home: Path, number: int, contract: Contract) -> StoredShifts | None:
    """Return the shifts of a version's vectors; None if it has none."""
    return StoredShifts.load(versions.place(home, number)) if contract.shifts else None


def _settle(home: Path) -> None:
    """Let a FAQ estimate the scales of its scores again, which it does when it is written to.

    The answers hold the estimate of both indexes, which either of them outdates. If the other index cannot be searched
    now, the FAQ estimates when it can.
    """
    if home.stem in (QUESTIONS, ANSWERS) and is_faq(home.parent):
        with suppress(AskewError), Faq.open(home.parent, writable=True) as faq:
            faq.answers.store.set_note(ESTIMATE, "")
            faq.delete([])


def _opened(home: Path, number: int, encoder: Encoder | None = None, writable: bool = False) -> Index:
    return Index(opening.open_version(home, number, writable=writable, wait=WAIT), encoder)


def _version_state(home: Path, number: int | None) -> MigrationState | None:
    if number is None:
        return None
    with _opened(home, number) as index:
        return MigrationState(index.contract, index.sizes())


@contextmanager
def _locked(name: str | Path) -> Iterator[Path]:
    """Lock the migration of an index, and delete what an interrupted one left behind."""
    home = _home(name)
    lock = WriteLock(home / versions.LOCK, 0)
    try:
        versions.sweep(home)
        yield home
    finally:
        lock.release()


def _home(name: str | Path) -> Path:
    if is_faq(name):
        raise InputError(
            f"{folder(name)} is a FAQ of two indexes, each with its own model. Migrate them one after the other: "
            f"askew migrate {folder(name) / QUESTIONS} --to MODEL and askew migrate {folder(name) / ANSWERS} "
            "--to MODEL."
        )
    opening.open_active(folder(name), writable=False, wait=WAIT).close()
    return folder(name)


def _next(name: str | Path, found: Versions) -> int:
    if found.next is None:
        switched = " It has already been switched." if found.kept is not None else ""
        raise InputError(
            f"No migration of {folder(name)} is under way.{switched} Start one: askew migrate {name} --to MODEL"
        )
    return found.next


def _kept(name: str | Path, found: Versions) -> int:
    if found.kept is None:
        raise InputError(f"{folder(name)} has no old version.")
    return found.kept


def _refuse_kept(name: str | Path, found: Versions) -> None:
    if found.kept is not None:
        raise InputError(
            f"{folder(name)} still has the version from before its last migration. Delete it first with askew migrate "
            f"{name} --drop-old, or go back to it with --back."
        )
