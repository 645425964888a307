from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.encoder_pairs import document_encoder, query_encoder

from askew.contract import Contract
from askew.encoders import Encoded
from askew.encoders.dual import EncoderPair, paired
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import load, signature
from askew.encoders.pairing import make_pair
from askew.encoders.shared_space import agreement, check_shared_space
from askew.errors import InputError, ModelError
from askew.index import Index
from askew.models import cards
from askew.types import Role

TASK = "question-answering"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


class Rotated(HashingEncoder):
    """Vectors whose components are in another order: as good among themselves, and another space."""

    def encode(self, *arguments, **options) -> Encoded:
        made = super().encode(*arguments, **options)
        return replace(made, vectors=np.roll(made.vectors, 7, axis=1))


def both(queries: type[HashingEncoder]) -> EncoderPair:
    sealed = signature(cards.get("hashing"), TASK, "fp32")
    small = replace(sealed, model="small")
    return EncoderPair(
        paired("both", sealed, small), {Role.DOCUMENT: HashingEncoder(sealed), Role.QUERY: queries(small)}
    )


def test_one_space_finds_every_text() -> None:
    found = agreement(both(HashingEncoder))
    assert (found.found, found.texts) == (31 / 32, 32)  # one text is of signs only, of which it knows none
    assert found.same == pytest.approx(31 / 32)
    assert found.other < 0.5
    assert check_shared_space(both(HashingEncoder)) == found


def test_another_space_is_refused_with_its_figures_when_it_would_be_sealed() -> None:
    found = agreement(both(Rotated))
    assert found.found < 0.2
    with pytest.raises(ModelError) as refused:
        Contract.for_task(TASK, encoder=both(Rotated))
    assert f"{found.same:.3f}" in str(refused.value)
    assert f"{found.other:.3f}" in str(refused.value)
    assert Contract.for_task(TASK, encoder=both(HashingEncoder))[0].encoder.pair


def test_a_pair_is_made_of_a_fitted_query_encoder_and_used_like_any_model(tmp_path: Path) -> None:
    large = document_encoder(tmp_path / "large")
    made = make_pair("both", large, query_encoder(tmp_path / "small", large))
    assert made.agreement.found > 0.8
    assert min(made.query_ms, made.document_ms) > 0
    card = cards.get("both")
    assert card == made.card
    assert (card.tasks, card.trained, card.licence) == (("question-answering",), "asymmetric", "MIT")
    assert [side.architecture for side in card.sides.values()] == ["bert", "static"]
    with Index.create(tmp_path / "i", TASK, model="both") as index:
        index.add([{"id": "a", "text": "two men are playing chess"}, {"id": "b", "text": "my password"}])
        assert index.search("playing chess", 1)[0].document.id == "a"
        plain = load(cards.get(large), TASK).encode(["my password"], Role.DOCUMENT).vectors
        assert np.array_equal(index.store.vectors(index.store.keys())[1:], plain)
    with Index.open(tmp_path / "i") as index:
        assert index.contract.encoder.queries is not None
        assert index.search("playing chess", 1)[0].document.id == "a"


def test_encoders_of_two_spaces_are_no_pair(tmp_path: Path) -> None:
    large = document_encoder(tmp_path / "large")
    other = document_encoder(tmp_path / "other", "other", seed=8)
    with pytest.raises(ModelError, match="share"):
        make_pair("both", large, query_encoder(tmp_path / "small", other))
    assert "both" not in cards.names()
    for name in ("hashing", "a/b"):
        with pytest.raises(InputError):
            make_pair(name, large, other)
