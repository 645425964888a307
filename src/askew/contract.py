"""What an index was built with, sealed at its creation and compared at every add, search and mining.

Everything that must agree lies here and nowhere else; it changes only as a whole, by building anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from askew.documents.ledger import Policy
from askew.encoders.signature import Signature
from askew.errors import ContractError, Difference, StoreError
from askew.similarity import Similarity
from askew.types import Role

FORMAT = 1
OWN_VECTORS = "own vectors"
"""Model name and architecture in the signature of an index without a model, which holds the user's own vectors."""


@dataclass(frozen=True)
class Contract:
    """`policy` says what happens to a text that the model cannot see whole; `chunk_tokens` and `overlap`
    how it is split where the policy is to split it. `language`: whose words the lexical half brings to their stems.
    `overrides`: prompts by role that the user put in place of the card's; they are in the encoder's signature too.
    """

    task: str
    encoder: Signature
    policy: str
    chunk_tokens: int
    overlap: int
    language: str
    overrides: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def for_vectors(cls, task: str, dim: int, similarity: str = "cosine") -> Self:
        """Return the contract of an index without a model: the caller supplies every vector."""
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
        return cls(task, signature, policy=Policy.ACCEPT.value, chunk_tokens=0, overlap=0, language="")

    @property
    def has_model(self) -> bool:
        return self.encoder.architecture != OWN_VECTORS

    @property
    def fingerprint(self) -> str:
        return self.encoder.fingerprint

    def check(self, given: Signature, act: str) -> None:
        """Refuses an encoder that is not the sealed one, also when the dimension is the same."""
        differences = self.encoder.differences(given)
        if differences:
            raise ContractError(
                f"This index was built with another encoder, and its vectors cannot be compared; {act} is refused. "
                "Use the index's own model, or build a new index.",
                differences,
            )

    def check_alike(self, role: Role | None) -> None:
        """Refuses to compare documents with each other where each role has an encoder of its own, unless that of the
        documents is asked for.
        """
        if self.encoder.towers and role is not Role.DOCUMENT:
            raise ContractError(
                f"{self.encoder.model} has one encoder for queries and another for passages, trained together to bring "
                "a question to its answer: two passages that say the same need not score high. To compare them all the "
                "same, both by the passages' encoder, ask for the role document (--role document)."
            )

    def check_settings(self, asked: Mapping[str, object]) -> None:
        """Refuses settings, by name, that the index was not sealed with."""
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
        }
        differences = [
            Difference(name, str(mine[name]), str(value)) for name, value in asked.items() if mine[name] != value
        ]
        if differences:
            raise ContractError(
                "The index was sealed with other settings. Leave these out, or change them: askew migrate.",
                differences,
            )

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "task": self.task,
            "policy": self.policy,
            "chunk_tokens": self.chunk_tokens,
            "overlap": self.overlap,
            "language": self.language,
            "overrides": dict(self.overrides),
            "encoder": self.encoder.as_json(),
            "fingerprint": self.fingerprint,
        }

    def seal(self) -> str:
        return json.dumps(self.as_json(), ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, text: str) -> Self:
        try:
            fields = json.loads(text)
            if fields["format"] > FORMAT:
                raise StoreError("The index was made by a newer askew. Upgrade: pip install -U askew.")
            contract = cls(
                task=fields["task"],
                encoder=Signature.from_json(fields["encoder"]),
                policy=fields["policy"],
                chunk_tokens=fields["chunk_tokens"],
                overlap=fields["overlap"],
                language=fields["language"],
                overrides=fields["overrides"],
            )
        except (ValueError, KeyError, TypeError) as fault:
            raise StoreError(
                f"The contract of the index cannot be read ({fault}); restore a copy of the index."
            ) from fault
        if contract.fingerprint != fields["fingerprint"]:
            raise StoreError("The contract of the index was altered after it was sealed; restore a copy of the index.")
        return contract
