from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.families import read
from askew.encoders.families.shape import BUCKETS, Dense, Linear, buckets, distances


def test_what_comes_after_the_pooling_decides_how_wide_the_vectors_are(tiny: Path) -> None:
    transformer = read("bert", tiny, 16)
    assert transformer.width == 32
    narrow = Dense(Linear(np.ones((32, 5), np.float32), np.ones(5, np.float32)), "identity")
    assert replace(transformer, after=(narrow,)).width == 5


def test_near_steps_have_buckets_of_their_own_and_both_directions_differ() -> None:
    assert buckets(np.arange(-7, 8)).tolist() == [7, 6, 5, 4, 3, 2, 1, 0, 17, 18, 19, 20, 21, 22, 23]
    assert buckets(np.array([-128, -5000, 128, 5000])).tolist() == [15, 15, 31, 31]
    assert (np.diff(buckets(np.arange(600))[1:]) >= 0).all()


def test_distances_depend_on_how_far_apart_two_tokens_are() -> None:
    table = np.random.default_rng(1).normal(size=(BUCKETS, 4)).astype(np.float32)
    found = distances(table, 6)
    assert found.shape == (4, 6, 6)
    assert (found[:, 0, 3] == found[:, 2, 5]).all()
    assert (found[:, 0, 3] == table[19]).all()
    assert (found[:, 3, 0] == table[3]).all()


@pytest.mark.filterwarnings("ignore")
def test_buckets_are_the_reference_librarys_also_at_the_borders() -> None:
    torch = pytest.importorskip("torch", reason="the reference library is not here")
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    relative = np.arange(-1100, 1101)
    expected = MPNetEncoder.relative_position_bucket(torch.from_numpy(relative))
    assert (buckets(relative) == expected.numpy()).all()
