"""DPR from end to end: two towers from the disk, an index, a search by dot product, against plain transformers."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the reference is transformers; install askew[torch]")

import transformers
from helpers import reference
from helpers.cli import process, refused
from helpers.tiny_prompts import card_of

from askew import Document, Index
from askew.errors import ContractError
from askew.types import Role

DOCUMENTS = [
    Document("cat", "the cat sat on the mat with a dog", "cat"),
    Document("home", "how long can i stay home with the baby", "baby weeks"),
    Document("money", "money is not back 4 weeks", ""),
    Document("long", "the dog " * 40 + "is home", "dog"),
    Document("emoji", "🎉 ünïcode 東京", "mat"),
]
QUERIES = ["how long can i stay", "is the money back", "cat dog mat", "🎉"]
MAX_TOKENS = 64


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    reference.save("dpr", tmp_path / "query", kind=transformers.DPRQuestionEncoder)
    reference.save("dpr", tmp_path / "document", kind=transformers.DPRContextEncoder, hidden_act="relu")
    return card_of({role: tmp_path / role for role in ("query", "document")})


def test_it_equals_plain_transformers_order_included(card: Path, tmp_path: Path) -> None:
    texts, titles = [document.text for document in DOCUMENTS], [document.title for document in DOCUMENTS]
    documents = reference.tower(tmp_path / "document", transformers.DPRContextEncoder, texts, titles, MAX_TOKENS)
    asked = reference.tower(tmp_path / "query", transformers.DPRQuestionEncoder, QUERIES, [""] * 4, MAX_TOKENS)
    expected = asked @ documents.T
    assert np.ptp(np.linalg.norm(documents, axis=1)) > 0.1  # else dot and cosine would be alike
    with Index.create(tmp_path / "index", "question-answering", model=str(card), policy="accept") as index:
        index.add(DOCUMENTS)
    with Index.open(tmp_path / "index") as index:
        assert set(index.contract.encoder.weights) == {"query", "document"}
        for query, scores in zip(QUERIES, expected, strict=True):
            hits = index.search(query, 5, mode="dense")
            assert [hit.document.id for hit in hits] == [DOCUMENTS[i].id for i in np.argsort(-scores)]
            assert np.allclose([hit.score for hit in hits], np.sort(scores)[::-1], atol=1e-3)


def test_mining_takes_the_tower_of_documents_and_its_dot_product(card: Path, tmp_path: Path) -> None:
    texts, titles = [document.text for document in DOCUMENTS], [document.title for document in DOCUMENTS]
    vectors = reference.tower(tmp_path / "document", transformers.DPRContextEncoder, texts, titles, MAX_TOKENS)
    scores = vectors @ vectors.T
    threshold = float(np.sort(scores[np.triu_indices(5, 1)])[-4:-2].mean())
    with Index.create(tmp_path / "index", "question-answering", model=str(card), policy="accept") as index:
        index.add(DOCUMENTS)
        found = {(pair.a, pair.b) for pair in index.duplicates(threshold, role=Role.DOCUMENT)}
    expected = {
        (DOCUMENTS[i].id, DOCUMENTS[j].id)
        for i, j in zip(*np.triu_indices(5, 1), strict=True)
        if scores[i, j] >= threshold
    }
    assert found == expected
    assert len(found) == 3


def test_mining_is_refused_unless_the_role_is_named(card: Path, tmp_path: Path) -> None:
    with Index.create(tmp_path / "index", "question-answering", model=str(card), policy="accept") as index:
        index.add(DOCUMENTS)
        with pytest.raises(ContractError, match="--role document"):
            index.duplicates(1.0)
    refused(process("duplicates", "index", "--threshold", "1", cwd=tmp_path), "--role document")
    asked = process("duplicates", "index", "--threshold", "-1000", "--role", "document", "--json", cwd=tmp_path)
    assert len(asked.json["pairs"]) == 10


def test_a_dot_product_has_no_threshold_that_is_known_beforehand(card: Path, tmp_path: Path) -> None:
    with Index.create(tmp_path / "index", "question-answering", model=str(card), policy="accept") as index:
        index.add(DOCUMENTS)
    outcome = process("duplicates", "index", "--role", "document", cwd=tmp_path)
    refused(outcome, "tiny", "--threshold")
