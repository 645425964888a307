"""Folders in 97 layouts, each against sentence-transformers itself."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")

from helpers import model_folders
from sentence_transformers import SentenceTransformer

from askew.encoders import loading
from askew.errors import AskewError
from askew.models import own
from askew.models.cards import Card
from askew.types import Role

TEXTS = [
    "How long may I stay at HOME?",
    "the café, naïve: Überweisung",
    "a",
    "the cat sat on the mat, and the dog did not " * 4,
    "🎉 䨻 ünïcode",
]
NEAR = 1e-5


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("bases")
    families = ("bert", "roberta", "xlm-roberta", "mpnet", "distilbert", "qwen3", "t5", "gemma", "nomic")
    return {family: model_folders.base(family, home / family) for family in families}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def compared(card: Card, place: Path) -> None:
    """Compare both roles with the reference, which does not read `truncate_dim` itself."""
    told = json.loads((place / model_folders.SETTINGS).read_text()) if (place / model_folders.SETTINGS).exists() else {}
    model = SentenceTransformer(str(place), device="cpu", local_files_only=True, truncate_dim=told.get("truncate_dim"))
    encoder = loading.load(card, "question-answering")
    for role, reference in ((Role.QUERY, model.encode_query), (Role.DOCUMENT, model.encode_document)):
        expected, found = reference(TEXTS), encoder.encode(TEXTS, role).vectors
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= NEAR * max(1.0, np.abs(expected).max())
    assert card.similarity == model.similarity_fn_name


@pytest.mark.parametrize("name", model_folders.FAST)
def test_the_fast_path_gives_the_vectors_of_the_reference(name: str, bases: dict[str, Path], tmp_path: Path) -> None:
    family, make = model_folders.FAST[name]
    make(bases[family], tmp_path / "model")
    card = own.add(tmp_path / "model")
    assert card.architecture not in loading.TORCH
    assert card.because == ""
    compared(card, tmp_path / "model")


@pytest.mark.parametrize("name", model_folders.TORCH)
def test_what_only_pytorch_computes_is_handed_to_it_and_named(
    name: str, bases: dict[str, Path], tmp_path: Path
) -> None:
    family, make, reason = model_folders.TORCH[name]
    make(bases[family], tmp_path / "model")
    card = own.add(tmp_path / "model")
    assert card.architecture in loading.TORCH
    assert re.search(reason, card.because)
    compared(card, tmp_path / "model")


@pytest.mark.parametrize("name", model_folders.REFUSED)
def test_what_cannot_be_computed_is_refused_and_named(name: str, bases: dict[str, Path], tmp_path: Path) -> None:
    make, reason = model_folders.REFUSED[name]
    make(bases["bert"], tmp_path / "model")
    with pytest.raises(AskewError, match=reason):
        own.add(tmp_path / "model")
    assert not (tmp_path / "cards").exists()
