"""Settings of an index as the caller gives them: validated, sealed in a contract, compared with one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from askew import validation
from askew.contract import OWN_VECTORS, Contract
from askew.documents.truncation import Policy
from askew.encoders import Encoder
from askew.encoders.loading import PRECISIONS
from askew.errors import InputError
from askew.models import own
from askew.quantisation import Precision
from askew.similarity import Similarity
from askew.tasks import get

LARGEST_DIM = 65_536
FOR_VECTORS = ("dim", "similarity", "vectors", "access", "store")
UNSEALED = ("encoder", "store")
SHARED = (
    "model",
    "precision",
    "encoder",
    "access",
    "store",
)  # settings that apply to every index of a task with several
CLASSES = {"faq": "askew.faq.faq:Faq"}  # classes of tasks with several indexes; imported on use


@dataclass(frozen=True)
class IndexSettings:
    """The settings of a new index as the caller gave them; None follows from the task."""

    model: str | None
    dim: int | None
    similarity: str | None
    precision: str | None
    policy: str | None
    chunk_tokens: int | None
    overlap: int | None
    prompts: Mapping[str, str] | None
    encoder: Encoder | None
    sparse: str | None = None
    vectors: str | None = None
    access: bool | None = None
    store: str | None = None

    def seal(self, task: str) -> tuple[Contract, Encoder | None]:
        """Return the contract, and its encoder if it has a model."""
        self.check(task)
        if self._own_vectors:
            made = Contract.for_vectors(task, self.dim or 0, self.similarity or "cosine", self.vectors)
            return replace(made, access=bool(self.access)), None
        given = (self.policy, self.chunk_tokens, self.overlap, self.prompts, self.encoder, self.sparse)
        how = (*given, self.dim, self.vectors)
        contract, encoder = Contract.for_task(task, self.model, self.precision or "fp32", *how)
        return replace(contract, access=bool(self.access)), encoder

    @property
    def _own_vectors(self) -> bool:
        """Whether there is no model; with a model, `dim` truncates its vectors."""
        return self.dim is not None and self.model is None

    @property
    def shared(self) -> dict[str, Any]:
        """The settings that a task with several indexes takes."""
        return {name: getattr(self, name) for name in SHARED}

    def other_class(self, task: str) -> Any:
        """Return the class of a task with several indexes; None for `Index`. Raises InputError for other settings."""
        if task not in CLASSES:
            return None
        given = [name for name, value in vars(self).items() if value is not None and name not in SHARED]
        if given:
            raise InputError(f"The task {task} does not take {given[0]}: its indexes follow from their own tasks.")
        module, _, attribute = CLASSES[task].partition(":")
        return getattr(import_module(module), attribute)

    def check(self, task: str) -> None:
        """Validate what can be validated without loading the model."""
        get(task)
        self.check_values()

    def check_values(self) -> None:
        """Validate everything but the task."""
        if self.model is not None:
            validation.string(self.model, "model")
        if self.precision is not None:
            validation.one_of(self.precision, "precision", PRECISIONS)
        if self.policy is not None:
            validation.one_of(self.policy, "policy", list(Policy))
        if self.chunk_tokens is not None:
            validation.whole(self.chunk_tokens, "chunk_tokens", 1)
        if self.overlap is not None:
            validation.whole(self.overlap, "overlap")
        if self.sparse is not None:
            validation.string(self.sparse, "sparse")
        if self.vectors is not None:
            validation.one_of(self.vectors, "precision of vectors", list(Precision))
        if self.access is not None:
            validation.flag(self.access, "access")
        if self.store is not None:
            from askew.stores.remote import scheme_of

            scheme_of(validation.string(self.store, "store"))
        validation.prompts(self.prompts)
        validation.encoder(self.encoder)
        self._check_encoder()
        self._check_vectors()

    def _check_encoder(self) -> None:
        """Raise InputError for settings that an encoder which is given has already."""
        if self.encoder is None:
            return
        has, model = self.encoder.signature, self.model
        if model not in (None, has.model):
            model = own.resolve(str(model)).name  # a file or a folder
        for name, asked, kept in (("model", model, has.model), ("precision", self.precision, has.precision)):
            if asked is not None and asked != kept:
                raise InputError(f"The encoder has the {name} {kept}: do not pass {name}={asked!r} with it.")
        if self.prompts:
            raise InputError("The encoder has prompts of its own: pass encoder or prompts.")

    def _check_vectors(self) -> None:
        if self.dim is None:
            if self.similarity is not None:
                raise InputError("similarity is for your own vectors, with dim=…; a model has one similarity.")
            return
        validation.whole(self.dim, "dim", 1, LARGEST_DIM)
        if not self._own_vectors:
            if self.similarity is not None or self.encoder is not None:
                raise InputError("With a model, dim truncates its vectors, and takes neither similarity nor encoder.")
            return
        if self.similarity is not None:
            validation.one_of(self.similarity, "similarity", list(Similarity))
        others = {name: value for name, value in vars(self).items() if name not in FOR_VECTORS}
        for name, value in others.items():
            if value is not None:
                raise InputError(f"dim is for your own vectors, which need no {name}. Leave out dim or {name}.")

    def compare(self, contract: Contract, task: str) -> None:
        """Raise ContractError if the contract has other settings than those given."""
        given = {name: value for name, value in vars(self).items() if name not in UNSEALED and value is not None}
        if self._own_vectors:
            given["model"] = OWN_VECTORS
        elif self.model is not None:
            given["model"] = own.resolve(self.model).name
        if self.sparse is not None:
            from askew.encoders.sparse.folder import resolve

            given["sparse"] = resolve(self.sparse).name
        contract.check_settings({"task": task, **given})
        if self.encoder is not None:
            contract.check(self.encoder.signature, "opening")
