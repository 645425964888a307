from pathlib import Path

import numpy as np
import pytest
from helpers.encoder_pairs import document_encoder, texts

from askew.encoders.least_squares import fit_queries, mean_rows, ridge, scale
from askew.encoders.loading import load
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.errors import InputError
from askew.models import cards, own
from askew.types import Role

pytest.importorskip("scipy")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def test_rows_are_means_without_unknown_tokens() -> None:
    rows = mean_rows([[0, 2, 2], [], [1], [1, 3]], 4, unknown=1).toarray()
    assert rows == pytest.approx(np.array([[1 / 3, 0, 2 / 3, 0], [0] * 4, [0] * 4, [0, 0, 0, 1]]))


def test_ridge_is_the_solution_of_its_normal_equations() -> None:
    rng = np.random.default_rng(0)
    rows = mean_rows([rng.integers(0, 11, 4).tolist() for _ in range(40)], 12)
    targets, prior = (rng.normal(size=(n, 5)).astype(np.float32) for n in (40, 12))
    dense = rows.toarray().astype(np.float64)
    for penalty in (0.01, 1.0):
        normal = dense.T @ dense + penalty * np.eye(12)
        expected = prior + np.linalg.solve(normal, dense.T @ (targets - dense @ prior))
        found = ridge(rows, targets, prior, penalty)
        assert found == pytest.approx(expected, abs=2e-3)
        assert found[11] == pytest.approx(prior[11])  # which no text has


def test_scale_is_the_closest_factor() -> None:
    found = np.array([[1, 2], [3, 4]], np.float32)
    assert scale(found, 3 * found) == pytest.approx(3)
    assert scale(np.zeros((2, 2), np.float32), found) == 0


def test_a_fitted_encoder_is_a_model_close_to_the_larger_one(tmp_path: Path) -> None:
    large = document_encoder(tmp_path / "large")
    made = fit_queries(tmp_path / "small", large, [*texts(300), "", *texts(300)])
    assert made.texts == 300
    assert made.held_out > max(made.initial, 0.8)
    small = own.resolve(str(made.folder))
    assert (small.architecture, small.dim, small.licence, small.languages) == ("static", 32, "MIT", ("en",))
    fresh = ["a dog in the park", "reset the password of my meeting"]
    one, other = (
        load(card, "question-answering").encode(fresh, Role.QUERY).vectors for card in (small, cards.get(large))
    )
    assert np.einsum("ij,ij->i", one, other).min() > 0.7


def test_a_second_fit_encodes_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = document_encoder(tmp_path / "large")
    first = fit_queries(tmp_path / "first", large, texts(300))
    asked: list[str] = []
    monkeypatch.setattr(OnnxEncoder, "encode", lambda self, given, *rest, **named: asked.extend(given))
    second = fit_queries(tmp_path / "second", large, texts(300))
    assert asked == []
    assert (second.penalty, second.held_out) == (first.penalty, first.held_out)


def test_the_document_encoder_may_be_quantised(tmp_path: Path) -> None:
    large = document_encoder(tmp_path / "large")
    made = fit_queries(tmp_path / "small", large, texts(300), precision="int8")
    assert made.held_out > max(made.initial, 0.8)
    with pytest.raises(InputError, match="int7"):
        fit_queries(tmp_path / "other", large, texts(300), precision="int7")


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tokenizer"):
        fit_queries(tmp_path / "x", "hashing", texts(30))
    with pytest.raises(InputError, match="distinct"):
        fit_queries(tmp_path / "x", "hashing", ["one", "one", " "] * 30)
    large = document_encoder(tmp_path / "large")
    (tmp_path / "x").mkdir()
    with pytest.raises(InputError, match="already exists"):
        fit_queries(tmp_path / "x", large, texts(30))
