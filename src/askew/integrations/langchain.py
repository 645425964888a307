"""LangChain: embeddings, a vector store and a retriever over an index."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from askew.client.client import Client
from askew.embedding import encode
from askew.environment import require
from askew.errors import InputError
from askew.index import Index
from askew.integrations.passages import document_metadata, metadata_of
from askew.records import text_id
from askew.search.hits import Hits
from askew.types import Document, Where

require("langchain_core", "LangChain", "langchain", "askew.integrations.langchain")

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as Page
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from pydantic import ConfigDict

K = 4
"""Documents that LangChain's own stores return by default."""


class AskewEmbeddings(Embeddings):
    """Encodes by role: `embed_query` with the model's prompt for queries, `embed_documents` with that for documents."""

    def __init__(self, model: str | None = None, *, task: str = "question-answering", precision: str = "fp32") -> None:
        """model: None is the task's own. task, precision: as for `askew.encode`."""
        self.model, self.task, self.precision = model, task, precision

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._encoded(texts, "document")

    def embed_query(self, text: str) -> list[float]:
        return self._encoded([text], "query")[0]

    def _encoded(self, texts: list[str], role: str) -> list[list[float]]:
        vectors = encode(texts, task=self.task, role=role, model=self.model, precision=self.precision)
        return [[float(value) for value in vector] for vector in vectors]


class AskewStore(VectorStore):
    """An open index as a vector store. The index encodes by its contract; scores are its own, higher is better.

    Texts without an id get one made from text and metadata, so that adding the same texts again stores nothing twice.
    """

    def __init__(self, index: Index, *, mode: str | None = None) -> None:
        """mode: dense, lexical or hybrid; None is that of the index's task."""
        self.index, self.mode = index, mode

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        name: str,
        ids: list[str] | None = None,
    ) -> Self:
        """Create the index `NAME.askew` with the texts. embedding: AskewEmbeddings, whose task and model are sealed."""
        if not isinstance(embedding, AskewEmbeddings):
            raise InputError(
                "An index encodes its texts itself: pass AskewEmbeddings(model, task=…). For vectors of another model, "
                "create the index with dim=… and use index.add(…, vectors=…)."
            )
        index = Index.create(name, embedding.task, model=embedding.model, precision=embedding.precision)
        store = cls(index)
        try:
            store.add_texts(texts, metadatas, ids=ids)
        except BaseException:
            index.discard()  # nobody was given it
            raise
        return store

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
    ) -> list[str]:
        """Store texts, durably, and return their ids."""
        found = list(texts)
        facts: Sequence[dict[str, Any]] = metadatas or [{}] * len(found)
        given: Sequence[str | None] = ids or [None] * len(found)
        if not len(found) == len(facts) == len(given):
            raise InputError(f"{len(found)} texts need as many metadatas and ids, not {len(facts)} and {len(given)}.")
        documents = [
            Document(id or _made_id(text, fact), text, metadata=fact)
            for text, fact, id in zip(found, facts, given, strict=True)
        ]
        self.index.add(documents)
        return [document.id for document in documents]

    def delete(self, ids: list[str] | None = None) -> bool:
        """Delete documents. Ids that are not there are no error; without any, nothing is deleted."""
        if ids is None:
            raise InputError("delete needs the ids to delete; index.discard() deletes the index.")
        self.index.delete(ids)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Page]:
        """Return the whole documents with these ids; those that are not there are left out."""
        found = [self.index.get(id) for id in ids if id in self.index]
        return [Page(id=one.id, page_content=one.text, metadata=document_metadata(one)) for one in found]

    def similarity_search(self, query: str, k: int = K, *, filter: Where | None = None) -> list[Page]:
        """Return the best passages. filter: as `where` of an index, such as `{"year": {"$gte": 2020}}`."""
        return _pages(self.index.search(query, k, mode=self.mode, where=filter))

    def similarity_search_with_score(
        self, query: str, k: int = K, *, filter: Where | None = None
    ) -> list[tuple[Page, float]]:
        hits = self.index.search(query, k, mode=self.mode, where=filter)
        return list(zip(_pages(hits), (hit.score for hit in hits), strict=True))

    def max_marginal_relevance_search(
        self, query: str, k: int = K, fetch_k: int = 20, lambda_mult: float = 0.5, *, filter: Where | None = None
    ) -> list[Page]:
        """Return passages that differ from each other. fetch_k is not used: the index has a pool of its own."""
        return _pages(self.index.search(query, k, mode=self.mode, where=filter, diversity=1 - lambda_mult))

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """Hybrid scores are from 0 to 1 already; cosines from -1 to 1; others have no bounds."""
        mode = self.mode or self.index.task.mode
        if mode == "hybrid":
            return lambda score: min(max(score, 0.0), 1.0)
        if mode == "dense" and self.index.contract.encoder.similarity == "cosine":
            return lambda score: min(max((1 + score) / 2, 0.0), 1.0)
        raise InputError(f"Scores of {mode} search have no bounds here: use similarity_search_with_score.")


class AskewRetriever(BaseRetriever):
    """Retrieves from an index on this machine or on a server (`askew.connect`).

    k: passages. mode: dense, lexical, hybrid or sparse; None is that of the task. reranker: name of a cross-encoder.
    where: a filter. min_confidence: as for `Index.search`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index | Client
    k: int = K
    mode: str | None = None
    reranker: str | None = None
    where: dict[str, Any] | None = None
    min_confidence: float = 0.0

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Page]:
        return _pages(
            self.index.search(
                query,
                self.k if k is None else k,
                mode=self.mode,
                where=self.where,
                rerank=self.reranker,
                min_confidence=self.min_confidence,
            )
        )


def _pages(hits: Hits) -> list[Page]:
    return [Page(id=hit.id, page_content=hit.text, metadata=metadata_of(hit)) for hit in hits]


def _made_id(text: str, metadata: dict[str, Any]) -> str:
    return text_id(text, json.dumps(metadata, sort_keys=True, default=str) if metadata else "")
