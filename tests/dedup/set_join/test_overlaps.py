import numpy as np
import pytest
from helpers.near_texts import pieces, sentences

from askew.dedup.set_join import overlaps as module
from askew.dedup.set_join.overlaps import overlaps
from askew.dedup.set_join.shingles import by_characters
from askew.progress import Progress, silent

TEXTS = [*sentences(60, 1, 30, 10), "a", "b", "a"]


@pytest.mark.parametrize("shingles", [1, 500, 1 << 20])
def test_the_shingles_that_both_have_are_counted(shingles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHINGLES", shingles)
    rng = np.random.default_rng(11)
    pairs = np.concatenate((rng.integers(0, len(TEXTS), (400, 2)), [[60, 61], [60, 62], [5, 5]]))
    held = [pieces(text, 5) for text in TEXTS]
    expected = [len(held[i] & held[j]) for i, j in pairs]
    assert overlaps(by_characters(TEXTS), pairs, silent).tolist() == expected
    assert len(set(expected)) > 20


def test_progress_ends_at_all_pairs() -> None:
    told: list[Progress] = []
    overlaps(by_characters(TEXTS), np.array([[0, 1], [2, 3]]), told.append)
    assert told[-1] == Progress("measure pairs", 2, 2)


def test_no_pairs_have_no_overlaps() -> None:
    assert overlaps(by_characters(TEXTS), np.empty((0, 2), np.int64), silent).shape == (0,)
