"""The contract of an index: everything that must agree, sealed at creation and compared at every add and every query.

It changes only as a whole, by a migration to a new index.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from askew.encoders.signature import Signature
from askew.errors import ContractError, Difference, InputError, StoreError, UnknownNameError
from askew.quantisation import Precision
from askew.similarity import Similarity
from askew.tasks import Task, get
from askew.types import Role

if TYPE_CHECKING:
    from askew.encoders import Encoder

LANGUAGE = "english"
"""The stemmer for words in Latin letters: with English endings off, Spanish and German words are found better too."""
FORMAT = 2
"""2: `headings`. Contracts of format 1 have none, and stay as they are."""
FORMAT_SPARSE = 3
"""The format of a contract with a sparse encoder: an askew that would not keep its vectors up to date refuses it."""
FORMAT_VECTORS = 4
"""The format of a contract whose vectors are stored in another precision than float32."""
FORMAT_PAIR = 5
"""The format of a contract with a pair of encoders, whatever else it has."""
OWN_VECTORS = "own vectors"
"""Model name and architecture in the signature of an index without a model, which holds the user's own vectors."""


FORMAT_ACCESS = 6
"""The format of a contract with access control: an askew that would not keep to it refuses it."""
FORMAT_SHIFTS = 7
"""The format of a contract of an index whose vectors were shifted."""


@dataclass(frozen=True)
class Contract:
    """The settings of an index.

    policy: what happens to a text that exceeds the model's maximum length. chunk_tokens, overlap: how it is split under
    the policy "chunk". language: the stemmer of the lexical channel. overrides: prompts by role that replace those of
    the model card; they are in the encoder's signature too. headings: whether a passage is encoded below the headings
    above it, and below the header row of the table that it continues. sparse: the learned sparse encoder, if any.
    vectors: the precision in which vectors are stored (`askew.quantisation`).
    access: whether the index has access control, so that a document is read by its readers alone.
    shifts: digest of the shifts (`askew.stores.shifts`) that the vectors of some documents have; "" for none.
    """

    task: str
    encoder: Signature
    policy: str
    chunk_tokens: int
    overlap: int
    language: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    headings: bool = True
    sparse: Signature | None = None
    vectors: str = Precision.FLOAT32
    access: bool = False
    shifts: str = ""

    @classmethod
    def for_task(
        cls,
        task: str,
        model: str | None = None,
        precision: str = "fp32",
        policy: str | None = None,
        chunk_tokens: int | None = None,
        overlap: int | None = None,
        prompts: Mapping[str, str] | None = None,
        encoder: "Encoder | None" = None,
        sparse: str | None = None,
        dim: int | None = None,
        vectors: str | None = None,
    ) -> "tuple[Self, Encoder]":
        """Return a new contract and its encoder. What is not given follows from the task.

        model: name of a card, or path of a user's card or model folder. prompts: by role, in place of the card's.
        encoder: use this instance instead of loading the card's model. sparse: name or folder of a sparse encoder. dim:
        truncate the vectors of a model that is trained for it. vectors: the precision in which they are stored.

        Raises `ModelError` if the encoders of a pair do not share a vector space.
        """
        chosen = get(task)
        if encoder is None:
            from askew.encoders.loading import load
            from askew.models import cards, matryoshka, own

            card = cards.with_prompts(own.resolve(model or chosen.model), task, prompts or {})
            card = card if dim is None else matryoshka.truncated(card, dim)
            encoder = load(card, task, precision)
        if encoder.signature.pair:
            from askew.encoders.shared_space import check_shared_space

            check_shared_space(encoder)
        contract = cls(
            task=task,
            encoder=encoder.signature,
            policy=checked_policy(policy or chosen.policy),
            chunk_tokens=checked_chunk_tokens(chunk_tokens, chosen, encoder),
            overlap=checked_overlap(overlap, chosen),
            language=LANGUAGE,
            overrides=dict(prompts or {}),
            sparse=None if sparse is None else sparse_signature(sparse, task),
            vectors=Precision(vectors or Precision.FLOAT32),
        )
        return contract, encoder

    @classmethod
    def for_vectors(cls, task: str, dim: int, similarity: str = "cosine", vectors: str | None = None) -> Self:
        """Return the contract of an index without a model, for vectors that the user computes.

        dim: length of the vectors. similarity: how they are compared, a name in `Similarity`. vectors: the precision in
        which they are stored.
        """
        if dim < 1:
            raise InputError(f"dim, the length of the vectors, must be at least 1, not {dim}.")
        if similarity not in list(Similarity):
            raise UnknownNameError("similarity", similarity, list(Similarity))
        signature = Signature(
            model=OWN_VECTORS,
            weights={},
            tokenizer={},
            config={},
            architecture=OWN_VECTORS,
            pooling="",
            dense="",
            normalised=False,
            similarity=Similarity(similarity),
            dim=dim,
            max_tokens=0,
            prompts={},
            titles="",
            precision="fp32",
            recipe=1,
        )
        return cls(
            get(task).name,
            signature,
            policy="accept",
            chunk_tokens=0,
            overlap=0,
            language=LANGUAGE,
            headings=False,
            vectors=Precision(vectors or Precision.FLOAT32),
        )

    @property
    def fingerprint(self) -> str:
        return self.encoder.fingerprint

    @property
    def has_model(self) -> bool:
        """Whether the index has a model; otherwise it holds the user's own vectors and cannot encode text."""
        return self.encoder.architecture != OWN_VECTORS

    def check(self, given: Signature, act: str) -> None:
        """Raise `ContractError` if this encoder is not the sealed one, even if the dimension is the same."""
        differences = self.encoder.differences(given)
        if differences and self.encoder.side(Role.DOCUMENT) == given.side(Role.DOCUMENT):
            raise ContractError(
                f"This index encodes queries in another way, so {act} is refused. Use the index's own model, or change "
                "it with askew migrate, which encodes no document again for that.",
                differences,
            )
        if differences:
            raise ContractError(
                f"This index was built with another encoder whose vectors are not comparable, so {act} is refused. "
                "Use the index's own model, or build a new index.",
                differences,
            )

    def check_sparse(self, given: Signature, act: str) -> None:
        """Raise `ContractError` if this sparse encoder is not the sealed one, InputError if none is sealed."""
        if self.sparse is None:
            raise InputError(
                "This index has no learned sparse encoder. Create it with --sparse MODEL (in Python: sparse=…), or add "
                "one with: askew migrate NAME --sparse MODEL"
            )
        if differences := self.sparse.differences(given):
            raise ContractError(
                f"The sparse vectors of this index are from another sparse encoder, so {act} is refused. Bring back "
                "the index's own model, or build a new index.",
                differences,
            )

    def check_alike(self, role: Role | None) -> None:
        """Raise `ContractError` if documents cannot be compared with each other because each role has an encoder,
        unless the document role is requested.
        """
        if self.encoder.towers and role is not Role.DOCUMENT:
            raise ContractError(
                f"{self.encoder.model} has separate encoders for queries and passages, trained to match questions with "
                "answers: two passages with the same meaning need not score high. To compare documents by the passage "
                "encoder nevertheless, pass the role document (--role document)."
            )

    def check_settings(self, settings: Mapping[str, object]) -> None:
        """Raise `ContractError` if these settings, by name, differ from the sealed ones."""
        mine: dict[str, object] = {
            "task": self.task,
            "model": self.encoder.model,
            "dim": self.encoder.dim,
            "similarity": str(self.encoder.similarity),
            "precision": self.encoder.precision,
            "policy": self.policy,
            "chunk_tokens": self.chunk_tokens,
            "overlap": self.overlap,
            "prompts": dict(self.overrides),
            "sparse": self.sparse.model if self.sparse else "none",
            "vectors": str(self.vectors),
            "access": self.access,
            "shifts": self.shifts or "none",
        }
        differences = [
            Difference(name, str(mine[name]), str(value)) for name, value in settings.items() if mine[name] != value
        ]
        if differences:
            raise ContractError(
                "The index was created with other settings. Omit these, or change the index with: askew migrate.",
                differences,
            )

    @property
    def _format(self) -> int:
        if self.shifts:
            return FORMAT_SHIFTS
        if self.access:
            return FORMAT_ACCESS
        if self.encoder.pair:
            return FORMAT_PAIR
        if self.vectors != Precision.FLOAT32:
            return FORMAT_VECTORS
        return FORMAT_SPARSE if self.sparse else FORMAT

    def as_json(self) -> dict[str, Any]:
        sparse = {"sparse": self.sparse.as_json(), "sparse_fingerprint": self.sparse.fingerprint} if self.sparse else {}
        exact = self.vectors == Precision.FLOAT32
        return {
            "format": self._format,
            "task": self.task,
            "policy": self.policy,
            "chunk_tokens": self.chunk_tokens,
            "overlap": self.overlap,
            "language": self.language,
            "headings": self.headings,
            "overrides": dict(self.overrides),
            "encoder": self.encoder.as_json(),
            "fingerprint": self.fingerprint,
            **sparse,
            **({} if exact else {"vectors": str(self.vectors)}),
            **({"access": True} if self.access else {}),
            **({"shifts": self.shifts} if self.shifts else {}),
        }

    def seal(self) -> str:
        """Return the contract as text, with its fingerprint."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a sealed contract. Raises `StoreError` if it is damaged or was altered."""
        try:
            fields = json.loads(text)
            if fields["format"] > FORMAT_SHIFTS:
                raise StoreError("The index was made by a newer askew. Upgrade: pip install -U askew.")
            contract = cls(
                task=fields["task"],
                encoder=Signature.from_json(fields["encoder"]),
                policy=fields["policy"],
                chunk_tokens=fields["chunk_tokens"],
                overlap=fields["overlap"],
                language=fields["language"],
                overrides=fields["overrides"],
                headings=fields.get("headings", False),
                sparse=Signature.from_json(fields["sparse"]) if "sparse" in fields else None,
                vectors=Precision(fields.get("vectors", Precision.FLOAT32)),
                access=fields.get("access", False) is True,
                shifts=str(fields.get("shifts", "")),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(
                f"The contract of the index cannot be read ({error}). Restore a backup of the index."
            ) from error
        of_sparse = contract.sparse.fingerprint if contract.sparse else None
        if contract.fingerprint != fields["fingerprint"] or of_sparse != fields.get("sparse_fingerprint"):
            raise StoreError("The contract of the index was altered after it was sealed. Restore a backup.")
        return contract


def sparse_signature(model: str, task: str) -> Signature:
    """Return the signature of a sparse encoder by its name or folder, whose files must be here."""
    from askew.encoders.sparse.encoder import load
    from askew.encoders.sparse.folder import resolve

    return load(resolve(model), task).signature


def checked_policy(name: str) -> str:
    from askew.documents.truncation import Policy  # a search needs neither this nor its neighbours

    if name not in list(Policy):
        raise UnknownNameError("policy", name, list(Policy))
    return name


def checked_chunk_tokens(given: int | None, task: Task, encoder: "Encoder") -> int:
    """Return the passage size in tokens; by default the task's, or the model's maximum if that is less."""
    room = encoder.room(Role.DOCUMENT)
    if given is None:
        return min(task.chunk_tokens, room)
    if not 1 <= given <= room:
        raise InputError(f"chunk_tokens must be 1 to {room} with this model, not {given}.")
    return given


def checked_overlap(given: int | None, task: Task) -> int:
    if given is not None and given < 0:
        raise InputError(f"The overlap must be at least 0 tokens, not {given}.")
    return task.overlap if given is None else given
