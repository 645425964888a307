"""LlamaIndex: an embedding model, and a retriever over an index."""

from typing import Any

from askew.client.client import Client
from askew.embedding import encode
from askew.environment import require
from askew.index import Index
from askew.integrations.passages import metadata_of
from askew.types import Where

require("llama_index", "LlamaIndex", "llama-index", "askew.integrations.llama_index")

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

K = 10


class AskewEmbedding(BaseEmbedding):
    """Encodes by role: queries with the model's prompt for queries, texts with that for documents.

    model_name: a model of askew; "" is the task's own. task, precision: as for `askew.encode`.
    """

    model_name: str = ""
    task: str = "question-answering"
    precision: str = "fp32"

    @classmethod
    def class_name(cls) -> str:
        return "AskewEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._encoded([query], "query")[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._encoded([text], "document")[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._encoded(texts, "document")

    def _encoded(self, texts: list[str], role: str) -> list[list[float]]:
        vectors = encode(texts, task=self.task, role=role, model=self.model_name or None, precision=self.precision)
        found: list[list[float]] = vectors.tolist()
        return found


class AskewNodeRetriever(BaseRetriever):
    """Retrieves from an index on this machine or on a server (`askew.connect`); the nodes carry the index's scores."""

    def __init__(
        self,
        index: Index | Client,
        k: int = K,
        *,
        mode: str | None = None,
        where: Where | None = None,
        reranker: str | None = None,
    ) -> None:
        super().__init__()
        self._index, self._k, self._mode, self._where, self._reranker = index, k, mode, where, reranker

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._index.search(
            query_bundle.query_str, self._k, mode=self._mode, where=self._where, rerank=self._reranker
        )
        return [NodeWithScore(node=_node(hit.id, hit.text, metadata_of(hit)), score=hit.score) for hit in hits]


def _node(id: str, text: str, metadata: dict[str, Any]) -> TextNode:
    return TextNode(id_=id, text=text, metadata=metadata)
