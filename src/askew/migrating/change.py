"""What is to be other than it is, and the contract that follows: what is not named stays as it was sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import ContractError, Difference, InputError
from askew.models import own
from askew.sealing import seal
from askew.types import Role


@dataclass(frozen=True)
class Change:
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
        return self == Change()


def changed(old: Contract, change: Change) -> tuple[Contract, Encoder]:
    """The new contract, and the encoder that keeps it.

    Precision and prompts of the user's own belong to the model, and go with it where that changes. Passages stay as
    long as they are, where the new model can see so much. InputError where all would be as it is.
    """
    same = change.encoder is None and _model(change, old) == old.encoder.model
    contract, encoder = seal(
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


def check_same(building: Contract, change: Change) -> None:
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


def _model(change: Change, old: Contract) -> str:
    return own.resolve(change.model).name if change.model else old.encoder.model
