"""Clients of others against the server, unchanged but for the address."""

import httpx
import numpy as np
import pytest
from helpers.server import Server

import askew

pytestmark = pytest.mark.filterwarnings("ignore")  # what these libraries warn of is theirs
MINI = "all-MiniLM-L6-v2"
TEXTS = ["Everyone has 28 days of paid holiday.", "Dogs may come on Fridays."]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return askew.encode(TEXTS, task="question-answering", role="document", model=MINI)


def near(found: object, vectors: np.ndarray) -> bool:
    return bool(np.abs(np.array(found, np.float32) - vectors).max() <= 1e-6)


def test_openai(server: Server, vectors: np.ndarray) -> None:
    from openai import BadRequestError, OpenAI

    with OpenAI(base_url=f"{server.url}/v1", api_key="none") as client:
        found = client.embeddings.create(model=MINI, input=TEXTS)
        assert near([one.embedding for one in found.data], vectors)
        role = client.embeddings.create(model="hashing-roles", input="x", extra_body={"input_type": "query"})
        assert len(role.data[0].embedding) == 64
        with pytest.raises(BadRequestError, match="input_type"):
            client.embeddings.create(model="hashing-roles", input="x")
        assert MINI in [one.id for one in client.models.list()]


def test_cohere(server: Server, vectors: np.ndarray) -> None:
    import cohere

    kinds = ["float", "ubinary"]
    with cohere.ClientV2("none", base_url=server.url) as client:
        found = client.embed(model=MINI, texts=TEXTS, input_type="search_document", embedding_types=kinds)
        assert near(found.embeddings.float_, vectors)
        assert len(found.embeddings.ubinary[0]) == 384 // 8
        ranked = client.rerank(model=MINI, query="how many days of holiday", documents=TEXTS, top_n=1)
        assert ranked.results[0].index == 0


def test_langchain(server: Server, vectors: np.ndarray) -> None:
    from langchain_cohere import CohereEmbeddings, CohereRerank
    from langchain_openai import OpenAIEmbeddings

    how = {"base_url": f"{server.url}/v1", "api_key": "none", "check_embedding_ctx_length": False}
    with httpx.Client() as http:
        openai = OpenAIEmbeddings(model=MINI, http_client=http, **how)
        assert near(openai.embed_documents(TEXTS), vectors)
        assert near(openai.embed_query(TEXTS[0]), vectors[0])
    cohere = CohereEmbeddings(model=MINI, base_url=server.url, cohere_api_key="none", user_agent="test")
    ranking = CohereRerank(model=MINI, base_url=server.url, cohere_api_key="none", top_n=1)
    with cohere.client, ranking.client:
        assert near(cohere.embed_documents(TEXTS), vectors)
        assert ranking.rerank(TEXTS, "how many days of holiday")[0]["index"] == 0


def test_llama_index(server: Server, vectors: np.ndarray) -> None:
    from llama_index.embeddings.openai import OpenAIEmbedding

    with httpx.Client() as http:
        openai = OpenAIEmbedding(model_name=MINI, api_base=f"{server.url}/v1", api_key="none", http_client=http)
        assert near(openai.get_text_embedding_batch(TEXTS), vectors)
