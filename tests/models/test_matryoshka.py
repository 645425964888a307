from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.loading import load
from askew.errors import InputError, ModelError
from askew.index import Index
from askew.models import cards, matryoshka, own
from askew.models.card import Card
from askew.similarity import Similarity, normalise
from askew.types import Role

TEXTS = ["the cat sat on the mat", "how long can I stay", "two men playing chess", ""]


@pytest.fixture(autouse=True)
def _own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny model of 32 dimensions that normalises its vectors, as sentence-transformers saves it."""
    pytest.importorskip("torch")
    from helpers import reference
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    base = reference.save("bert", tmp_path / "base")
    parts = [modules.Transformer(str(base)), modules.Pooling(32, "mean"), modules.Normalize()]
    SentenceTransformer(modules=parts, device="cpu").save(str(tmp_path / "tiny"))
    return tmp_path / "tiny"


def test_truncated_vectors_are_those_of_sentence_transformers(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), truncate_dim=12, device="cpu")
    expected = model.encode(TEXTS, normalize_embeddings=True)
    card = matryoshka.truncated(replace(own.resolve(str(folder)), dims=(16, 12)), 12)
    found = normalise(load(card, "paraphrase").encode(TEXTS, Role.DOCUMENT).vectors)
    assert np.abs(found - expected).max() <= 1e-6


def test_an_index_of_truncated_vectors_is_sealed_and_opened_again(folder: Path, tmp_path: Path) -> None:
    own.save(replace(own.resolve(str(folder)), dims=(16, 12)))
    with Index.create(tmp_path / "x", "paraphrase", model="tiny", dim=12) as index:
        index.add(TEXTS[:3])
        sealed = index.contract.encoder
        assert (sealed.dim, sealed.width, sealed.similarity) == (12, 32, Similarity.COSINE)
        assert np.linalg.norm(index.store.vectors(index.store.keys()), axis=1) == pytest.approx([1, 1, 1], abs=1e-6)
    with Index.open(tmp_path / "x") as index:
        [hits] = index.search([TEXTS[1]], 1)
        assert (hits[0].document.text, hits[0].score) == (TEXTS[1], pytest.approx(1, abs=1e-5))
    Index.open_or_create(tmp_path / "x", "paraphrase", model="tiny", dim=12).close()
    with Index.create(tmp_path / "whole", "paraphrase", model="tiny") as whole:
        assert whole.contract.encoder.width == 0
        assert whole.contract.fingerprint != sealed.fingerprint


@pytest.mark.parametrize(
    ("card", "dim", "told"),
    [
        (cards.get("all-MiniLM-L6-v2"), 128, "not trained"),
        (replace(cards.get("all-MiniLM-L6-v2"), dims=(256, 128)), 64, "128, 256"),
        (cards.get("text-embedding-3-small"), 256, "hosted"),
    ],
    ids=["none", "another", "hosted"],
)
def test_what_a_model_is_not_trained_for_is_refused(card: Card, dim: int, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        matryoshka.truncated(card, dim)
    assert matryoshka.truncated(card, card.dim) is card


def test_an_index_refuses_what_the_card_does_not_list(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="384 dimensions"):
        Index.create(tmp_path / "x", "paraphrase", model="all-MiniLM-L6-v2", dim=128)
    with pytest.raises(InputError, match="similarity"):
        Index.create(tmp_path / "x", "paraphrase", model="all-MiniLM-L6-v2", dim=128, similarity="dot")


def test_a_card_lists_only_smaller_dimensions() -> None:
    text = (Path(cards.__file__).with_name("cards") / "hashing.toml").read_text("utf-8")
    with pytest.raises(InputError, match="dims"):
        cards.parse(f"dims = [100000]\n{text}", "the card")
    assert all(max(card.dims, default=0) < card.dim for card in map(cards.get, cards.built_in()))
