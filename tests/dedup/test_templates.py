from itertools import combinations

import numpy as np
import pytest

from askew import duplicates
from askew.dedup import templates as module
from askew.dedup.templates import blocks, members, of_one_value
from askew.pair_labels.safety import difference
from askew.text.normalise import normalise

DAYS = ("Monday 5 May", "Friday 9 May", "Sunday 1 June")
PARCELS = [f"Your parcel {10000 + n} is delayed until {DAYS[n % 3]}, we are sorry." for n in range(300)]
OTHERS = [f"The {word} is open, and you can take your {word} home on bus {n}." for n, word in enumerate("abcdefgh")]


def test_texts_of_one_template_are_a_block() -> None:
    found = blocks([normalise(text) for text in [*OTHERS, *PARCELS, "no digit", ""]])
    assert found.tolist() == [-1] * len(OTHERS) + [0] * len(PARCELS) + [-1, -1]
    assert [part.tolist() for part in members(found)] == [list(range(len(OTHERS), len(OTHERS) + len(PARCELS)))]
    assert members(blocks([normalise(text) for text in PARCELS[:100]])) == []


def test_of_a_block_those_are_pairs_that_say_the_same_values() -> None:
    amounts = ("1,000", "1000", "1000.5", "1,000.50", "7")
    texts = [f"You have to pay us {amount} dollars for the repair of the roof." for amount in amounts]
    found = of_one_value(texts, np.array([3, 5, 8, 9, 11]))
    assert found.tolist() == [[3, 5], [8, 9]]
    harmless = [(a, b) for a, b in combinations(range(5), 2) if not difference(texts[a], texts[b])]
    assert harmless == [(0, 1), (2, 3)]


@pytest.mark.parametrize("shingles", [0.0, 0.7])
def test_a_template_is_found_by_its_values_and_all_else_as_before(
    shingles: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip, copy = PARCELS[40].replace("delayed", "delaied"), PARCELS[7].replace("10007", "10,007")
    texts = [*OTHERS, *PARCELS, slip, copy, OTHERS[3].replace("open", "open now")]
    asked = {"task": "near-duplicate", "model": "hashing", "threshold": 0.8, "shingles": shingles, "groups": True}
    found = duplicates(texts, **asked)
    monkeypatch.setattr(module, "LEAST", 10**9)
    every = duplicates(texts, **asked)
    ends = [{frozenset((pair.a, pair.b)) for pair in one if pair.label != "other-values"} for one in (found, every)]
    assert ends[0] == ends[1]
    assert len(ends[0]) >= 2
    assert len(found) < 0.05 * len(every)
    assert found.kept_ids == every.kept_ids
    assert found.templates.texts == 301
    assert found.templates.pairs == 301 * 300 // 2 - 1
    assert every.templates.pairs == 0
