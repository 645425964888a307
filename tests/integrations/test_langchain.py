"""LangChain's standard tests, run on askew's embeddings, vector store and retriever, and what they leave out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import Document as Page
from langchain_core.embeddings import Embeddings, FakeEmbeddings
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests

import askew
from askew import Index
from askew.errors import InputError
from askew.integrations.langchain import AskewEmbeddings, AskewRetriever, AskewStore


class TestEmbeddings(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return AskewEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "hashing"}


class TestEmbeddingsInUse(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return AskewEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "hashing"}


class TestStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        with Index.create(tmp_path / "store", "question-answering", model="hashing") as index:
            yield AskewStore(index)


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _index(self, book: Index) -> None:
        self.index = book

    @property
    def retriever_constructor(self) -> type[AskewRetriever]:
        return AskewRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.index, "k": 2}

    @property
    def retriever_query_example(self) -> str:
        return "how many days of holiday"


def test_queries_and_documents_are_encoded_in_their_roles(prompted: str) -> None:
    embeddings = AskewEmbeddings(prompted)
    query, document = embeddings.embed_query("dogs on mat"), embeddings.embed_documents(["dogs on mat"])[0]
    for role, made in (("query", query), ("document", document)):
        wanted = askew.encode("dogs on mat", task="question-answering", role=role, model=prompted)[0]
        np.testing.assert_allclose(made, wanted, atol=1e-6)
    assert not np.allclose(query, document)


def test_a_filter_and_scores_are_those_of_the_index(book: Index) -> None:
    store = AskewStore(book)
    found = store.similarity_search_with_score("dogs in the office", k=3, filter={"year": {"$gte": 2021}})
    hits = book.search("dogs in the office", 3, where={"year": {"$gte": 2021}})
    assert [(page.id, score) for page, score in found] == [(hit.id, hit.score) for hit in hits]
    assert {page.metadata["year"] for page, _ in found} == {2022, 2024}
    with pytest.raises(InputError, match="year"):
        store.similarity_search("dogs", filter={"yaer": 2024})


def test_every_kind_of_search_of_a_retriever_made_from_the_store(book: Index) -> None:
    store = AskewStore(book)
    for kind, more in (
        ("similarity", {}),
        ("mmr", {"lambda_mult": 0.5}),
        ("similarity_score_threshold", {"score_threshold": 0.1}),
    ):
        retriever = store.as_retriever(search_type=kind, search_kwargs={"k": 1, **more})
        pages = retriever.invoke("may my dogs come to the office")
        assert [(page.id, page.metadata["title"]) for page in pages] == [("dogs", "Dogs")]


def test_relevance_is_refused_where_scores_have_no_bounds(book: Index) -> None:
    assert 0 <= AskewStore(book, mode="dense").similarity_search_with_relevance_scores("dogs", k=1)[0][1] <= 1
    with pytest.raises(InputError, match="lexical"):
        AskewStore(book, mode="lexical").similarity_search_with_relevance_scores("dogs", k=1)


def test_texts_without_ids_are_stored_once_and_not_confused(tmp_path: Path) -> None:
    embeddings = AskewEmbeddings("hashing", task="enterprise-search")
    store = AskewStore.from_texts(
        ["red tents", "red tents"], embeddings, [{"page": 1}, {"page": 2}], name=tmp_path / "s"
    )
    with store.index as index:
        assert (len(index), index.contract.task, index.contract.encoder.model) == (2, "enterprise-search", "hashing")
        store.add_texts(["red tents"], [{"page": 1}])
        assert len(index) == 2
        assert sorted(page.metadata["page"] for page in store.similarity_search("tents", k=5)) == [1, 2]


def test_what_could_not_be_stored_leaves_no_index(tmp_path: Path) -> None:
    embeddings = AskewEmbeddings("hashing")
    with pytest.raises(InputError):
        AskewStore.from_texts(["red", "blue"], embeddings, [{}], name=tmp_path / "s")
    assert list(tmp_path.glob("s*")) == []
    AskewStore.from_texts(["red", "blue"], embeddings, name=tmp_path / "s").index.close()


def test_embeddings_of_another_library_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dim"):
        AskewStore.from_texts(["a"], FakeEmbeddings(size=3), name=tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_lists_of_different_lengths_are_refused_and_nothing_is_stored(book: Index) -> None:
    for metadatas, ids in (([{}], None), (None, ["a"])):
        with pytest.raises(InputError):
            AskewStore(book).add_texts(["one", "two"], metadatas, ids=ids)
    with pytest.raises(InputError):
        AskewStore(book).delete()
    assert len(book) == 3


def test_a_retriever_filters_and_takes_a_mode(book: Index) -> None:
    retriever = AskewRetriever(index=book, k=3, mode="lexical", where={"year": 2020})
    page = retriever.invoke("dogs")[0]
    assert (page.id, page.metadata) == ("dogs", {"title": "Dogs", "year": 2020})
    assert isinstance(page, Page)
