"""Embeddings and rerankings in the forms of OpenAI, Cohere, Jina and Text Embeddings Inference."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import late_model
from helpers.server import Server

import askew
from askew.encoders.loading import load_late
from askew.models import own

TEXTS = ["Everyone has 28 days of paid holiday.", "Dogs may come on Fridays.", "short"]
MINI = "all-MiniLM-L6-v2"
QUERY_TOKENS = 12  # of late_model


def ours(texts: list[str], model: str = MINI, role: str = "document") -> np.ndarray:
    return askew.encode(texts, task="question-answering", role=role, model=model)


def rows(body: Any) -> np.ndarray:
    return np.array([one["embedding"] for one in body["data"]], np.float32)


def test_openai_floats_are_the_librarys_vectors(server: Server) -> None:
    found = server.post("/v1/embeddings", {"input": TEXTS, "model": MINI})
    assert np.abs(rows(found.body) - ours(TEXTS)).max() <= 1e-6
    assert found.body["usage"]["prompt_tokens"] == found.body["askew"]["tokens"]["tokens"] > 10
    assert found.headers["x-askew-contract"] == found.body["askew"]["contract"]
    assert found.headers["x-askew-role"] == "any"


def test_openai_base64_is_the_same(server: Server) -> None:
    body = server.post("/v1/embeddings", {"input": TEXTS[0], "model": MINI, "encoding_format": "base64"}).body
    vector = np.frombuffer(base64.b64decode(body["data"][0]["embedding"]), "<f4")
    assert np.abs(vector - ours(TEXTS[:1])[0]).max() <= 1e-6


def test_token_ids_are_those_of_the_models_tokenizer(server: Server) -> None:
    text = server.post("/v1/embeddings", {"input": "hi", "model": MINI}).body
    for given in ([101, 7632, 102], [[101, 7632, 102]]):
        body = server.post("/v1/embeddings", {"input": given, "model": MINI}).body
        assert np.array_equal(rows(body), rows(text))
    for other in ([15339, 1917], [99999], [7632]):  # cl100k: hello world
        assert server.post("/v1/embeddings", {"input": other, "model": MINI}).status == 400
    assert server.post("/v1/embeddings", {"input": [1], "model": "hashing"}).status == 400


def test_dimensions_that_were_not_trained_are_refused(server: Server) -> None:
    assert server.post("/v1/embeddings", {"input": "x", "model": MINI, "dimensions": 384}).status == 200
    refused = server.post("/v1/embeddings", {"input": "x", "model": MINI, "dimensions": 256})
    assert (refused.status, refused.error) == (400, "InputError")


def test_models(server: Server) -> None:
    names = [one["id"] for one in server.get("/v1/models").body["data"]]
    assert names == ["hashing", MINI, "hashing-roles", "tiny-cross", "tiny-late"]
    assert server.get(f"/v1/models/{MINI}").body["id"] == MINI
    assert server.get("/v1/models/nothing").status == 404
    assert server.post("/v1/embeddings", {"input": "x", "model": "nothing"}).status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"input": "x", "model": "hashing-roles"}),
        ("/v2/embed", {"texts": ["x"], "model": "hashing-roles"}),
    ],
)
def test_a_model_whose_roles_differ_needs_one(server: Server, path: str, body: dict[str, Any]) -> None:
    refused = server.post(path, body)
    assert refused.status == 400
    assert "input_type" in refused.body["error"]["hint"]


def test_each_role_has_its_vector(server: Server) -> None:
    for role in ("query", "document"):
        found = server.post("/v1/embeddings", {"input": "x y", "model": "hashing-roles", "input_type": role})
        assert found.headers["x-askew-role"] == role
    for kind, role in (("search_query", "query"), ("search_document", "document")):
        found = server.post("/v2/embed", {"texts": ["x"], "model": "hashing-roles", "input_type": kind})
        assert found.body["askew"]["role"] == role


def test_a_text_that_is_too_long_is_refused_or_truncated_as_asked(server: Server) -> None:
    words = [f"w{number}" for number in range(30)]
    body = {"input": " ".join(words), "model": "hashing-roles", "input_type": "query"}
    refused = server.post("/v1/embeddings", body)
    assert refused.status == 400
    assert "truncate" in refused.body["error"]["message"] + refused.body["error"]["hint"]
    for way, kept in (("END", words[:20]), ("START", words[-20:])):
        cut = server.post("/v1/embeddings", {**body, "truncate": way})
        assert cut.body["askew"]["tokens"] == {"tokens": 30, "seen": 20, "lost": 10, "unknown": 0}
        whole = server.post("/v1/embeddings", {**body, "input": " ".join(kept)})
        assert np.array_equal(rows(cut.body), rows(whole.body))


def test_forms_of_other_clients_are_taken(server: Server) -> None:
    """LiteLLM sends null for what it was not told, huggingface_hub the direction in small letters."""
    whole = server.post("/v1/embeddings", {"input": TEXTS, "model": MINI})
    null = {"input": TEXTS, "model": MINI, "encoding_format": None, "dimensions": None, "user": None}
    assert np.array_equal(rows(server.post("/v1/embeddings", null).body), rows(whole.body))
    for way in ("left", "Left", "right", None):
        found = server.post("/embed", {"inputs": TEXTS, "truncate": True, "truncation_direction": way})
        assert np.array_equal(found.body, server.post("/embed", {"inputs": TEXTS}).body)
    assert server.post("/embed", {"inputs": TEXTS, "truncation_direction": "up"}).status == 422


def test_cohere_types(server: Server) -> None:
    kinds = ["float", "int8", "uint8", "binary", "ubinary", "base64"]
    given = {"texts": TEXTS, "model": MINI, "input_type": "search_query", "embedding_types": kinds}
    found = server.post("/v2/embed", given).body
    assert found["response_type"] == "embeddings_by_type"
    exact, made = ours(TEXTS), found["embeddings"]
    assert np.abs(np.array(made["float"], np.float32) - exact).max() <= 1e-6
    assert np.array_equal(np.unpackbits(np.array(made["ubinary"], np.uint8), axis=1), exact > 0)
    assert np.array_equal(np.array(made["binary"]) + 128, made["ubinary"])
    assert np.array_equal(np.array(made["int8"]) + 128, made["uint8"])
    rough = np.array(made["int8"], np.float32)
    cosines = (rough * exact).sum(1) / np.linalg.norm(rough, axis=1)
    assert cosines.min() > 0.999
    assert np.abs(np.frombuffer(base64.b64decode(made["base64"][0]), "<f4") - exact[0]).max() <= 1e-6


def test_tei_embeds_with_the_first_model(server: Server) -> None:
    found = server.post("/embed", {"inputs": TEXTS})
    assert np.abs(np.array(found.body) - ours(TEXTS, "hashing")).max() <= 1e-6
    assert server.get("/info").body["model_id"] == "hashing"
    assert server.post("/embed", {"inputs": "x", "normalize": False}).status == 400


@pytest.mark.parametrize("model", ["tiny-cross", "tiny-late", "hashing"])
def test_rerankers_agree_in_all_forms(server: Server, model: str) -> None:
    given = {"model": model, "query": "paid holiday", "documents": TEXTS}
    jina = server.post("/v1/rerank", {**given, "top_n": 2}).body["results"]
    cohere = server.post("/v2/rerank", given).body["results"]
    assert [one["index"] for one in jina] == [one["index"] for one in cohere][:2]
    assert jina[0]["document"]["text"] == TEXTS[jina[0]["index"]]
    scores = [one["relevance_score"] for one in cohere]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= (1 if model != "tiny-late" else QUERY_TOKENS) for score in scores)
    if model == "hashing":
        assert cohere[0]["index"] == 0
    elif model == "tiny-cross":  # the default
        tei = server.post("/rerank", {"query": "paid holiday", "texts": TEXTS, "truncate": True, "return_text": True})
        assert [one["index"] for one in tei.body] == [one["index"] for one in cohere]
        assert tei.body[0]["text"] == TEXTS[tei.body[0]["index"]]


def test_late_interaction_gives_the_librarys_scores(server: Server, tmp_path: Path) -> None:
    encoder = load_late(own.add(late_model.pylate(tmp_path / "same")))
    expected = encoder.scored([("paid holiday", text) for text in TEXTS])
    found = server.post("/v1/rerank", {"model": "tiny-late", "query": "paid holiday", "documents": TEXTS}).body
    scores = {one["index"]: one["relevance_score"] for one in found["results"]}
    assert np.abs(np.array([scores[n] for n in range(3)]) - expected.scores).max() <= 1e-5
    assert found["askew"]["tokens"]["tokens"] == expected.tokens.sum()
    assert found["askew"]["tokens"]["seen"] == expected.seen.sum()
    odd = encoder.scored([("holiday", "paid 🐙 holiday"), ("🐙", "holiday"), ("holiday", "paid " * 600)])
    assert odd.unknown.tolist() == [1, 1, 0]
    assert ((odd.tokens - odd.seen) > odd.unknown).tolist() == [False, False, True]


def test_a_crowd_gets_the_scores_of_each_alone(server: Server) -> None:
    def scores(model: str, query: str) -> list[float]:
        body = {"model": model, "query": query, "documents": TEXTS}
        results = server.post("/v1/rerank", body).body["results"]
        return [one["relevance_score"] for one in sorted(results, key=lambda one: one["index"])]

    asked = [(model, f"holiday {'of ' * (n % 5)}{n}") for n in range(24) for model in ("tiny-cross", "tiny-late")]
    alone = np.array([scores(*one) for one in asked])
    with ThreadPoolExecutor(16) as pool:
        crowd = np.array(list(pool.map(lambda one: scores(*one), asked)))
    assert np.abs(crowd - alone).max() <= 1e-5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"input": []}),
        ("/v1/embeddings", {"input": ["x"] * 2049}),
        ("/v1/embeddings", {"input": "x", "input_type": "queries"}),
        ("/v1/embeddings", {"input": "x", "task": "nothing"}),
        ("/v2/embed", {"texts": ["x"], "embedding_types": ["int4"]}),
        ("/v2/embed", {"texts": ["x"], "input_type": "image"}),
        ("/v2/rerank", {"query": "x", "documents": []}),
        ("/embed", {"inputs": "x", "prompt_name": "none"}),
    ],
)
def test_what_cannot_be_encoded_is_refused(server: Server, path: str, body: dict[str, Any]) -> None:
    assert server.post(path, body).status in (400, 422)
