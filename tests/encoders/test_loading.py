from dataclasses import replace
from pathlib import Path

import pytest

from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import load, signature
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.errors import InputError, ModelError
from askew.models import cards
from askew.models.card import Card


@pytest.fixture
def card() -> Card:
    return replace(cards.get("all-MiniLM-L6-v2"), prompts={"default": {"query": "q: "}, "faq": {"document": "d: "}})


def test_the_signature_says_what_the_vectors_depend_on(card: Card) -> None:
    sealed = signature(card, "faq", "int8")
    assert sealed.weights == {"both": card.files["model.safetensors"]}
    assert sealed.config == {"both": card.files["config.json"]}
    assert (sealed.prompts, sealed.precision, sealed.pooling) == ({"document": "d: "}, "int8", "mean")
    assert signature(card, "paraphrase", "fp32").prompts == {"query": "q: "}
    assert len({signature(card, task, p).fingerprint for task in ("faq", "paraphrase") for p in ("fp32", "int8")}) == 4


def test_an_unknown_precision_is_named(card: Card) -> None:
    with pytest.raises(InputError, match=r"'fp16'.* fp32, int8"):
        signature(card, "faq", "fp16")


def test_the_card_decides_which_encoder_runs(card: Card) -> None:
    hashing = load(cards.get("hashing"), "faq", "int8")
    assert isinstance(hashing, HashingEncoder)
    assert hashing.signature.precision == "fp32"
    with pytest.raises(ModelError, match="askew models pull"):
        load(replace(card, files={**card.files, "config.json": "0" * 64}), "faq")


def test_loading_opens_nothing_yet(monkeypatch: pytest.MonkeyPatch, model_cache: Path) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(model_cache))
    encoder = load(cards.get("all-MiniLM-L6-v2"), "faq")
    assert isinstance(encoder, OnnxEncoder)
    assert "_session" not in vars(encoder)
