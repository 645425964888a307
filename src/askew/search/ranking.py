"""From the nearest passages to a ranking of documents, each by its best passage."""

from collections.abc import Callable
from dataclasses import dataclass

from askew.stores import Neighbours, Store
from askew.types import FloatMatrix, Where

WIDEN = 4  # passages asked for, to each document wanted; asked again for more where they fall together


@dataclass(frozen=True)
class Ranked:
    """A document by its best passage. A higher score is better."""

    document: str
    key: int
    score: float


def dense(store: Store, vectors: FloatMatrix, k: int, where: Where | None = None) -> list[list[Ranked]]:
    """For each vector (n, dim) its k best documents by the store's inner product."""
    return _collapsed(lambda wanted: store.nearest(vectors, wanted, where), store, len(vectors), k)


def lexical(store: Store, query: str, k: int, where: Where | None = None) -> list[Ranked]:
    """The k best documents by BM25 (Robertson and Zaragoza 2009); fewer where fewer share a word."""
    return _collapsed(lambda wanted: store.lexical(query, wanted, where), store, 1, k)[0]


def _collapsed(fetch: Callable[[int], Neighbours], store: Store, queries: int, k: int) -> list[list[Ranked]]:
    """Fetches passages until each query has k documents or there are no more passages."""
    wanted = k * WIDEN
    while True:
        found = fetch(wanted)
        ranked = [_best(store, found, row, k) for row in range(queries)]
        exhausted = found.keys.shape[1] < wanted or bool((found.keys[:, -1] < 0).all())
        if exhausted or all(len(documents) == k for documents in ranked):
            return ranked
        wanted *= WIDEN


def _best(store: Store, found: Neighbours, row: int, k: int) -> list[Ranked]:
    keys = [int(key) for key in found.keys[row] if key >= 0]
    best: dict[str, Ranked] = {}
    for key, document, score in zip(keys, store.owners(keys), found.scores[row], strict=False):
        if document not in best:
            best[document] = Ranked(document, key, float(score))
    return list(best.values())[:k]
