"""Every passage that there is, compared with a query."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.stores import Keys, Store
from askew.types import FloatMatrix, Where

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Corpus:
    """The passages that a filter keeps, one a row. keys: (n,), ascending. owner: (n,), the document's place in `ids`.

    What is asked for and came or went while the passages were read raises KeyError.
    """

    keys: Keys
    ids: tuple[str, ...]
    owner: Rows
    numbers: Mapping[str, int]

    def number(self, document: str) -> int:
        return self.numbers[document]

    def rows(self, keys: Keys) -> Rows:
        """Where these passages are."""
        rows = np.searchsorted(self.keys, keys)
        here = np.append(self.keys, -1)[rows] == keys
        if not here.all():
            raise KeyError(int(keys[~here][0]))
        return rows


def compare(store: Store, vectors: FloatMatrix, where: Where | None) -> tuple[Corpus, list[Scores]]:
    """vectors: (m, dim). For each its score with every passage, also where the store's own search is approximate."""
    keys: list[Keys] = [np.empty(0, np.int64)]
    scores: list[list[Scores]] = [[np.empty(0, np.float32)] for _ in vectors]
    for block in store.blocks(where):
        keys.append(block.keys)
        for vector, found in zip(vectors, scores, strict=True):
            found.append(products(block.vectors, vector))
    return _corpus(store, np.concatenate(keys)), [np.concatenate(found) for found in scores]


def products(vectors: FloatMatrix, query: FloatMatrix) -> Scores:
    """(n,): reckoned in double precision, as the exact search does, so that equal vectors have equal scores."""
    scores: Scores = np.einsum("ij,j->i", vectors, query, dtype=np.float64).astype(np.float32)
    return scores


def _corpus(store: Store, keys: Keys) -> Corpus:
    numbers: dict[str, int] = {}
    owner = [numbers.setdefault(id, len(numbers)) for id in store.owners(keys.tolist())]
    return Corpus(keys, tuple(numbers), np.array(owner, np.int64), numbers)
