"""Dual encoders: an encoder for each role, in one vector space.

Either two models, a large one for documents and a small or static one for queries: documents are encoded once, but a
query at every search, so it is the query encoder that a search waits for. Such pairs are made by distillation into the
space of the document encoder: Wang and Lyu 2023 (arXiv:2306.11550), LEAF (arXiv:2509.12539). Or the two towers of one
model, trained together (DPR, Karpukhin et al. 2020, arXiv:2004.04906).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded, Encoder
from askew.encoders.onnx.encoder import Golden, OnnxEncoder
from askew.encoders.signature import Signature
from askew.errors import ModelError
from askew.models.card import PAIR
from askew.progress import Report, silent
from askew.types import Role

RECIPE = 1
"""Incremented when the way in which a pair computes vectors beyond its encoders changes."""


def paired(model: str, documents: Signature, queries: Signature) -> Signature:
    """Return the signature of a pair. All but its name and recipe follow from the signatures of its encoders."""
    sides = {Role.DOCUMENT: documents, Role.QUERY: queries}
    prompts = {str(role): prompt for role, side in sides.items() if (prompt := side.prompts.get(role, ""))}
    return Signature(
        model=model,
        weights={},
        tokenizer={},
        config={},
        architecture=PAIR,
        pooling="",
        dense="",
        normalised=documents.normalised and queries.normalised,
        similarity=documents.similarity,
        dim=documents.dim,
        max_tokens=documents.max_tokens,
        prompts=prompts,
        titles=documents.titles,
        precision="int8" if "int8" in (documents.precision, queries.precision) else "fp32",
        recipe=RECIPE,
        documents=documents,
        queries=queries,
    )


class EncoderPair:
    """Encoder of a pair: each role has an encoder of its own, of any adapter.

    Raises ModelError if the vectors of the two cannot be compared. Whether they mean the same is another question,
    which `askew.encoders.shared_space` answers when an index is made.
    """

    def __init__(self, signature: Signature, sides: Mapping[Role, Encoder]) -> None:
        documents, queries = (sides[role].signature for role in (Role.DOCUMENT, Role.QUERY))
        for name in ("dim", "similarity"):
            one, other = getattr(documents, name), getattr(queries, name)
            if one != other:
                raise ModelError(
                    f"{signature.model} is no pair in one vector space: {name} is {one} for documents "
                    f"({documents.model}) and {other} for queries ({queries.model})."
                )
        self.signature = signature
        self.sides = sides

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        return self.sides[role].encode(texts, role, report, titles)

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return token offsets by the document tokenizer, because only documents are chunked."""
        return self.sides[Role.DOCUMENT].spans(texts)

    def room(self, role: Role) -> int:
        return self.sides[role].room(role)


class Towers(EncoderPair):
    """Two towers of one model. folders, golden: an entry per role. The signature covers the weights of both."""

    def __init__(
        self, signature: Signature, folders: Mapping[str, Path], golden: Mapping[str, Golden] | None = None
    ) -> None:
        if missing := [str(role) for role in Role if role not in folders]:
            raise ModelError(
                f"{signature.model} is a dual encoder, and its weights for {', '.join(missing)} are missing."
            )
        known = golden or {}
        super().__init__(
            signature, {role: OnnxEncoder(signature, folders[role], known.get(role, ()), role) for role in Role}
        )
        self._folders = folders
        self._checked = False

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        self._check()
        return super().encode(texts, role, report, titles)

    def _check(self) -> None:
        """Check both encoders even if only one is needed, so that no index is built that queries cannot search."""
        if self._checked:
            return
        from askew.encoders.families import width

        widths = {role: width(self.signature.architecture, self._folders[role]) for role in Role}
        if len(set(widths.values())) > 1:
            dims = ", ".join(f"{role} {dim}" for role, dim in widths.items())
            raise ModelError(
                f"The encoders of {self.signature.model} have different dimensions: {dims}. Correct the card."
            )
        self._checked = True
