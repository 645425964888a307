"""What a vector depends on, field by field, and its fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from askew.errors import Difference
from askew.similarity import Similarity


@dataclass(frozen=True)
class Signature:
    """Two encoders of equal signature give equal vectors; change any field and the vectors change.

    `prompts` maps a role to the text put before the input. `recipe` counts the versions of our own code
    that computes the vectors: it is raised when a change of ours moves them.
    """

    model: str
    weights: str
    tokenizer: str
    architecture: str
    pooling: str
    normalised: bool
    similarity: Similarity
    dim: int
    max_tokens: int
    prompts: Mapping[str, str]
    precision: str
    recipe: int

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits over every field."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def differences(self, given: "Signature") -> list[Difference]:
        mine, theirs = asdict(self), asdict(given)
        return [
            Difference(name, _shown(mine[name]), _shown(theirs[name])) for name in mine if mine[name] != theirs[name]
        ]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        return cls(**{**fields, "similarity": Similarity(fields["similarity"])})


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
