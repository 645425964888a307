"""Haystack: pipelines of its own with askew's components, saved and loaded."""

from pathlib import Path

import numpy as np
import pytest
from haystack import Document, Pipeline
from haystack.components.builders import PromptBuilder
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

import askew
from askew import Index
from askew.errors import InputError
from askew.integrations.haystack import AskewDocumentEmbedder, AskewDocumentRetriever, AskewTextEmbedder


def test_queries_and_documents_are_embedded_in_their_roles(prompted: str) -> None:
    query = AskewTextEmbedder(prompted).run("dogs on mat")["embedding"]
    given = Document(content="dogs on mat", meta={"year": 2020})
    document = AskewDocumentEmbedder(prompted).run([given])["documents"][0]
    for role, made in (("query", query), ("document", document.embedding)):
        wanted = askew.encode("dogs on mat", task="question-answering", role=role, model=prompted)[0]
        np.testing.assert_allclose(made, wanted, atol=1e-6)
    assert (document.id, document.meta, given.embedding) == (given.id, given.meta, None)


def test_a_pipeline_over_a_store_of_haystack() -> None:
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    pages = [Document(id="dogs", content="Dogs may come on Fridays."), Document(id="lunch", content="Soup at noon.")]
    store.write_documents(AskewDocumentEmbedder("hashing").run(pages)["documents"])
    pipeline = Pipeline()
    pipeline.add_component("embed", AskewTextEmbedder("hashing"))
    pipeline.add_component("retrieve", InMemoryEmbeddingRetriever(store, top_k=1))
    pipeline.connect("embed.embedding", "retrieve.query_embedding")
    found = pipeline.run({"embed": {"text": "dogs on Fridays"}})["retrieve"]["documents"]
    assert [page.id for page in found] == ["dogs"]


def test_a_saved_pipeline_retrieves_as_the_index_does(book: Index, tmp_path: Path) -> None:
    pipeline = Pipeline()
    pipeline.add_component("retrieve", AskewDocumentRetriever(str(tmp_path / "book"), k=2))
    pipeline.add_component(
        "prompt",
        PromptBuilder("{% for page in documents %}{{ page.content }} {% endfor %}", required_variables=["documents"]),
    )
    pipeline.connect("retrieve.documents", "prompt.documents")
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["askew.integrations.haystack"])
    made = loaded.run(
        {"retrieve": {"query": "dogs in the office", "where": {"year": 2020}}}, include_outputs_from={"retrieve"}
    )
    pages, hits = made["retrieve"]["documents"], book.search("dogs in the office", 2, where={"year": 2020})
    assert [(page.id, page.score, page.content) for page in pages] == [(hit.id, hit.score, hit.text) for hit in hits]
    assert pages[0].meta == {"title": "Dogs", "year": 2020}
    assert made["prompt"]["prompt"].strip() == hits[0].text


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="x1"):
        AskewDocumentEmbedder("hashing").run([Document(id="x1", content=None)])
    with pytest.raises(InputError):
        AskewTextEmbedder("hashing").run(3)
