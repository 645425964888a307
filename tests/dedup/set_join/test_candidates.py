from itertools import combinations

import numpy as np
import pytest
from helpers.near_texts import pieces, sentences

from askew.dedup.set_join import candidates as module
from askew.dedup.set_join.candidates import candidates
from askew.dedup.set_join.shingles import by_characters
from askew.dedup.set_join.sketches import Sketches, sketch
from askew.errors import InputError
from askew.progress import Progress, silent

TEXTS = sentences(300, 2, 12, 9)
SETS = [pieces(text, 5) for text in TEXTS]
EVERY = np.ones(len(TEXTS), bool)


def sketched(threshold: float) -> Sketches:
    return sketch(by_characters(TEXTS), threshold, silent)


def near(threshold: float) -> set[tuple[int, int]]:
    pairs = combinations(range(len(TEXTS)), 2)
    return {(i, j) for i, j in pairs if len(SETS[i] & SETS[j]) / len(SETS[i] | SETS[j]) >= threshold}


# Strategies: all meetings, bitmaps for frequent shingles, or every text with every other.
WAYS = {
    "meetings": {"MEETING": 0},
    "one by one": {"MEETING": 0, "MEETINGS": 1, "ENTRIES": 40, "FRESH": 10},
    "crowds": {"CROWD": 5, "MEETING": 2, "CANDIDATE": 0},
    "whole": {"MEETING": 10**12, "CROWD": 10**9, "CANDIDATE": 0},
    "as it comes": {},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("threshold", [0.2, 0.5, 2 / 3, 0.8, 1.0])
def test_no_pair_is_lost(way: str, threshold: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[way].items():
        monkeypatch.setattr(module, name, value)
    found = candidates(sketched(threshold), threshold, EVERY, silent)
    assert set(map(tuple, found.tolist())) >= near(threshold)
    assert len(near(threshold)) > 20
    assert found.tolist() == [list(key) for key in sorted(set(map(tuple, found.tolist())))]
    assert (found[:, 0] < found[:, 1]).all()


def test_the_ways_are_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {}
    for way, settings in WAYS.items():
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setattr(module, name, value)
            plan = module._plan(sketched(0.8), 0.8, np.full(len(TEXTS), -1))
            sizes[way] = len(plan.parts), len(plan.crowds)
    assert sizes["meetings"] == (1, 0)
    assert sizes["one by one"] > (5, 0)
    assert min(sizes["crowds"]) >= 1
    assert sizes["whole"] == (0, 1)


def test_few_come_in_vain() -> None:
    found = candidates(sketched(0.8), 0.8, EVERY, silent)
    assert len(found) < 2 * len(near(0.8)) < 0.05 * len(TEXTS) ** 2


def test_one_of_the_two_is_wanted() -> None:
    wanted = np.arange(len(TEXTS)) % 7 == 0
    every = {(a, b) for a, b in candidates(sketched(0.5), 0.5, EVERY, silent).tolist()}
    some = {(a, b) for a, b in candidates(sketched(0.5), 0.5, wanted, silent).tolist()}
    assert some == {(a, b) for a, b in every if wanted[a] or wanted[b]}
    assert 0 < len(some) < len(every)


@pytest.mark.parametrize("way", ["meetings", "crowds", "as it comes"])
def test_texts_of_one_block_are_not_compared(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[way].items():
        monkeypatch.setattr(module, name, value)
    block = np.where(np.arange(len(TEXTS)) % 4 == 3, -1, 0)
    block[::9] = 1
    found = {(a, b) for a, b in candidates(sketched(0.5), 0.5, EVERY, silent, block).tolist()}
    apart = {(a, b) for a, b in near(0.5) if block[a] != block[b] or block[a] < 0}
    assert found >= apart
    assert not any(block[a] == block[b] >= 0 for a, b in found)
    assert 20 < len(apart) < len(near(0.5))


def test_more_pairs_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    with pytest.raises(InputError, match=r"\b10 .*0\.5\b"):
        candidates(sketched(0.5), 0.5, EVERY, silent)


def test_progress_ends_at_all_meetings() -> None:
    told: list[Progress] = []
    candidates(sketched(0.5), 0.5, EVERY, told.append)
    assert told[-1].done == told[-1].total > 0


def test_nothing_has_no_pairs() -> None:
    empty = sketch(by_characters([]), 0.5, silent)
    assert candidates(empty, 0.5, np.empty(0, bool), silent).shape == (0, 2)
