"""A tiny cross-encoder with random weights: which pairs it is confident about is chance, the consequence is not."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families

from askew.encoders.onnx.cross import CrossEncoder, blueprint
from askew.pair_labels.judge import judge_all
from askew.pair_labels.verdict import DUPLICATE, Kind, Verdict, adjusted, inferred, overruled


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("score", [-0.4, 0.0, 0.3, 0.95, 40.0])
def test_no_score_rises_and_only_those_fall_that_do_not_say_the_same(kind: Kind, score: float) -> None:
    found = adjusted(score, Verdict(kind, ""))
    assert found <= score
    says_it = kind in DUPLICATE or kind is Kind.CONTAINS
    assert (found == score) is (says_it or score <= 0)


def test_a_conflict_falls_below_every_usual_threshold_and_keeps_its_order() -> None:
    scores = [adjusted(score, Verdict(Kind.CONTRADICTS, "")) for score in (0.99, 0.8, 0.7)]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) < 0.5 < adjusted(0.75, Verdict(Kind.RELATED, ""))


def test_what_contains_is_no_duplicate() -> None:
    assert {"identical", "near-identical", "paraphrase"} == DUPLICATE


PAIRS = [
    ("The lift is broken.", "The elevator is out of order."),
    ("The lift works.", "The lift does not work."),
    ("Is the bus late?", "Has the bus been held up?"),
    ("Take bus 12 to the fair.", "Take bus 14 to the fair."),
    ("Red apples grow here.", "My uncle bought a tractor."),
    ("Same words", "same words!"),
]
SCORES = [0.8, 0.9, 0.8, 0.9, 0.1, 1.0]
KINDS = [Kind.PARAPHRASE, Kind.CONTRADICTS, Kind.PARAPHRASE, Kind.OTHER_VALUES, Kind.RELATED, Kind.IDENTICAL]
OPEN = [0, 1, 2, 4]


def model(folder: Path) -> CrossEncoder:
    tiny_families.save("bert", folder, labels=1, prefix=1)
    return CrossEncoder(blueprint("bert", "sigmoid", max_tokens=24, hashes=[str(folder)] * 3), folder)


def both_ways(cross: CrossEncoder) -> np.ndarray:
    return (cross.score(PAIRS) + cross.score([(b, a) for a, b in PAIRS])) / 2


def test_the_rules_alone() -> None:
    assert [verdict.kind for verdict in judge_all(PAIRS, SCORES)] == KINDS


def test_a_model_that_is_sure_decides_what_the_words_do_not(tmp_path: Path) -> None:
    cross = model(tmp_path)
    scores = both_ways(cross)
    middle = float(np.median(scores[OPEN]))
    found = overruled(judge_all(PAIRS, SCORES), PAIRS, cross, bounds=(middle, middle))
    for place in OPEN:
        assert (found[place].kind is Kind.PARAPHRASE) is bool(scores[place] > middle)
    assert [found[place].kind for place in (3, 5)] == [Kind.OTHER_VALUES, Kind.IDENTICAL]
    assert any(f"({score:.2f})" in found[place].reason for place, score in enumerate(scores.tolist()))


def test_one_that_is_not_sure_changes_nothing(tmp_path: Path) -> None:
    cross = model(tmp_path)
    assert 0.1 < both_ways(cross)[OPEN].min() < both_ways(cross)[OPEN].max() < 0.9
    assert judge_all(PAIRS, SCORES, cross) == judge_all(PAIRS, SCORES)
    assert judge_all([], [], cross) == []


class Inferring:
    """Says what a table says, by the order of the texts."""

    labels = ("neutral", "contradiction", "entailment")

    def __init__(self, told: dict[tuple[str, str], tuple[float, float, float]]) -> None:
        self.told = told

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([self.told.get(pair, (1.0, 0.0, 0.0)) for pair in pairs], np.float32).reshape(-1, 3)


def test_inference_contradicts_or_finds_the_same_only_if_each_follows_from_the_other() -> None:
    there, back = PAIRS, [(b, a) for a, b in PAIRS]
    same, against = (0.0, 0.05, 0.95), (0.0, 0.95, 0.05)
    told = {there[0]: against, back[0]: against, there[1]: same, back[1]: same, there[4]: same}
    told |= dict.fromkeys((there[3], back[3], there[5], back[5]), against)
    kinds = [verdict.kind for verdict in inferred(judge_all(PAIRS, SCORES), PAIRS, Inferring(told))]
    assert kinds == [
        Kind.CONTRADICTS,
        Kind.PARAPHRASE,
        Kind.PARAPHRASE,  # neutral: nothing changes
        Kind.OTHER_VALUES,  # a fact that no model overrules
        Kind.RELATED,  # the second follows from the first alone
        Kind.IDENTICAL,
    ]
    assert inferred([], [], Inferring({})) == []


def test_inference_that_is_not_sure_changes_nothing() -> None:
    unsure = dict.fromkeys([*PAIRS, *((b, a) for a, b in PAIRS)], (0.2, 0.6, 0.2))
    assert inferred(judge_all(PAIRS, SCORES), PAIRS, Inferring(unsure)) == judge_all(PAIRS, SCORES)
