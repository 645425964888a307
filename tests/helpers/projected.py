"""Encoders in hand whose scores are never equal: the weightless one's vectors, projected by chance."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.models import cards
from askew.progress import Report, silent
from askew.similarity import normalise
from askew.types import Role


class Projected:
    def __init__(self, task: str, dim: int) -> None:
        self._inner = HashingEncoder(signature(cards.get("hashing"), task, "fp32"))
        whole = self._inner.signature.dim
        self._axes = np.random.default_rng(dim).standard_normal((whole, dim), np.float32)
        self.signature = replace(self._inner.signature, model=f"projected-{dim}", dim=dim)

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        found = self._inner.encode(texts, role, report, titles)
        return Encoded(normalise(found.vectors @ self._axes), found.tokens, found.seen)

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._inner.spans(texts)

    def room(self, role: Role) -> int:
        return self._inner.room(role)
