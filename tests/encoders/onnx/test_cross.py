"""What the scores are is held by test_reference.py; here is what needs no reference."""

from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families

from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.onnx.cross import CrossEncoder, blueprint
from askew.errors import ModelError
from askew.progress import Progress

SCORING = [name for name, layout in LAYOUTS.items() if layout.classifier]
PAIRS = [("how long", "the cat " * n) for n in range(30)] + [("how long", "the cat "), ("", "")]


def encoder(architecture: str, folder: Path, labels: int = 1, **facts: str) -> CrossEncoder:
    prefix = max(i for i, name in enumerate(LAYOUTS[architecture].prefixes[:2]))
    tiny_families.save(architecture, folder, labels=labels, prefix=prefix)
    known = {"activation": "identity"} | facts
    return CrossEncoder(blueprint(architecture, max_tokens=24, hashes=[str(folder)] * 3, **known), folder)


@pytest.mark.parametrize("architecture", SCORING)
def test_a_score_does_not_depend_on_its_batch(architecture: str, tmp_path: Path) -> None:
    cross = encoder(architecture, tmp_path)
    together = cross.score(PAIRS)
    assert together.shape == (len(PAIRS),)
    assert together.dtype == np.float32
    alone = np.concatenate([cross.score([pair]) for pair in PAIRS])
    assert np.abs(together - alone).max() <= 1e-5
    assert together.std() > 0.01


@pytest.mark.parametrize("architecture", SCORING)
def test_no_pair_sees_its_neighbours_in_a_packed_batch(architecture: str, tmp_path: Path) -> None:
    """Also where a neighbour is the longest that the model reads, and the pair has a single word."""
    cross = encoder(architecture, tmp_path)
    alone = cross.score([("the", "cat")])[0]
    for other in (("a dog " * 12, "how long " * 12), ("", ""), ("the", "dog")):
        assert abs(cross.score([other, ("the", "cat")])[1] - alone) <= 1e-5


def test_the_two_texts_are_told_apart(tmp_path: Path) -> None:
    ab, ba = encoder("bert", tmp_path).score([("the cat", "a dog"), ("a dog", "the cat")])
    assert abs(ab - ba) > 1e-3


def test_equal_pairs_are_scored_once(tmp_path: Path) -> None:
    told: list[Progress] = []
    scores = encoder("bert", tmp_path).score([("a", "b"), ("b", "a"), ("a", "b")], told.append)
    assert scores[0] == scores[2] != scores[1]
    assert (told[-1].what, told[-1].done, told[-1].total) == ("score", 2, 2)


def test_no_pairs_no_scores(tmp_path: Path) -> None:
    assert encoder("bert", tmp_path).score([]).shape == (0,)


def test_a_sigmoid_keeps_the_order(tmp_path: Path) -> None:
    plain, squeezed = (encoder("bert", tmp_path, activation=name).score(PAIRS) for name in ("identity", "sigmoid"))
    assert np.allclose(squeezed, 1 / (1 + np.exp(-plain)), atol=1e-6)


@pytest.mark.parametrize("architecture", SCORING)
def test_int8_rounds_and_does_not_depend_on_the_batch_either(architecture: str, tmp_path: Path) -> None:
    exact = encoder(architecture, tmp_path / "fp32").score(PAIRS)
    cross = encoder(architecture, tmp_path / "int8", precision="int8")
    rounded = cross.score(PAIRS)
    assert 1e-4 < np.abs(rounded - exact).max() < 1
    assert np.abs(rounded - np.concatenate([cross.score([pair]) for pair in PAIRS])).max() <= 1e-5


def test_a_model_with_more_than_one_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"\b3\b"):
        encoder("bert", tmp_path, labels=3).score(PAIRS)


LABELS = ("contradiction", "entailment", "neutral")


def test_probabilities_of_labels_sum_to_one_and_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    tiny_families.save("bert", tmp_path, labels=3, prefix=1)
    sealed = blueprint("bert", "identity", max_tokens=24, hashes=[str(tmp_path)] * 3, labels=3)
    cross = CrossEncoder(sealed, tmp_path, LABELS)
    found = cross.probabilities(PAIRS)
    assert found.shape == (len(PAIRS), 3)
    assert np.abs(found.sum(axis=1) - 1).max() <= 1e-6
    assert np.abs(found - np.concatenate([cross.probabilities([pair]) for pair in PAIRS])).max() <= 1e-5
    assert cross.probabilities([]).shape == (0, 3)
    with pytest.raises(ModelError, match="entailment"):
        cross.score(PAIRS)


def test_a_model_with_one_score_has_no_labels(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no labels"):
        encoder("bert", tmp_path).logits(PAIRS)


def test_an_unknown_activation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'softmax'"):
        encoder("bert", tmp_path, activation="softmax").score(PAIRS)
