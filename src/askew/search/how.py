"""How a search is made: all that may be said about it beside the query."""

from dataclasses import dataclass

from askew.types import Where

MODES = ("dense", "lexical", "hybrid")
DOCUMENT_SCORES = {"max": 1, "mean2": 2, "mean3": 3}
"""Of how many of its best passages a document's score is the mean."""

CANDIDATES = 100
"""How many of the best are read again by a reranking model, and how deep hybrid search reads each ranking."""


@dataclass(frozen=True)
class How:
    """The `k` best after the first `offset`. weights: of the dense and of the lexical ranking in mode hybrid.

    passages: hits of one document at most. document_score: which of a document's passages make its score in the dense
    ranking, a name in DOCUMENT_SCORES; the others are for documents where several passages together are the answer.
    min_confidence: the share of first hits that are right, as calibrated; 0 for no promise.
    """

    k: int = 10
    mode: str = "dense"
    where: Where | None = None
    weights: tuple[float, float] = (1.0, 1.0)
    offset: int = 0
    passages: int = 1
    document_score: str = "max"
    min_confidence: float = 0.0

    @property
    def reach(self) -> int:
        return self.offset + self.k

    @property
    def depth(self) -> int:
        """How deep a fused ranking reads its parts. It grows in steps, as another depth may be another order: pages
        within one step fit together.
        """
        depth = CANDIDATES
        while depth < self.reach:
            depth *= 10
        return depth
