"""Documents and vectors of an index that is looked at by the doctor."""

from collections.abc import Callable, Sequence

import numpy as np

from askew.diagnostics.finding import DiagnosticContext
from askew.stores import Entry
from askew.types import Document, FloatMatrix, Passage

Make = Callable[..., DiagnosticContext]
"""Texts, and vectors where they are not to be random, to the case of an index that holds them."""

SUBJECTS = ("river", "bread", "engine", "violin", "harbour", "glacier", "lantern", "orchard", "compass", "saddle")
VERBS = ("carries", "hides", "follows", "repairs", "paints", "measures", "forgets", "borrows", "opens", "guards")


def entry(id: str, text: str, vector: FloatMatrix, tokens: int = 0, seen: int = 0) -> Entry:
    passage = Passage(id, 0, 0, len(text), text)
    return Entry(Document(id, text), f"digest of {id}", [passage], vector[None], tokens or 9, seen or tokens or 9)


def spread(count: int, dim: int, common: float = 0.0, seed: int = 5) -> FloatMatrix:
    """Unit vectors in all directions; `common` is how much of one direction each of them has."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, dim)) / np.sqrt(dim)
    rows[:, 0] += common
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def plain_texts(count: int, seed: int = 5) -> Sequence[str]:
    """English sentences of several lengths, no two the same."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        words = rng.choice(SUBJECTS, 3), rng.choice(VERBS, 3)
        parts = [f"the {a} that {b} the house" for a, b in zip(*words, strict=True)][: 1 + number % 3]
        made.append(f"In the year {1000 + number} it was {' and '.join(parts)} of them.")
    return made
