from itertools import combinations

import numpy as np
import pytest
from helpers.near_texts import pieces, sentences

from askew.dedup.set_join import bitmaps as module
from askew.dedup.set_join.bitmaps import Crowd, alike, compared, passing
from askew.dedup.set_join.shingles import by_characters
from askew.dedup.set_join.sketches import Sketches, sketch
from askew.progress import silent

TEXTS = sentences(300, 2, 12, 21)
SETS = [pieces(text, 5) for text in TEXTS]


def sketched(threshold: float) -> tuple[Sketches, np.ndarray]:
    made = sketch(by_characters(TEXTS), threshold, silent)
    return made, np.argsort(made.sizes, kind="stable")


def crowd(rows: np.ndarray, leading: np.ndarray, following: np.ndarray) -> Crowd:
    return Crowd(rows.astype(np.int32), leading, following)


def all_of(rows: np.ndarray) -> Crowd:
    return crowd(rows, np.ones(len(rows), bool), np.ones(len(rows), bool))


def bound(made: Sketches, threshold: float) -> set[tuple[int, int]]:
    """Return the pairs whose sizes and bitmaps allow the threshold, by brute force."""
    found = set()
    for i, j in combinations(range(len(TEXTS)), 2):
        a, b = sorted((len(SETS[i]), len(SETS[j])))
        differ = int(np.bitwise_count(made.bitmaps[i] ^ made.bitmaps[j]).sum())
        shared = (a + b - differ) // 2
        if a >= threshold * b and shared >= threshold * (a + b - shared):
            found.add((i, j))
    return found


@pytest.mark.parametrize(("asked", "beside"), [(7, 30), (1, 1), (256, 1 << 16)])
@pytest.mark.parametrize("threshold", [0.3, 2 / 3, 0.8, 1.0])
def test_every_pair_that_sizes_and_bitmaps_allow(
    threshold: float, asked: int, beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED", asked)
    monkeypatch.setattr(module, "BESIDE", beside)
    made, rows = sketched(threshold)
    blocks = list(alike(made, [all_of(rows)], threshold))
    pairs = [(min(a, b), max(a, b)) for _, block in blocks for a, b in block.tolist()]
    assert len(pairs) == len(set(pairs)) > 10
    assert set(pairs) == bound(made, threshold)
    assert sum(count for count, _ in blocks) == compared(made.sizes[rows], threshold)


def test_a_pair_that_reaches_the_threshold_is_among_them() -> None:
    made, rows = sketched(0.5)
    found = {(min(a, b), max(a, b)) for _, block in alike(made, [all_of(rows)], 0.5) for a, b in block.tolist()}
    near = {
        (i, j) for i, j in combinations(range(len(TEXTS)), 2) if len(SETS[i] & SETS[j]) >= 0.5 * len(SETS[i] | SETS[j])
    }
    assert len(near) > 50
    assert near <= found


def test_one_that_leads_comes_first_and_one_that_follows_second() -> None:
    made, rows = sketched(0.5)
    leading, following = np.arange(len(rows)) % 3 == 0, np.arange(len(rows)) % 2 == 0
    places = {row: place for place, row in enumerate(rows.tolist())}
    every = [tuple(pair) for _, block in alike(made, [all_of(rows)], 0.5) for pair in block.tolist()]
    some = [tuple(pair) for _, part in alike(made, [crowd(rows, leading, following)], 0.5) for pair in part.tolist()]
    assert sorted(some) == sorted((a, b) for a, b in every if leading[places[a]] and following[places[b]])
    assert 0 < len(some) < len(every)


def test_texts_too_small_for_each_other_are_not_compared() -> None:
    assert compared(np.array([10, 10, 20, 39, 40]), 0.5) == 1 + 2 + 1 + 2


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_the_share_that_passes_is_judged_on_a_sample(threshold: float) -> None:
    made, rows = sketched(threshold)
    share = len(bound(made, threshold)) / compared(made.sizes[rows], threshold)
    assert passing(made, rows, threshold) == pytest.approx(share, abs=0.01)


def test_of_no_pairs_none_pass() -> None:
    made, _ = sketched(0.5)
    assert passing(made, np.empty(0, np.int64), 0.5) == passing(made, np.array([4]), 0.5) == 0
    assert list(alike(made, np.empty(0, np.int64), 0.5)) == []
