import numpy as np
import pytest

from askew.charts.maps import Map


@pytest.fixture
def map() -> Map:
    """Three clusters, the last of one point, and an outlier."""
    points = np.array([[0, 0], [1, 0], [0, 2], [8, 4], [8, 3], [4, 4], [9, 0]], float)
    labels = np.array([0, 0, 0, 1, 1, 2, -1])
    names = ["tents, pegs", "stoves & gas", "$5 <b>maps</b>"]
    texts = ["A tent.", "Pegs for a tent", "Tent poles", "A stove", "Gas & stoves", "A map", "Nothing else"]
    return Map("Camp <shop>", "Made by hand.", points, labels, names, [f"t{i}" for i in range(7)], texts)
