import math
from itertools import combinations

import numpy as np
import pytest
from helpers.near_texts import pieces, sentences

from askew.dedup.set_join.shingles import by_characters
from askew.dedup.set_join.sketches import BITS, sketch
from askew.progress import Progress, silent

TEXTS = sentences(120, 2, 12, 8)
SETS = [pieces(text, 5) for text in TEXTS]


def test_sizes_are_those_of_the_sets() -> None:
    assert sketch(by_characters(TEXTS), 0.5, silent).sizes.tolist() == [len(held) for held in SETS]


def test_bitmaps_differ_in_no_more_bits_than_the_sets_in_shingles() -> None:
    bitmaps = sketch(by_characters(TEXTS), 0.5, silent).bitmaps
    assert bitmaps.shape == (len(TEXTS), BITS // 8)
    differences = []
    for i, j in combinations(range(len(TEXTS)), 2):
        differ = int(np.bitwise_count(bitmaps[i] ^ bitmaps[j]).sum())
        assert differ <= len(SETS[i] ^ SETS[j])
        differences.append(differ)
    assert max(differences) > 60  # an always empty bitmap would pass too


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 1.0])
def test_texts_that_share_enough_have_one_of_their_rarest_shingles_in_common(threshold: float) -> None:
    prefixes = sketch(by_characters(TEXTS), threshold, silent).prefixes
    rarest = [set(prefixes.ranks[prefixes.rows == row].tolist()) for row in range(len(TEXTS))]
    enough = 0
    for i, j in combinations(range(len(TEXTS)), 2):
        if len(SETS[i] & SETS[j]) >= threshold * len(SETS[i] | SETS[j]):
            assert rarest[i] & rarest[j]
            enough += 1
    assert enough > 10
    assert all(
        len(found) <= len(held) - math.ceil(threshold * len(held) - 1e-9) + 1
        for found, held in zip(rarest, SETS, strict=True)
    )


def test_a_shingle_of_one_text_alone_is_left_out() -> None:
    prefixes = sketch(by_characters(["quartz jug", "vexed nymph"]), 0.5, silent).prefixes
    assert len(prefixes.ranks) == 0


def test_progress_ends_at_all_texts() -> None:
    told: list[Progress] = []
    sketch(by_characters(TEXTS), 0.5, told.append)
    assert {progress.what: (progress.done, progress.total) for progress in told} == {
        "count shingles": (120, 120),
        "sort shingles": (120, 120),
    }
