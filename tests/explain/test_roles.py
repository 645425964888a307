import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the reference is sentence-transformers; install askew[torch]")

import transformers
from helpers import reference
from helpers.tiny_prompts import PROMPTS, card_of

from askew import Document, Index
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.explain.explain import Explanation, explain
from askew.models import cards

WORDS = re.findall(r"\w+", "the cat sat on the mat with a dog how long can i stay home baby weeks money is not back 4")
QUERY = "how long can i stay"
MAX_TOKENS = 64
K = 7


def pages() -> list[Document]:
    rng = np.random.default_rng(11)
    return [Document(f"d{i}", " ".join(rng.choice(WORDS, size=rng.integers(4, 12)))) for i in range(40)]


def expected(scores: np.ndarray) -> list[str]:
    return [f"d{i}" for i in np.argsort(-scores, kind="stable")]


def check(found: Explanation, as_query: np.ndarray, as_document: np.ndarray) -> None:
    """Both rankings, figure by figure, against the reference library's scores."""
    for role, scores in ((found.roles.query, as_query), (found.roles.document, as_document)):
        order = expected(scores)
        assert [listed.document for listed in role.top] == order[:K]
        assert [listed.rank for listed in role.top] == list(range(1, K + 1))
        assert np.allclose([listed.score for listed in role.top], np.sort(scores)[::-1][:K], rtol=1e-5, atol=1e-5)
        assert role.rank == order.index(found.document) + 1
        assert role.score == pytest.approx(scores[int(found.document[1:])], rel=1e-5, abs=1e-5)
    used = as_query if found.roles.used == "query" else as_document
    assert found.dense.rank == expected(used).index(found.document) + 1
    assert found.dense.score_at_k == pytest.approx(np.sort(used)[-K], rel=1e-5, abs=1e-5)


def without_each(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]


@pytest.fixture
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def test_a_model_with_prompts_against_sentence_transformers(own_cards: None, tmp_path: Path) -> None:
    folder = reference.save("bert", tmp_path / "e5")
    documents = pages()

    def encoded(texts: list[str], role: str) -> np.ndarray:
        return reference.encode(folder, texts, MAX_TOKENS, prompt=PROMPTS[role])

    vectors = encoded([document.text for document in documents], "document")
    as_query, as_document = (vectors @ encoded([QUERY], role)[0] for role in ("query", "document"))
    with Index.create(tmp_path / "x", "question-answering", model=str(card_of(folder))) as index:
        index.add(documents)
        for id in ("d0", "d17", "d33"):
            found = explain(index, QUERY, id, K)
            check(found, as_query, as_document)
            assert not found.roles.alike
            assert all(repr(prompt) in found.roles.reason for prompt in PROMPTS.values())
            assert found.query_given.given == PROMPTS["query"] + QUERY
            assert found.document_given.given == PROMPTS["document"] + documents[int(id[1:])].text
            without = encoded(without_each(QUERY), "query") @ vectors[int(id[1:])]
            words = {word.start: word for word in found.query_words.words}
            assert np.allclose([words[at].score_without for at in sorted(words)], without, atol=1e-5)
    assert expected(as_query)[:K] != expected(as_document)[:K]  # else the two roles would prove nothing


def test_two_towers_against_transformers(own_cards: None, tmp_path: Path) -> None:
    kinds = {"query": transformers.DPRQuestionEncoder, "document": transformers.DPRContextEncoder}
    acts = {"query": "gelu", "document": "relu"}
    folders = {r: reference.save("dpr", tmp_path / r, kind=kinds[r], hidden_act=acts[r]) for r in kinds}
    documents = pages()
    texts = [document.text for document in documents]

    def encoded(given: list[str], role: str) -> np.ndarray:
        return reference.tower(folders[role], kinds[role], given, [""] * len(given), MAX_TOKENS)

    vectors = encoded(texts, "document")
    as_query, as_document = (vectors @ encoded([QUERY], role)[0] for role in ("query", "document"))
    with Index.create(tmp_path / "x", "question-answering", model=str(card_of(folders)), policy="accept") as index:
        index.add(documents)
        found = explain(index, QUERY, "d8", K)
    check(found, as_query, as_document)
    assert expected(as_query)[:K] != expected(as_document)[:K]
    assert (found.similarity, found.roles.used, found.roles.alike) == ("dot", "query", False)


@pytest.fixture
def roles_of(tmp_path: Path) -> Callable[..., Explanation]:
    def made(task: str, **changes: object) -> Explanation:
        encoder = HashingEncoder(replace(signature(cards.get("hashing"), task, "fp32"), **changes))
        with Index.create(tmp_path / "x", task, encoder=encoder) as index:
            index.add(pages())
            return explain(index, QUERY, "d3", K)

    return made


def test_where_the_model_knows_no_roles_that_is_said(roles_of: Callable[..., Explanation]) -> None:
    both = roles_of("question-answering").roles
    assert (both.alike, both.used) == (True, "query")
    assert both.query.top == both.document.top


def test_the_same_prompt_for_both_makes_them_alike(roles_of: Callable[..., Explanation]) -> None:
    both = roles_of("paraphrase", prompts={"query": "query: ", "document": "query: "}).roles
    assert (both.alike, both.used) == (True, "document")
    assert "'query: '" in both.reason
