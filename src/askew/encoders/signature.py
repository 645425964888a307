"""Encoder signature: everything its vectors depend on, and a fingerprint over it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any, Self

from askew.errors import Difference
from askew.models.card import RIGHT, Module
from askew.similarity import Similarity
from askew.types import Role

SIDES = ("documents", "queries")
"""Fields that hold the signatures of a pair's encoders; all others of a pair but its name and recipe follow from them.
"""


@dataclass(frozen=True)
class Signature:
    """Encoders with equal signatures produce equal vectors; a change of any field changes the vectors.

    `weights`, `tokenizer` and `config` map a role, or "both", to the SHA-256 of its file. `dense` is the activation of
    the dense layer after the pooling, "" for none. `prompts` maps a role to the text prepended to the input, or to a
    hosted service's parameter for it. `titles` is how a document's title is combined with its text. `recipe` is the
    version of our code that computes the vectors, incremented whenever a change of ours moves them.

    `modules`, `width`, `root`, `lower_case`, `truncation_side`, `unknown` and `prompt_excluded` are as on the card.
    Each counts only where it differs from its default, so a model without them keeps the fingerprint that it had before
    they existed.

    `documents` and `queries`: of a pair (`askew.encoders.dual`), the signatures of its two encoders.
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
    truncation_side: str = RIGHT
    unknown: bool = False
    prompt_excluded: bool = False
    documents: "Signature | None" = None
    queries: "Signature | None" = None

    @property
    def fingerprint(self) -> str:
        """Return 64 hexadecimal digits computed from every field."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    @property
    def towers(self) -> bool:
        """Return whether queries and documents have separate weights."""
        return len(self.weights) > 1 or self.pair

    @property
    def pair(self) -> bool:
        """Return whether queries and documents have different encoders in one vector space."""
        return self.documents is not None and self.queries is not None

    @property
    def hosted(self) -> bool:
        """Return whether texts of either role go to a service."""
        return any(one.weights.get("service") for one in (self, self.documents, self.queries) if one is not None)

    def side(self, role: Role) -> "Signature":
        """Return the part of the signature that the vectors of one role depend on.

        Vectors of a role are equal where its sides are, whatever becomes of the other role's encoder and prompt.
        """
        own = self.documents if role is Role.DOCUMENT else self.queries
        if own is not None:
            return own.side(role)
        prompt = self.prompts.get(role, "")
        return replace(
            self,
            weights=_of(role, self.weights),
            tokenizer=_of(role, self.tokenizer),
            config=_of(role, self.config),
            prompts={str(role): prompt} if prompt else {},
            titles=self.titles if role is Role.DOCUMENT else "",
        )

    def differences(self, given: "Signature") -> list[Difference]:
        """Return the fields that differ; those of a pair's encoders by the side that they are on."""
        if self.pair and given.pair:
            names: Sequence[str] = ("model", "recipe")
        else:
            names = [name for name in _fields(self) if name not in SIDES]
        mine, theirs = _fields(self), _fields(given)
        found = [Difference(name, _shown(mine[name]), _shown(theirs[name])) for name in names]
        found = [one for one in found if mine[one.field] != theirs[one.field]]
        for side in SIDES:
            one, other = getattr(self, side), getattr(given, side)
            if one is not None and other is not None:
                found += [replace(each, field=f"{side}: {each.field}") for each in one.differences(other)]
            elif one != other:
                found.append(Difference(side, *(each.model if each else "none" for each in (one, other))))
        return found

    def as_json(self) -> dict[str, Any]:
        sides = {side: signature.as_json() for side in SIDES if (signature := getattr(self, side)) is not None}
        plain = {name: value for name, value in _fields(self).items() if value != DEFAULTS.get(name, ...)}
        return plain | sides

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        modules = tuple(Module(**module) for module in fields.get("modules", ()))
        sides = {side: cls.from_json(fields[side]) for side in SIDES if fields.get(side) is not None}
        return cls(**{**fields, "similarity": Similarity(fields["similarity"]), "modules": modules, **sides})


DEFAULTS = {part.name: part.default for part in fields(Signature) if part.default is not MISSING}


def _of(role: Role, hashes: Mapping[str, str]) -> Mapping[str, str]:
    """Return the hashes of one role where it has its own."""
    return {str(role): hashes[role]} if role in hashes else hashes


def _fields(signature: Signature) -> dict[str, Any]:
    """Return the fields in plain types, without a pair's encoders."""
    return asdict(replace(signature, documents=None, queries=None))


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | tuple) else str(value)
