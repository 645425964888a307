"""Texts to vectors, and similarities, without an index."""

import numpy as np
import pandas as pd
import pytest

from askew.embedding import encode, similarity
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import InputError, ModelError, TruncationWarning, UnknownNameError
from askew.models import cards
from askew.models.card import Card
from askew.types import Role

SETTINGS = {"task": "paraphrase", "model": "hashing"}


def test_texts_of_any_kind_become_rows() -> None:
    expected = encode(["red tent", "blue"], **SETTINGS)
    assert expected.shape == (2, 512)
    assert expected.dtype == np.float32
    for texts in (("red tent", "blue"), iter(["red tent", "blue"]), np.array(["red tent", "blue"])):
        assert np.array_equal(encode(texts, **SETTINGS), expected)
    assert np.array_equal(encode(pd.Series(["red tent", "blue"]), **SETTINGS), expected)
    assert np.array_equal(encode("red tent", **SETTINGS), expected[:1])
    assert encode([], **SETTINGS).shape == (0, 512)


@pytest.fixture
def prompted(monkeypatch: pytest.MonkeyPatch) -> list[Role]:
    """The roles that an encoder is called with."""
    roles: list[Role] = []

    def made(self, texts, role, *rest, encode=HashingEncoder.encode):
        roles.append(role)
        return encode(self, texts, role, *rest)

    monkeypatch.setattr(HashingEncoder, "encode", made)
    return roles


def test_an_asymmetric_task_needs_a_role_and_a_symmetric_one_has_only_one(prompted: list[Role]) -> None:
    with pytest.raises(InputError):
        encode(["a"], task="question-answering", model="hashing")
    encode(["a"], task="question-answering", role="query", model="hashing")
    encode(["a"], task="question-answering", role=Role.DOCUMENT, model="hashing")
    encode(["a"], task="paraphrase", role="query", model="hashing")
    encode(["a"], task="paraphrase", model="hashing")
    assert prompted == [Role.QUERY, Role.DOCUMENT, Role.DOCUMENT, Role.DOCUMENT]


def test_similarity_compares_texts_or_vectors_by_the_models_measure() -> None:
    texts = ["red tents", "a red tent", "kayak"]
    vectors = encode(texts, **SETTINGS)
    scores = similarity(texts, **SETTINGS)
    assert scores.shape == (3, 3)
    assert np.allclose(scores, vectors @ vectors.T, atol=1e-6)
    assert np.allclose(similarity(vectors * 7, texts[:2], **SETTINGS), scores[:, :2], atol=1e-6)
    assert similarity("red tents", "red tents", **SETTINGS)[0, 0] == pytest.approx(1)
    assert similarity(vectors[0], vectors.tolist(), **SETTINGS).shape == (1, 3)
    assert similarity([], texts, **SETTINGS).shape == (0, 3)


def test_similarity_takes_a_as_queries_in_an_asymmetric_task(prompted: list[Role]) -> None:
    similarity(["a"], ["b"], task="question-answering", model="hashing")
    assert prompted == [Role.QUERY, Role.DOCUMENT]
    prompted.clear()
    similarity(["a", "b"], task="question-answering", model="hashing")
    assert prompted == [Role.DOCUMENT]


def test_truncated_texts_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    from askew import embedding

    def load(card: Card, task: str, precision: str) -> HashingEncoder:
        made = signature(card, task, precision)
        return HashingEncoder(made.__class__(**{**vars(made), "max_tokens": 2}))

    monkeypatch.setattr(embedding, "load", load)
    monkeypatch.setattr(embedding, "_encoders", {})
    with pytest.warns(TruncationWarning, match="1 of 2"):
        encode(["one two three", "one"], **SETTINGS)


def test_wrong_arguments_name_what_is_wrong() -> None:
    assert "hashing" in cards.names()
    for error, given in (
        (UnknownNameError, {"task": "faqs"}),
        (UnknownNameError, {"task": "faq", "role": "passage"}),
        (UnknownNameError, {"task": "paraphrase", "model": "hashin"}),
        (UnknownNameError, {**SETTINGS, "precision": "fp16"}),
        (ModelError, {"task": "paraphrase", "model": "ms-marco-MiniLM-L6-v2"}),
    ):
        with pytest.raises(error):
            encode(["a"], **given)
    for wrong in (["a", 1], ["a", ""], {"a": 1}, None, 1, b"a"):
        with pytest.raises(InputError):
            encode(wrong, **SETTINGS)
        with pytest.raises(InputError):
            similarity(wrong, ["a"], **SETTINGS)
    with pytest.raises(InputError):
        similarity(np.zeros((1, 512)), np.zeros((1, 3)), model="hashing")
