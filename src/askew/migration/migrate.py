"""Migration: build a new index beside the old one, switch in one step, or go back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import AskewError, ContractError, Difference, InputError
from askew.faq.faq import Faq
from askew.faq.place import ANSWERS, QUESTIONS, is_faq
from askew.index import Index, folder
from askew.lock import WriteLock
from askew.migration.catch_up import CaughtUp, catch_up, copy_documents, same_sources
from askew.models import own
from askew.progress import Report, silent
from askew.stores import Sizes, versions
from askew.stores.local import WAIT, LocalStore
from askew.stores.versions import Versions
from askew.types import Role


@dataclass(frozen=True)
class ContractChange:
    """None where nothing was said. model: a card's name, or the path of a card or folder of one's own; encoder: one in
    hand, in place of it. prompts: by role.
    """

    model: str | None = None
    precision: str | None = None
    policy: str | None = None
    chunk_tokens: int | None = None
    overlap: int | None = None
    prompts: Mapping[str, str] | None = None
    encoder: Encoder | None = None

    @property
    def empty(self) -> bool:
        return self == ContractChange()


def changed_contract(old: Contract, change: ContractChange) -> tuple[Contract, Encoder]:
    """The new contract, and the encoder that keeps it.

    Precision and prompts of the user's own belong to the model, and go with it where that changes. Passages stay as
    long as they are, where the new model can see so much. InputError where all would be as it is.
    """
    same = change.encoder is None and _model(change, old) == old.encoder.model
    contract, encoder = Contract.for_task(
        old.task,
        change.model or old.encoder.model,
        change.precision or (old.encoder.precision if same else "fp32"),
        change.policy or old.policy,
        change.chunk_tokens,
        old.overlap if change.overlap is None else change.overlap,
        {**(old.overrides if same else {}), **(change.prompts or {})},
        change.encoder,
    )
    if change.chunk_tokens is None:
        contract = replace(contract, chunk_tokens=min(old.chunk_tokens, encoder.room(Role.DOCUMENT)))
    if contract == old:
        raise InputError("The index is sealed with just these settings: there is nothing to migrate.")
    return contract, encoder


def check_same(building: Contract, change: ContractChange) -> None:
    """ContractError with the differences where a change is asked for that is not the one under way."""
    asked = {
        "model": change.encoder.signature.model if change.encoder else change.model and _model(change, building),
        "precision": change.precision,
        "policy": change.policy,
        "chunk_tokens": change.chunk_tokens,
        "overlap": change.overlap,
    }
    mine = {"model": building.encoder.model, "precision": building.encoder.precision, **vars(building)}
    prompts = {f"{role} prompt": prompt for role, prompt in (change.prompts or {}).items()}
    sealed = {f"{role} prompt": prompt for role, prompt in building.overrides.items()}
    differences = [
        Difference(name, str({**mine, **sealed}.get(name, "")), str(value))
        for name, value in {**asked, **prompts}.items()
        if value is not None and {**mine, **sealed}.get(name) != value
    ]
    if differences:
        raise ContractError(
            "Another migration of this index is under way. Leave these settings out to go on with it, or take it away "
            "first, with --abandon.",
            differences,
        )


def _model(change: ContractChange, old: Contract) -> str:
    return own.resolve(change.model).name if change.model else old.encoder.model


@dataclass(frozen=True)
class MigrationState:
    """Of one version: what it was sealed with, and how large it is."""

    contract: Contract
    sizes: Sizes


@dataclass(frozen=True)
class Migration:
    """How far a migration is. next: being built, or built; kept: what served before the switch, or after going back."""

    serving: MigrationState
    next: MigrationState | None
    kept: MigrationState | None


def state(name: str | Path) -> Migration:
    home = _home(name)
    found = versions.read(home)
    with Index.open(name) as index:
        serving = MigrationState(index.contract, index.sizes())
    return Migration(serving, _standing(home, found.next), _standing(home, found.kept))


def begin(name: str | Path, change: ContractChange) -> None:
    """Makes the store to be filled. Where one is being filled already it must be the same; see `check_same`."""
    with _alone(name) as home:
        found = versions.read(home)
        _refuse_kept(name, found)
        if found.next is not None:
            with _opened(home, found.next) as building:
                check_same(building.contract, change)
            return
        with Index.open(name) as old:
            contract, encoder = changed_contract(old.contract, change)
        number = versions.unused(home)
        place, dim = versions.place(home, number), encoder.signature.dim
        LocalStore.create(place, dim, contract.seal(), language=contract.language).close()
        versions.put(home, replace(found, next=number))


def build(name: str | Path, encoder: Encoder | None = None, report: Report = silent) -> CaughtUp:
    """Encodes what the new index lacks, while the old one serves and is written to. Durable batch by batch.

    encoder: the new one, where one in hand was given to `begin`.
    """
    with _alone(name) as home:
        number = _next(name, versions.read(home))
        with Index.open(name) as old, _opened(home, number, encoder, writable=True) as new:
            made = catch_up(old.store, new, report)
            new.optimise(report, old.store.recall())
    return made


def switch(name: str | Path, encoder: Encoder | None = None, report: Report = silent, wait: float = WAIT) -> CaughtUp:
    """Catches up what is missing, and has the new index serve in place of the old, which is kept.

    encoder: the new one. wait: seconds for a writer of the old index to finish.
    """
    with _alone(name) as home:
        found = versions.read(home)
        number = _next(name, found)
        return _turn(name, Versions(number, kept=found.serving), encoder, report, wait)


def back(name: str | Path, encoder: Encoder | None = None, report: Report = silent, wait: float = WAIT) -> CaughtUp:
    """Has the index serve again that served before the switch, with all that came since; the other waits as built.

    encoder: the old one, where an encoder in hand made that index.
    """
    with _alone(name) as home:
        found = versions.read(home)
        return _turn(name, Versions(_kept(name, found), next=found.serving), encoder, report, wait)


def drop_old(name: str | Path, wait: float = WAIT) -> None:
    """Frees what was kept. StoreLockedError where a process still has it open after `wait` seconds."""
    with _alone(name) as home:
        found = versions.read(home)
        versions.release(home, _kept(name, found), replace(found, kept=None), wait)


def abandon(name: str | Path, wait: float = WAIT) -> None:
    """Takes away what was built, and forgets the migration."""
    with _alone(name) as home:
        found = versions.read(home)
        versions.release(home, _next(name, found), replace(found, next=None), wait)


@contextmanager
def both(
    name: str | Path, old_encoder: Encoder | None = None, encoder: Encoder | None = None
) -> Iterator[tuple[Index, Index]]:
    """The old index and the new one, for reading: what serves, and what waits for the switch."""
    home = _home(name)
    number = _next(name, versions.read(home))
    with Index.open(name, encoder=old_encoder) as old, _opened(home, number, encoder) as new:
        yield old, new


def place_of_next(name: str | Path) -> Path:
    """The folder of the new index. What belongs to the migration lies in it, and goes with it."""
    home = _home(name)
    return versions.place(home, _next(name, versions.read(home)))


def _turn(name: str | Path, after: Versions, encoder: Encoder | None, report: Report, wait: float) -> CaughtUp:
    """The target is written to before and while the serving index is locked, so that nothing comes between."""
    home = _home(name)
    with _opened(home, after.serving, encoder, writable=True) as target:
        with Index.open(name) as serving:
            made = catch_up(serving.store, target, report)
            target.optimise(report, serving.store.recall())
        with Index.open(name, writable=True, wait=wait) as serving:
            made += copy_documents(serving.store, target)
            same_sources(serving.store, target.store)
            versions.put(home, after)
    _settle(home)
    return made


def _settle(home: Path) -> None:
    """A FAQ measures what the scores of its halves mean, and notes it when it is written to. Where its other half
    cannot be asked now, it will measure when it is.
    """
    if home.stem in (QUESTIONS, ANSWERS) and is_faq(home.parent):
        with suppress(AskewError), Faq.open(home.parent, writable=True) as faq:
            faq.delete([])


def _opened(home: Path, number: int, encoder: Encoder | None = None, writable: bool = False) -> Index:
    return Index(LocalStore(versions.place(home, number), writable=writable, wait=WAIT), encoder)


def _standing(home: Path, number: int | None) -> MigrationState | None:
    if number is None:
        return None
    with _opened(home, number) as index:
        return MigrationState(index.contract, index.sizes())


@contextmanager
def _alone(name: str | Path) -> Iterator[Path]:
    """One migration of an index at a time. What an earlier one left half made is swept away first."""
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
            f"{folder(name)} is a FAQ of two indexes, and each has a model of its own: migrate them one after the "
            f"other, askew migrate {folder(name) / QUESTIONS} --to MODEL and askew migrate {folder(name) / ANSWERS} "
            "--to MODEL."
        )
    LocalStore.open(folder(name)).close()
    return folder(name)


def _next(name: str | Path, found: Versions) -> int:
    if found.next is None:
        told = " It was switched already." if found.kept is not None else ""
        raise InputError(
            f"No migration of {folder(name)} is under way.{told} Begin one: askew migrate {name} --to MODEL"
        )
    return found.next


def _kept(name: str | Path, found: Versions) -> int:
    if found.kept is None:
        raise InputError(f"{folder(name)} keeps no older version.")
    return found.kept


def _refuse_kept(name: str | Path, found: Versions) -> None:
    if found.kept is not None:
        raise InputError(
            f"{folder(name)} still keeps the version from before its last migration. Free it first, askew migrate "
            f"{name} --drop-old, or go back to it: --back."
        )
