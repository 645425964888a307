"""Contract change: the settings that a migration changes, checked, and the contract that comes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from askew.contract import Contract, sparse_signature
from askew.encoders import Encoder
from askew.errors import ContractError, Difference, InputError
from askew.migration.copying import same_vectors
from askew.models import cards, own
from askew.quantisation import Precision
from askew.settings import IndexSettings
from askew.stores.shifts import StoredShifts
from askew.types import Role
from askew.validation import file_path, string, whole

FOLDER = "folder"
"""In place of a URL: the index is files in its own folder."""


@dataclass(frozen=True)
class ContractChange:
    """Settings of the new contract; None means unchanged.

    model: the name of a card, or the path of a card or model folder. prompts: by role. encoder: use this instance
    instead of loading a model. sparse: a learned sparse encoder, by name or folder. dim: to which a model that is
    trained for it truncates its vectors. vectors: the precision in which they are stored. store: the URL of the engine
    that is to hold the index, or `folder` for files in its own folder. shifts: folder of shifts that `adapt` made.
    """

    model: str | None = None
    precision: str | None = None
    policy: str | None = None
    chunk_tokens: int | None = None
    overlap: int | None = None
    prompts: Mapping[str, str] | None = None
    encoder: Encoder | None = None
    sparse: str | None = None
    dim: int | None = None
    vectors: str | None = None
    store: str | None = None
    shifts: str | Path | None = None

    @property
    def empty(self) -> bool:
        return all(value is None for value in vars(self).values())

    def check(self) -> None:
        """Validate what can be validated without loading a model."""
        if self.dim is not None:
            whole(self.dim, "dim", 1)
        if self.store is not None:
            string(self.store, "store")
        if self.shifts is not None:
            file_path(self.shifts, "shifts")
        others = {name: value for name, value in vars(self).items() if name not in ("shifts", "dim")}
        others["store"] = None if self.store == FOLDER else self.store
        IndexSettings(similarity=None, dim=None, **others).check_values()


def changed_contract(old: Contract, change: ContractChange) -> tuple[Contract, Encoder | None]:
    """Return the new contract and its encoder, None for vectors of the user's own.

    A new model drops truncation, custom prompts and shifts, which belong to the old one, and the precision unless it
    encodes documents by the same model. The passage length stays if its maximum length allows it. Raises InputError if
    nothing would change.
    """
    if change == ContractChange(store=change.store) and change.store is not None:
        return old, None
    if change.shifts is not None:
        return _shifted(old, change), None
    if not old.has_model:
        return _changed_own(old, change), None
    same = change.encoder is None and _model(change, old) == old.encoder.model
    truncated = same and change.encoder is None and old.encoder.dim < cards.get(old.encoder.model).dim
    contract, encoder = Contract.for_task(
        old.task,
        change.model or old.encoder.model,
        change.precision or (old.encoder.precision if _same_documents(change, old) else "fp32"),
        change.policy or old.policy,
        change.chunk_tokens,
        old.overlap if change.overlap is None else change.overlap,
        {**(old.overrides if same else {}), **(change.prompts or {})},
        change.encoder,
        change.sparse,
        change.dim or (old.encoder.dim if truncated else None),
        change.vectors or old.vectors,
    )
    contract = replace(contract, access=old.access)
    if change.sparse is None:
        contract = replace(contract, sparse=old.sparse)
    if change.chunk_tokens is None:
        contract = replace(contract, chunk_tokens=min(old.chunk_tokens, encoder.room(Role.DOCUMENT)))
    if same_vectors(old, kept := replace(contract, shifts=old.shifts)):
        contract = kept  # no document is encoded again, so the vectors that count stay those that are stored
    if contract == old:
        raise InputError("The index already has these settings: there is nothing to migrate.")
    return contract, encoder


def _shifted(old: Contract, change: ContractChange) -> Contract:
    """Return the contract of an index whose vectors are shifted, and which is the same in all else."""
    if change != ContractChange(shifts=change.shifts):
        raise InputError("Shifts are of the vectors as they are: migrate to them alone, without other settings.")
    shifts = StoredShifts.load(Path(change.shifts or ""))
    if shifts.fingerprint != old.encoder.fingerprint:
        raise InputError("These shifts were learnt with another model, or other prompts, than those of this index.")
    if old.shifts:
        raise InputError("The vectors of this index are shifted already. Go back first: askew migrate NAME --back.")
    return replace(old, shifts=shifts.digest)


def _changed_own(old: Contract, change: ContractChange) -> Contract:
    """Return the new contract of an index without a model, of which only the precision can change."""
    if replace(change, vectors=None, store=None) != ContractChange() or change.vectors is None:
        raise InputError("The index holds vectors of your own: only how they are stored can change, with --vectors.")
    if change.vectors == old.vectors:
        raise InputError("The index already has these settings: there is nothing to migrate.")
    if old.vectors != Precision.FLOAT32:
        raise InputError(
            f"The index holds vectors of your own as {old.vectors}, from which no other precision can be made. Add "
            "them again, to a new index."
        )
    return replace(old, vectors=Precision(change.vectors))


def check_same(building: Contract, change: ContractChange, url: str = "") -> None:
    """Raise `ContractError` with the differences if the migration under way is another one."""
    wanted = {
        "model": change.encoder.signature.model if change.encoder else change.model and _model(change, building),
        "precision": change.precision,
        "policy": change.policy,
        "chunk_tokens": change.chunk_tokens,
        "overlap": change.overlap,
        "sparse": change.sparse and sparse_signature(change.sparse, building.task).model,
        "dim": change.dim,
        "vectors": change.vectors,
        "store": change.store and (engine_of_change(change) or FOLDER),
        "shifts": change.shifts and StoredShifts.load(Path(change.shifts)).digest,
    }
    current = {**vars(building), **{name: getattr(building.encoder, name) for name in ("model", "precision", "dim")}}
    current["store"] = url or FOLDER
    current["sparse"] = building.sparse.model if building.sparse else "none"
    prompts = {f"{role} prompt": prompt for role, prompt in (change.prompts or {}).items()}
    sealed = {f"{role} prompt": prompt for role, prompt in building.overrides.items()}
    differences = [
        Difference(name, str({**current, **sealed}.get(name, "")), str(value))
        for name, value in {**wanted, **prompts}.items()
        if value is not None and {**current, **sealed}.get(name) != value
    ]
    if differences:
        raise ContractError(
            "Another migration of this index is under way. Leave these settings out to resume it, or delete it first "
            "with --abandon.",
            differences,
        )


def _model(change: ContractChange, old: Contract) -> str:
    return own.resolve(change.model).name if change.model else old.encoder.model


def _same_documents(change: ContractChange, old: Contract) -> bool:
    """Return whether the model of the documents stays, be it alone or of a pair."""
    if change.encoder is not None:
        return False
    if (new := _model(change, old)) == old.encoder.model:
        return True
    if old.encoder.model not in cards.names():  # an encoder of the user's own
        return False
    before, after = cards.get(old.encoder.model), own.resolve(new)
    return before.sides.get(Role.DOCUMENT, before).name == after.sides.get(Role.DOCUMENT, after).name


def engine_of_change(change: ContractChange) -> str:
    """Return the URL of the engine that is asked for; "" for files in the folder."""
    if change.store is None or change.store == FOLDER:
        return ""
    from askew.stores.remote import remembered

    return remembered(change.store)
