"""How far colours are apart for those who see few of them: Machado, Oliveira and Fernandes 2009, severity 1."""

from itertools import combinations

import numpy as np
import pytest

from askew.charts.maps import COLOURS, OUTLIER, SHAPES, Map, cluster_style


def test_sizes_are_those_of_the_clusters_without_outliers(map: Map) -> None:
    assert map.sizes() == [3, 2, 1]


SEEN = {
    "all colours": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    f = np.cbrt(np.clip(xyz / [0.9505, 1, 1.089], 1e-6, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", list(SEEN))
def test_no_two_colours_are_alike_whatever_the_eyes(eyes: str) -> None:
    seen = {colour: lab(np.clip(SEEN[eyes] @ linear(colour), 0, 1)) for colour in COLOURS}
    least = min(float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(COLOURS, 2))
    assert least > 15, (eyes, least)  # 2.3 is what can just be told apart


@pytest.mark.parametrize("ground", ["#ffffff", "#15171b"])
def test_each_stands_out_from_paper_by_day_and_by_night(ground: str) -> None:
    for colour in (*COLOURS, OUTLIER):
        light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (colour, ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 2, colour


def test_the_first_forty_two_clusters_look_different_and_any_number_has_a_look() -> None:
    looks = {cluster_style(number) for number in range(42)}
    assert len(looks) == len(COLOURS) * len(SHAPES) == 42
    assert cluster_style(42) == cluster_style(0)
    assert cluster_style(-1).colour == OUTLIER
