"""Encoder signature: everything its vectors depend on, and a fingerprint over it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Self

from askew.errors import Difference
from askew.models.cards import Module
from askew.similarity import Similarity


@dataclass(frozen=True)
class Signature:
    """Encoders with equal signatures produce equal vectors; a change of any field changes the vectors.

    `weights`, `tokenizer` and `config` map a role, or "both", to the SHA-256 of its file. `dense` is the activation of
    the dense layer after the pooling, "" for none. `prompts` maps a role to the text prepended to the input, or to a
    hosted service's parameter for it. `titles` is how a document's title is combined with its text. `recipe` is the
    version of our code that computes the vectors, incremented whenever a change of ours moves them.

    `modules`, `width`, `root`, `lower_case`, `unknown` and `prompt_excluded` are as on the card. Each counts only where
    it differs from its default, so a model without them keeps the fingerprint that it had before they existed.
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
    modules: tuple[Module, ...] = ()
    width: int = 0
    root: str = ""
    lower_case: bool = False
    unknown: bool = False
    prompt_excluded: bool = False

    @property
    def fingerprint(self) -> str:
        """Return 64 hexadecimal digits computed from every field."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    @property
    def towers(self) -> bool:
        """Return whether queries and documents have separate weights."""
        return len(self.weights) > 1

    def differences(self, given: "Signature") -> list[Difference]:
        mine, theirs = asdict(self), asdict(given)
        return [
            Difference(name, _shown(mine[name]), _shown(theirs[name])) for name in mine if mine[name] != theirs[name]
        ]

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value != DEFAULTS.get(name, ...)}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        modules = tuple(Module(**module) for module in fields.get("modules", ()))
        return cls(**{**fields, "similarity": Similarity(fields["similarity"]), "modules": modules})


DEFAULTS = {part.name: part.default for part in fields(Signature) if part.default is not MISSING}


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | tuple) else str(value)
