import math
from itertools import combinations

import numpy as np
import pytest
from helpers.near_texts import pieces, sentences

from askew.dedup.set_join import sketches as module
from askew.dedup.set_join.shingles import by_characters
from askew.dedup.set_join.sketches import BITS, Crowd, Sketches, alike, compared, passing, sketch
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


MANY = sentences(300, 2, 12, 21)
MANY_SETS = [pieces(text, 5) for text in MANY]


def sketched(threshold: float) -> tuple[Sketches, np.ndarray]:
    made = sketch(by_characters(MANY), threshold, silent)
    return made, np.argsort(made.sizes, kind="stable")


def crowd(rows: np.ndarray, leading: np.ndarray, following: np.ndarray) -> Crowd:
    return Crowd(rows.astype(np.int32), leading, following)


def all_of(rows: np.ndarray) -> Crowd:
    return crowd(rows, np.ones(len(rows), bool), np.ones(len(rows), bool))


def bound(made: Sketches, threshold: float) -> set[tuple[int, int]]:
    """Return the pairs whose sizes and bitmaps allow the threshold, by brute force."""
    found = set()
    for i, j in combinations(range(len(MANY)), 2):
        a, b = sorted((len(MANY_SETS[i]), len(MANY_SETS[j])))
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
        (i, j)
        for i, j in combinations(range(len(MANY)), 2)
        if len(MANY_SETS[i] & MANY_SETS[j]) >= 0.5 * len(MANY_SETS[i] | MANY_SETS[j])
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
