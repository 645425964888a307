"""LlamaIndex: its own index over askew's embeddings, and its own engine over askew's retriever."""

import asyncio

import numpy as np
import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import TextNode

import askew
from askew import Index
from askew.errors import InputError
from askew.integrations.llama_index import AskewEmbedding, AskewNodeRetriever

TEXTS = ("Everyone has 28 days of paid holiday a year.", "Dogs may come to the office on Fridays.")


def test_queries_and_texts_are_encoded_in_their_roles(prompted: str) -> None:
    model = AskewEmbedding(model_name=prompted)
    query, text = model.get_query_embedding("dogs on mat"), model.get_text_embedding("dogs on mat")
    for role, made in (("query", query), ("document", text)):
        wanted = askew.encode("dogs on mat", task="question-answering", role=role, model=prompted)[0]
        np.testing.assert_allclose(made, wanted, atol=1e-6)
    assert not np.allclose(query, text)
    assert asyncio.run(model.aget_query_embedding("dogs on mat")) == query
    assert model.get_text_embedding_batch(["dogs on mat"]) == [text]


def test_an_index_of_llama_index_searches_by_askews_vectors() -> None:
    nodes = [TextNode(id_=str(number), text=text) for number, text in enumerate(TEXTS)]
    index = VectorStoreIndex(nodes, embed_model=AskewEmbedding(model_name="hashing"))
    found = index.as_retriever(similarity_top_k=1).retrieve("may my dogs come to the office")
    vectors = askew.encode(TEXTS, task="question-answering", role="document", model="hashing")
    query = askew.encode("may my dogs come to the office", task="question-answering", role="query", model="hashing")[0]
    assert [one.node_id for one in found] == ["1"]
    assert found[0].score == pytest.approx(float(vectors[1] @ query), abs=1e-6)


def test_a_retriever_gives_the_hits_of_the_index(book: Index) -> None:
    found = AskewNodeRetriever(book, 2, where={"year": {"$lte": 2022}}).retrieve("dogs in the office")
    hits = book.search("dogs in the office", 2, where={"year": {"$lte": 2022}})
    assert [(one.node_id, one.score, one.text) for one in found] == [(hit.id, hit.score, hit.text) for hit in hits]
    assert found[0].metadata == {"title": "Dogs", "year": 2020}


def test_a_query_engine_answers_from_the_passages(book: Index) -> None:
    engine = RetrieverQueryEngine.from_args(AskewNodeRetriever(book, 1), llm=MockLLM())
    answer = engine.query("may my dogs come to the office")
    assert [one.node_id for one in answer.source_nodes] == ["dogs"]
    assert "Well-behaved dogs" in str(answer)


def test_an_unknown_mode_is_refused(book: Index) -> None:
    with pytest.raises(InputError, match="mode"):
        AskewNodeRetriever(book, mode="magic").retrieve("dogs")
