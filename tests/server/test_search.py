"""Searches over HTTP."""

import pytest
from helpers.server import Server

from askew import Index, QuestionAnswer
from askew.faq.faq import Faq


def test_search_answers_in_the_words_of_the_command_line(server: Server, book: str) -> None:
    found = server.post(f"{book}/search", {"query": "paid holiday", "k": 2, "where": {"year": {"$gte": 2021}}}).body
    assert [hit["id"] for hit in found["hits"]] == ["leave"]
    assert found["hits"][0]["passage"]["text"] == "Everyone has 28 days of paid holiday a year."
    assert (found["mode"], found["task"], found["degraded"]) == ("hybrid", "enterprise-search", [])
    assert found["tokens"] == {"tokens": 2, "seen": 2, "lost": 0, "unknown": 0}
    assert found["contract"] == server.get(book).body["contract_digest"]


def test_the_hits_are_those_of_the_library(server: Server, book: str) -> None:
    with Index.open(server.folder / "shelf") as index:
        ours = [(hit.id, hit.score) for hit in index.search("dogs in the canteen", 3)]
    theirs = server.post(f"{book}/search", {"query": "dogs in the canteen", "k": 3}).body["hits"]
    assert [(hit["id"], hit["score"]) for hit in theirs] == ours


def test_similar_context_explain_evaluate(server: Server, book: str) -> None:
    assert server.post(f"{book}/similar", {"text": "The canteen opens"}).body["hits"][0]["id"] == "hours"
    packed = server.post(f"{book}/context", {"query": "holiday", "budget_tokens": 50}).body
    assert packed["citations"][0]["document"] == "leave"
    assert packed["tokens"] <= 50
    assert packed["counted"]["seen"] == 1
    told = server.post(f"{book}/explain", {"query": "holiday", "document": "leave"}).body
    assert told["hybrid"]["rank"] == 1
    judged = {"queries": {"q": "holiday"}, "qrels": {"q": {"leave": 1}}, "measures": ["RR@10"]}
    assert server.post(f"{book}/evaluate", judged).body["summaries"][0]["mean"] == 1.0


def test_a_faq(server: Server, book: str) -> None:
    made = {"name": "help", "task": "faq", "model": "hashing"}
    assert server.post("/v1/indexes", made).status == 201
    entry = {"id": "p", "question": "How do I reset my password?", "answer": "Use the link on the login page."}
    assert server.post("/v1/indexes/help/documents", {"documents": [entry]}).body["added"]["questions"]["new"] == 1
    reply = server.post("/v1/indexes/help/faq", {"message": "How do I reset my password?", "threshold": 0}).body
    assert reply["hits"][0]["entry"]["id"] == "p"
    assert server.post("/v1/indexes/help/search", {"query": "x"}).status == 400
    assert server.post(f"{book}/faq", {"message": "x"}).status == 400
    with Faq.open(server.folder / "help", writable=True) as faq:
        faq.add([QuestionAnswer("q", "Where are you?", "In Ghent.")])
    asked = {"message": "Where are you?", "threshold": 0}
    assert server.post("/v1/indexes/help/faq", asked).body["hits"][0]["entry"]["id"] == "q"
    assert server("DELETE", "/v1/indexes/help").status == 200


def test_a_reranker_is_used_within_its_budget(server: Server, book: str) -> None:
    found = server.post(f"{book}/search", {"query": "holiday", "rerank": "tiny-cross"}).body
    assert found["reranking"]["model"] == "tiny-cross"
    assert found["hits"][0]["method"] == "tiny-cross"
    hurried = server.post(f"{book}/search", {"query": "holiday", "rerank": "tiny-cross", "budget": 1e-9}).body
    assert hurried["reranking"]["scored"] < hurried["reranking"]["candidates"]
    assert [part["part"] for part in hurried["degraded"]] == ["rerank"]


def test_hybrid_search_goes_by_words_when_the_time_for_meaning_is_over(server: Server, book: str) -> None:
    found = server.post(f"{book}/search", {"query": "paid holiday", "timeout": 1e-9}).body
    assert [part["part"] for part in found["degraded"]] == ["dense"]
    assert found["hits"][0]["id"] == "leave"
    assert found["hits"][0]["method"] == "lexical"
    again = server.post(f"{book}/search", {"query": "paid holiday", "timeout": 1e-9, "document_score": "mean2"}).body
    assert [hit["id"] for hit in again["hits"]] == [hit["id"] for hit in found["hits"]]
    dense = server.post(f"{book}/search", {"query": "paid holiday", "timeout": 1e-9, "mode": "dense"})
    assert (dense.status, dense.error) == (504, "DeadlineError")


@pytest.mark.parametrize(
    "body",
    [
        {"query": ""},
        {"query": "x", "k": 0},
        {"query": "x", "k": 10**9},
        {"query": "x", "offset": 10**9},
        {"query": "x", "extra": 1},
        {"query": 7},
        {"query": "x", "mode": "best"},
        {"query": "x" * 200_001},
        [],
        b"{",
        b"",
        b'{"query": "\\ud800"}',
        b'{"query": "x", "weights": [NaN, 1]}',
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_searched_for_is_refused(server: Server, book: str, body: object) -> None:
    refused = server.post(f"{book}/search", body)
    assert refused.status in (400, 422)
    assert set(refused.body["error"]) == {"type", "message", "hint"}


def test_a_field_that_is_not_there_is_named(server: Server, book: str) -> None:
    refused = server.post(f"{book}/search", {"query": "x", "where": {"yeer": 1}})
    assert (refused.status, refused.error) == (400, "UnknownNameError")
    assert "year" in refused.body["error"]["hint"]


def test_a_body_that_is_too_large_is_refused(server: Server, book: str) -> None:
    assert server.post(f"{book}/search", b" " * (17 << 20)).status == 413


def test_no_path_of_the_server_is_in_an_error(server: Server, book: str) -> None:
    (server.folder / "broken.askew").mkdir()
    refused = server.get("/v1/indexes/broken")
    assert refused.status >= 400
    assert str(server.folder) not in str(refused.body)


def test_a_page_of_another_site_cannot_post(server: Server, book: str) -> None:
    text = server.post(f"{book}/search", {"query": "x"}, Content_Type="text/plain")
    assert text.status == 422
    assert "application/json" in text.body["error"]["hint"]
