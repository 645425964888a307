from itertools import combinations

import numpy as np
import pytest
from helpers.near_texts import pieces, runs, sentences

from askew.dedup.set_join import shared as module
from askew.dedup.set_join.shared import overlaps, shingled
from askew.dedup.set_join.shingles import LONG, by_characters
from askew.errors import InputError
from askew.progress import Progress, silent

SHORT = sentences(250, 1, 12, 12)
LONGER = sentences(150, 60, 120, 13)
MIXED = [*sentences(120, LONG - 12, LONG + 12, 14), *SHORT[:40], *LONGER[:40], "", " ", "?!", "?!"]


def brute(texts: list[str], threshold: float) -> dict[tuple[int, int], tuple[float, float]]:
    """Return the Jaccard similarity and containment of every pair at or above the threshold, using Python sets."""
    long = [len(text.split()) >= LONG for text in texts]
    by_character, by_word = [pieces(text.strip(), 5) for text in texts], [runs(text, 3) for text in texts]
    found = {}
    for i, j in combinations(range(len(texts)), 2):
        held = by_word if long[i] and long[j] else by_character
        a, b, both = held[i], held[j], len(held[i] & held[j])
        if both and both / len(a | b) >= threshold:
            found[i, j] = both / len(a | b), both / min(len(a), len(b))
    return found


@pytest.mark.parametrize("threshold", [0.1, 0.4, 0.5, 0.75, 0.9, 1.0])
@pytest.mark.parametrize("texts", [SHORT, LONGER, MIXED], ids=["short", "long", "mixed"])
def test_every_pair_and_no_other(texts: list[str], threshold: float) -> None:
    found, expected = shingled(texts, threshold), brute(texts, threshold)
    keys = [(a, b) for a, b in found.keys.tolist()]
    assert set(keys) == set(expected)
    assert len(keys) == len(expected) > 5
    assert list(zip(found.jaccard, found.containment, strict=True)) == [expected[key] for key in keys]


def test_the_best_stand_first_and_equal_ones_by_position() -> None:
    found = shingled(SHORT, 0.3)
    order = [(-score, a, b) for score, (a, b) in zip(found.jaccard.tolist(), found.keys.tolist(), strict=True)]
    assert order == sorted(order)
    assert len(set(found.jaccard)) < len(found.jaccard)


def test_a_text_just_long_and_one_just_short_are_compared() -> None:
    words = LONGER[0].split()
    found = shingled([" ".join(words[: LONG - 1]), " ".join(words[:LONG])], 0.8)
    assert found.keys.tolist() == [[0, 1]]


def test_a_shortened_copy_is_contained() -> None:
    """A newspaper's cut: everything in it is in the release, which is twice as long."""
    release = LONGER[3].split()
    cut = release[: int(len(release) * 0.6)]
    found = shingled([" ".join(release), " ".join(cut)], 0.5)
    assert found.containment.tolist() == [1.0]
    assert 0.5 < found.jaccard[0] < 0.65


def test_case_and_punctuation_make_no_difference() -> None:
    found = shingled(["The ferry is late again today.", "the FERRY is late, again -- today!"], 1.0)
    assert found.keys.tolist() == [[0, 1]]


def test_texts_without_spaces_are_compared() -> None:
    texts = ["渡船今天因为大风停航一整天", "渡船今天因为大风停航一整天了", "市议会讨论了新的桥梁预算"]
    assert shingled(texts, 0.7).keys.tolist() == [[0, 1]]


def test_texts_in_no_order_of_size_give_the_same_pairs() -> None:
    order = np.random.default_rng(15).permutation(len(MIXED))
    found = shingled([MIXED[i] for i in order], 0.4)
    assert {(min(a, b), max(a, b)) for a, b in order[found.keys].tolist()} == set(brute(MIXED, 0.4))


@pytest.mark.parametrize("texts", [[], ["one"], ["", "", ""], ["ferry", "bridge"]])
def test_without_pairs_there_are_none(texts: list[str]) -> None:
    found = shingled(texts, 0.5)
    assert found.keys.shape == (0, 2)
    assert found.jaccard.shape == found.containment.shape == (0,)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(threshold: float) -> None:
    with pytest.raises(InputError, match=f"{threshold:g}"):
        shingled(["a", "b"], threshold)


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
