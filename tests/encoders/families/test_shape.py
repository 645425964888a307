from dataclasses import replace
from pathlib import Path

import numpy as np

from askew.encoders.families import read
from askew.encoders.families.shape import Dense, Linear


def test_what_comes_after_the_pooling_decides_how_wide_the_vectors_are(tiny: Path) -> None:
    transformer = read("bert", tiny, 16)
    assert transformer.width == 32
    narrow = Dense(Linear(np.ones((32, 5), np.float32), np.ones(5, np.float32)), "identity")
    assert replace(transformer, after=(narrow,)).width == 5
