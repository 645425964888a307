"""Shared vector space of two encoders: whether a text's query vector finds the same text's document vector.

Two encoders of the same dimension are comparable only if one was trained into the space of the other; otherwise every
search returns arbitrary documents, with scores that look normal. The test is retrieval itself: each of a fixed set of
varied texts, encoded as a query, has to find itself among all of them, encoded as documents. In unrelated spaces one in
as many as there are texts does, and in one space nearly all.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.encoders import Encoder
from askew.encoders.texts import varied
from askew.errors import ModelError
from askew.similarity import normalise
from askew.types import Role

FOUND = 0.5
"""Minimum share of the texts that find themselves. Below it, a pair is refused."""
ROUNDS = 3
"""Times that each text is encoded to measure how long it takes."""


@dataclass(frozen=True)
class SpaceAgreement:
    """Agreement of the query encoder with the document encoder, on `texts` texts. found: share of the texts that find
    themselves first. same, other: mean cosine of a text's query vector with its own document vector, and with those of
    the other texts.
    """

    texts: int
    found: float
    same: float
    other: float

    @property
    def shared(self) -> bool:
        return self.found >= FOUND and self.same > self.other

    def __str__(self) -> str:
        return (
            f"{round(self.found * self.texts)} of {self.texts} texts find themselves; mean cosine of a text as query "
            f"and as document {self.same:.3f}, of different texts {self.other:.3f}"
        )


def agreement(encoder: Encoder, texts: Sequence[str] = ()) -> SpaceAgreement:
    """Measure the agreement of an encoder's two roles. texts: distinct, at least two; by default a fixed set."""
    texts = texts or varied()
    queries, documents = (normalise(encoder.encode(texts, role).vectors) for role in (Role.QUERY, Role.DOCUMENT))
    cosines = (queries @ documents.T).astype(np.float64)
    own = np.diagonal(cosines)
    others = cosines[~np.eye(len(texts), dtype=bool)]
    first = cosines.argmax(axis=1) == np.arange(len(texts))
    return SpaceAgreement(len(texts), float(first.mean()), float(own.mean()), float(others.mean()))


def check_shared_space(encoder: Encoder) -> SpaceAgreement:
    """Return the agreement of a pair's encoders. Raises `ModelError` with its figures if they share no space."""
    found = agreement(encoder)
    if not found.shared:
        sides = encoder.signature.documents, encoder.signature.queries
        documents, queries = (side.model if side else encoder.signature.model for side in sides)
        raise ModelError(
            f"The queries of {queries} cannot search the documents of {documents}, because their vectors do not share "
            f"a space: {found}. At least {FOUND:.0%} have to find themselves. Choose a query encoder that was trained "
            f"for documents of {documents}, or fit one: askew models fit-queries FOLDER --documents {documents} "
            "--texts FILE"
        )
    return found


def query_milliseconds(encoder: Encoder, role: Role = Role.QUERY) -> float:
    """Return how long this machine takes to encode one text, the median over varied texts encoded one by one."""
    texts = varied()
    encoder.encode(texts[:1], role)  # opens the model
    taken = []
    for text in texts * ROUNDS:
        start = time.perf_counter()
        encoder.encode([text], role)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1000
