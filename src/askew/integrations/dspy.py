"""DSPy: a retrieval model over an index, and a function that embeds."""

from collections.abc import Callable
from dataclasses import dataclass

from askew.client.client import Client
from askew.embedding import encode
from askew.environment import require
from askew.index import Index
from askew.types import FloatMatrix, Where

require("dspy", "DSPy", "dspy", "askew.integrations.dspy")

from dspy import Embedder, Prediction

K = 3
"""Passages that `dspy.Retrieve` asks for by default."""


@dataclass(frozen=True)
class FoundPassage:
    """A passage in the form that `dspy.Retrieve` reads."""

    id: str
    long_text: str
    score: float


class AskewRM:
    """A retrieval model for `dspy.configure(rm=…)`, on this machine or on a server (`askew.connect`)."""

    def __init__(
        self,
        index: Index | Client,
        k: int = K,
        *,
        mode: str | None = None,
        where: Where | None = None,
        reranker: str | None = None,
    ) -> None:
        self._index, self._k, self._mode, self._where, self._reranker = index, k, mode, where, reranker

    def __call__(self, query: str, k: int | None = None) -> list[FoundPassage]:
        hits = self._index.search(
            query, self._k if k is None else k, mode=self._mode, where=self._where, rerank=self._reranker
        )
        return [FoundPassage(hit.id, hit.text, hit.score) for hit in hits]


def search_tool(index: Index | Client, k: int = K) -> Callable[[str], Prediction]:
    """Return a function `search(query)` that predicts `passages`, for modules and as a tool of `dspy.ReAct`."""

    def search(query: str) -> Prediction:
        """Search the documents, and return the passages that answer best."""
        return Prediction(passages=[found.long_text for found in AskewRM(index, k)(query)])

    return search


def embedder(
    model: str | None = None, *, task: str = "paraphrase", role: str | None = None, precision: str = "fp32"
) -> Embedder:
    """Return a `dspy.Embedder` that encodes as `askew.encode` does. role: `query` or `document`; symmetric tasks need
    none.
    """

    def embed(texts: list[str]) -> FloatMatrix:
        return encode(texts, task=task, role=role, model=model, precision=precision)

    return Embedder(embed, caching=False)
