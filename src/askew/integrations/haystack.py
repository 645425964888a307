"""Haystack: components that embed texts and documents, and one that retrieves from an index."""

from dataclasses import replace
from typing import Any

from askew.embedding import encode
from askew.environment import require
from askew.errors import InputError
from askew.index import Index
from askew.integrations.passages import metadata_of

require("haystack", "Haystack", "haystack", "askew.integrations.haystack")

from haystack import Document, component

K = 10


@component
class AskewTextEmbedder:
    """Embeds a query, with the model's prompt for queries. model: None is the task's own."""

    def __init__(self, model: str | None = None, task: str = "question-answering", precision: str = "fp32") -> None:
        self.model, self.task, self.precision = model, task, precision

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        if not isinstance(text, str):
            raise InputError(f"AskewTextEmbedder takes a string, not {type(text).__name__}.")
        vectors = encode(text, task=self.task, role="query", model=self.model, precision=self.precision)
        return {"embedding": vectors[0].tolist()}


@component
class AskewDocumentEmbedder:
    """Embeds documents, with the model's prompt for documents. model: None is the task's own."""

    def __init__(self, model: str | None = None, task: str = "question-answering", precision: str = "fp32") -> None:
        self.model, self.task, self.precision = model, task, precision

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """Return copies of the documents with their embedding. Those without text are refused."""
        if without := [document.id for document in documents if not document.content]:
            raise InputError(f"The document {without[0]} has no text to embed.")
        texts = [str(document.content) for document in documents]
        vectors = encode(texts, task=self.task, role="document", model=self.model, precision=self.precision)
        return {
            "documents": [
                replace(document, embedding=vector.tolist())
                for document, vector in zip(documents, vectors, strict=True)
            ]
        }


@component
class AskewDocumentRetriever:
    """Retrieves from the index of this name, which is opened read-only at the first query.

    k: passages. mode: dense, lexical, hybrid or sparse; None is that of the task. reranker: name of a cross-encoder.
    """

    def __init__(self, name: str, k: int = K, mode: str | None = None, reranker: str | None = None) -> None:
        self.name, self.k, self.mode, self.reranker = name, k, mode, reranker
        self._index: Index | None = None

    def warm_up(self) -> None:
        if self._index is None:
            self._index = Index.open(self.name)

    @component.output_types(documents=list[Document])
    def run(self, query: str, where: dict[str, Any] | None = None, k: int | None = None) -> dict[str, list[Document]]:
        """where: a filter, as of `Index.search`. k: instead of the component's own."""
        index = self._index or Index.open(self.name)
        self._index = index
        hits = index.search(query, self.k if k is None else k, mode=self.mode, where=where, rerank=self.reranker)
        return {
            "documents": [Document(id=hit.id, content=hit.text, meta=metadata_of(hit), score=hit.score) for hit in hits]
        }
