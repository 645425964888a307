"""Encoder protocol: texts and a role in, vectors out. Encoders know nothing of ids, stores or tasks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from askew.encoders.signature import Signature
from askew.progress import Report, silent
from askew.types import FloatMatrix, Role


@dataclass(frozen=True)
class Encoded:
    """Encoded texts. vectors: (n, dim) float32. tokens: (n,), tokens per text. seen: (n,), tokens that the model
    processed and knows.

    Both counts exclude special tokens and the prompt: a text was truncated, or has words that the model does not know,
    where seen < tokens. An unknown word counts a token for every four characters.
    """

    vectors: FloatMatrix
    tokens: NDArray[np.int64]
    seen: NDArray[np.int64]


@dataclass(frozen=True)
class ScoredPairs:
    """Scores (n,) of pairs of texts, higher is better. tokens, seen, unknown: (n,), of both texts: all, those that the
    model read, and those of the others that were not cut off but mean nothing to it.
    """

    scores: NDArray[np.float32]
    tokens: NDArray[np.int64]
    seen: NDArray[np.int64]
    unknown: NDArray[np.int64]


class Encoder(Protocol):
    @property
    def signature(self) -> Signature: ...

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        """Encode texts. A vector depends only on the text, its title, the role and the signature, not on its batch.

        titles: empty, or one per text ("" for no title); they are combined with the texts in the model's own way.
        """

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return the token offsets of each text: an array (tokens, 2) of start and end in characters."""

    def room(self, role: Role) -> int:
        """Return how many tokens are left for a text and its title after the special tokens and the role's prompt."""


@runtime_checkable
class SpreadEncoder(Protocol):
    """An encoder that works in many places at once, and whose vectors arrive in parts."""

    def parts(
        self, texts: Sequence[str], role: Role, titles: Sequence[str] = ()
    ) -> Iterator[tuple[NDArray[np.int64], Encoded]]:
        """Yield the positions of some texts and what became of them, until every text was among them once."""
