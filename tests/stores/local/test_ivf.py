"""The file of the approximate index and its choice of lists; how well it finds is in test_ivf.py."""

from pathlib import Path

import numpy as np
import pytest

from askew.errors import StoreError
from askew.stores.local.ivf import Ivf, load
from askew.stores.local.ivf_build import build


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    rng = np.random.default_rng(4)
    centres = rng.normal(size=(30, 16))
    return (centres[rng.integers(30, size=6000)] + 0.4 * rng.normal(size=(6000, 16))).astype(np.float32)


@pytest.fixture(scope="module")
def ivf(vectors: np.ndarray) -> Ivf:
    return build(vectors, None, 0.95)


def test_what_was_saved_finds_the_same(ivf: Ivf, vectors: np.ndarray, tmp_path: Path) -> None:
    ivf.save(tmp_path / "ivf-1-1")
    found, again = (which.search(vectors, vectors[:40], 10) for which in (ivf, load(tmp_path / "ivf-1-1")))
    assert (found.rows == again.rows).all()
    assert load(tmp_path / "ivf-1-1").measured == ivf.measured
    assert [path.name for path in tmp_path.iterdir()] == ["ivf-1-1"]


def test_more_lists_are_looked_into_for_more_neighbours(ivf: Ivf, vectors: np.ndarray) -> None:
    few, many = ((ivf.lists(vectors[:50], k, ivf.sizes).keys >= 0).sum() for k in (10, 1000))
    assert few < many


def test_few_kept_rows_are_not_worth_it(ivf: Ivf) -> None:
    kept = np.zeros(6000, np.bool_)
    kept[:100] = True
    assert not ivf.worth_it(kept)
    assert ivf.worth_it(None)


def test_a_folder_that_is_gone_is_told_apart_from_damage(ivf: Ivf, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none")
    ivf.save(tmp_path / "ivf")
    for file in (tmp_path / "ivf").iterdir():
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StoreError, match="damaged"):
        load(tmp_path / "ivf").search(np.zeros((1, 16), np.float32), np.zeros((1, 16), np.float32), 1)
