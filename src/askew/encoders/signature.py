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

    `weights`, `tokenizer` and `config` map a role, or "both", to the SHA-256 of the file that serves it. `dense` is the
    activation of a layer after the pooling, "" for none. `prompts` maps a role to the text put before the input, or
    to the word that a hosted service has for it; `titles` says how a document's title goes before its text. `recipe`
    counts the versions of our own code that computes the vectors: it is raised when a change of ours moves them.
    """

    model: str
    weights: Mapping[str, str]
    tokenizer: Mapping[str, str]
    config: Mapping[str, str]
    architecture: str
    pooling: str
    dense: str
    normalised: bool
    similarity: Similarity
    dim: int
    max_tokens: int
    prompts: Mapping[str, str]
    titles: str
    precision: str
    recipe: int

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits over every field."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def towers(self) -> bool:
        """Whether query and document have weights of their own."""
        return len(self.weights) > 1

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
