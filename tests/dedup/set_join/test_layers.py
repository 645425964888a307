import numpy as np
from helpers.near_texts import sentences
from numpy.typing import NDArray

from askew.dedup.set_join.identical import identical
from askew.dedup.set_join.layers import Layer, Scored, layered
from askew.dedup.set_join.shared import shingled

TEXTS = [
    "The night ferry to the islands is cancelled because of the storm.",
    "Who repairs the bridge?",
    "THE NIGHT FERRY to the islands is cancelled because of the storm",
    "The night ferry to the islands was cancelled because of the storm.",
    "No ship sails tonight, the weather is too bad.",
    "Who repairs the bridge",
    "the night ferry to the islands is cancelled, because of the storm",
]


def test_each_pair_has_the_layer_that_caught_it_first() -> None:
    asked: list[list[int]] = []

    def semantic(positions: NDArray[np.int64], _: NDArray[np.int64]) -> Scored:
        asked.append(positions.tolist())
        return np.array([[0, 4], [4, 3], [0, 3]]), np.array([0.8, 0.9, 0.99])

    found = layered(TEXTS, 0.6, semantic)
    assert asked == [[0, 1, 3, 4]]
    assert found.first.tolist() == [0, 1, 0, 3, 4, 1, 0]
    assert found.representatives.tolist() == [0, 1, 3, 4]
    assert found.keys.tolist() == [[0, 3], [3, 4], [0, 4]]
    assert found.layers.tolist() == [Layer.SHINGLES, Layer.SEMANTIC, Layer.SEMANTIC]
    assert found.scores.tolist() == [shingled([TEXTS[0], TEXTS[3]], 0.6).jaccard[0], 0.9, 0.8]
    assert found.counts == {Layer.IDENTICAL: 3 + 1, Layer.SHINGLES: 1, Layer.SEMANTIC: 2}


def test_without_a_semantic_function_two_layers_are_left() -> None:
    found = layered(TEXTS, 0.6)
    assert found.keys.tolist() == [[0, 3]]
    assert found.counts == {Layer.IDENTICAL: 4, Layer.SHINGLES: 1, Layer.SEMANTIC: 0}


def test_a_semantic_function_that_finds_nothing_takes_nothing_away() -> None:
    nothing = np.empty((0, 2), np.int64), np.empty(0)
    assert layered(TEXTS, 0.6, lambda *_: nothing).keys.tolist() == [[0, 3]]
    assert layered([], 0.6, lambda *_: nothing).keys.shape == (0, 2)


def test_classes_and_pairs_together_are_the_pairs_of_all_texts() -> None:
    texts = sentences(200, 1, 8, 16)
    texts = [*texts, *[text.upper() for text in texts[::3]], "", " "]
    found, every = layered(texts, 0.5), shingled(texts, 0.5)
    first = identical(texts)
    lows, highs = np.sort(first[every.keys], axis=1).T
    apart = {(int(a), int(b)) for a, b in zip(lows, highs, strict=True) if a != b}
    assert {(a, b) for a, b in found.keys.tolist()} == apart
    assert found.counts[Layer.IDENTICAL] == int((lows == highs).sum()) + 1  # blank texts have no shingles
