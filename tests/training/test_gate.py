"""The gate: what is better, what is not, and what has forgotten."""

import numpy as np
import pytest

from askew import Document
from askew.encoders import Encoded
from askew.encoders.loading import load
from askew.evaluation.significance import compare
from askew.models import cards
from askew.training.data import DataKind, ScoredPair, TrainingData
from askew.training.gate import BOUND, cost, everyday, gate, verdict
from askew.training.trials import Trial, one_sided, pair_trial, run, run_trial

QUERIES = {f"q{n}": f"question {n}" for n in range(40)}
GRADES = {query: {"right": 1.0} for query in QUERIES}


def runs(first: int) -> dict[str, dict[str, float]]:
    """The relevant document comes first for so many queries, and second for the others."""
    return {query: {"right": 1.0, "wrong": 2.0 if place >= first else 0.0} for place, query in enumerate(QUERIES)}


def trial(before: int, after: int, name: str = "held out") -> Trial:
    return run_trial(name, QUERIES, GRADES, runs(before), runs(after))


def test_a_model_that_is_better_on_held_out_data_is_accepted() -> None:
    found = verdict(trial(20, 30), [trial(20, 20, "other")])
    assert found.accepted
    assert found.offered
    assert found.held_out.p < 0.05
    assert (found.held_out.compared.won, found.held_out.compared.lost) == (10, 0)
    assert {one.text for one in found.winners} <= {f"question {n}" for n in range(20, 30)}
    assert not found.losers
    assert found.held_out.trained == pytest.approx((30 + 10 / np.log2(3)) / 40)


@pytest.mark.parametrize(("before", "after"), [(20, 20), (20, 22), (30, 20)])
def test_a_model_that_is_not_proven_better_is_kept_but_not_offered(before: int, after: int) -> None:
    found = verdict(trial(before, after), [trial(20, 20, "other")])
    assert not found.accepted
    assert not found.offered
    assert len(found.reasons) == 1
    assert len(found.losers) == min(5, max(0, before - after))


def test_a_model_that_forgot_is_refused_however_good_it_is() -> None:
    found = verdict(trial(0, 40), [trial(30, 20, "other")])
    assert not found.accepted
    assert "other" in found.reasons[0]
    assert found.forgetting[0].compared.difference < -BOUND


def test_force_offers_it_and_says_what_it_costs() -> None:
    found = verdict(trial(30, 20), [], force=True)
    assert found.offered
    assert not found.accepted
    assert "10 of 40" in cost(found)
    assert not verdict(trial(20, 40), [], force=True).forced


def test_a_set_that_can_show_little_says_so() -> None:
    rng = np.random.default_rng(0)
    values = [{query: float(value) for query, value in zip(QUERIES, rng.random(40), strict=True)} for _ in range(2)]
    compared = compare(values[0], values[1])
    noisy = Trial("noisy", "nDCG@10", 0.5, 0.5, compared, one_sided(compared))
    assert noisy.provable > BOUND
    assert len(verdict(trial(20, 30), [noisy]).notes) == 1


def test_a_set_that_cannot_be_measured_is_no_proof() -> None:
    data = TrainingData(
        scores=tuple(ScoredPair(f"a{n}", f"b{n}", n / 20) for n in range(20)), kinds=frozenset({DataKind.SCORED})
    )
    collapsed = pair_trial("pairs", data, np.arange(20.0), np.ones(20))
    assert np.isnan(collapsed.trained)
    found = verdict(trial(20, 30), [collapsed])
    assert not found.accepted
    assert len(found.reasons) == 1


def test_where_both_sides_are_of_one_kind_a_text_is_no_answer_to_itself() -> None:
    words = [f"word{n} thing{n}" for n in range(10)]
    queries = {f"q{n}": text for n, text in enumerate(words)}
    documents = {f"d{n}": Document(f"d{n}", text) for n, text in enumerate(words)}
    grades = {f"q{n}": {f"d{n ^ 1}": 1.0} for n in range(10)}  # pairs in both directions
    data = TrainingData(queries, documents, grades, kinds=frozenset({DataKind.PAIRS}))
    encoder = load(cards.get("hashing"), "paraphrase")
    assert all(f"d{query[1:]}" not in found for query, found in run(data, encoder, symmetric=True).items())
    assert all(max(found, key=found.__getitem__) == f"d{query[1:]}" for query, found in run(data, encoder).items())


def test_pairs_with_labels_are_compared_by_average_precision() -> None:
    labels = np.array([1.0, 0.0] * 60)
    data = TrainingData(
        scores=tuple(ScoredPair(f"a{n}", f"b{n}", label) for n, label in enumerate(labels.tolist())),
        kinds=frozenset({DataKind.LABELLED}),
    )
    noise = np.random.default_rng(0).random(120)
    found = pair_trial("pairs", data, noise, noise + 0.5 * labels)
    assert found.measure == "AP"
    assert found.trained > found.base
    assert found.p < 0.01
    assert pair_trial("pairs", data, noise, noise).p == pytest.approx(0.5)


def test_pairs_with_scores_are_compared_by_rank_correlation() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(100)
    data = TrainingData(
        scores=tuple(ScoredPair(f"a{n}", f"b{n}", score) for n, score in enumerate(scores.tolist())),
        kinds=frozenset({DataKind.SCORED}),
    )
    found = pair_trial("pairs", data, rng.random(100), scores + 0.3 * rng.random(100))
    assert found.measure == "Spearman"
    assert found.trained > 0.9
    assert found.p < 0.01


class Shuffled:
    """The encoder whose dimensions are dropped but for one: a model that has forgotten nearly everything."""

    def __init__(self, inner: object) -> None:
        self._inner = inner
        self.signature = inner.signature  # type: ignore[attr-defined]

    def encode(self, *args: object) -> Encoded:
        made = self._inner.encode(*args)  # type: ignore[attr-defined]
        return Encoded(made.vectors * (np.arange(made.vectors.shape[1]) < 2), made.tokens, made.seen)


def test_encoders_are_compared_and_the_sets_of_askew_show_a_broken_model() -> None:
    base = load(cards.get("hashing"), "question-answering")
    texts = {f"q{n}": f"where is house number {n} of the street" for n in range(40)}
    documents = {f"d{n}": Document(f"d{n}", f"House number {n} is by the river.") for n in range(40)}
    grades = {f"q{n}": {f"d{n}": 1.0} for n in range(40)}
    test = TrainingData(texts, documents, grades, kinds=frozenset({DataKind.PAIRS}))
    same = gate(base, base, test)
    assert not same.accepted
    assert same.held_out.compared.equal == 40
    broken = gate(base, Shuffled(base), test)  # type: ignore[arg-type]
    assert len(broken.reasons) >= 2
    assert [len(one.changes) for one in broken.forgetting] == [40, 40]
    assert all(len(data.documents) == 40 for data in everyday().values())
