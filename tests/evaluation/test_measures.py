from math import log2

import numpy as np
import pytest
import pytrec_eval

from askew.errors import InputError
from askew.evaluation.measures import depth, judged, mean, parsed, per_query

QRELS = {"q1": {"a": 2, "b": 1, "c": 0}, "q2": {"a": 1}, "q3": {"b": 0, "c": -1}, "q4": {"x": 1, "y": 3}}
RUN = {"q1": {"b": 0.9, "a": 0.8, "c": 0.7}, "q4": {"z": 3.0, "y": 2.0}, "q9": {"a": 1.0}}


def test_the_values_are_those_of_a_computation_by_hand() -> None:
    values = per_query(parsed("nDCG@10,R@100,RR@10,P@2,AP"), QRELS, RUN)
    gain = (1 + 2 / log2(3)) / (2 + 1 / log2(3))
    assert values["nDCG@10"] == pytest.approx({"q1": gain, "q2": 0, "q4": (3 / log2(3)) / (3 + 1 / log2(3))})
    assert values["R@100"] == pytest.approx({"q1": 1, "q2": 0, "q4": 0.5})
    assert values["RR@10"] == pytest.approx({"q1": 1, "q2": 0, "q4": 0.5})
    assert values["P@2"] == pytest.approx({"q1": 1, "q2": 0, "q4": 0.5})
    assert values["AP"] == pytest.approx({"q1": 1, "q2": 0, "q4": 0.25})
    assert mean(values["RR@10"]) == pytest.approx(0.5)


def test_a_query_that_is_not_answered_counts_as_nothing_and_one_without_an_answer_not_at_all() -> None:
    assert judged(QRELS) == ["q1", "q2", "q4"]
    assert per_query(["nDCG@10"], QRELS, {}) == {"nDCG@10": {"q1": 0, "q2": 0, "q4": 0}}
    assert per_query(["nDCG@10"], QRELS, {"q1": {}})["nDCG@10"]["q1"] == 0
    assert mean({}) == 0


def test_the_values_are_those_of_trec_eval_where_scores_tie() -> None:
    rng = np.random.default_rng(5)
    ids = [f"d{n}" for n in range(60)]
    qrels = {f"q{q}": {id: int(rng.integers(0, 4)) for id in rng.choice(ids, 12, replace=False)} for q in range(40)}
    run = {
        query: {id: float(rng.integers(0, 6)) + 1e-9 * float(rng.random()) for id in rng.choice(ids, 30, replace=False)}
        for query in qrels
    }
    names = {"nDCG@10": "ndcg_cut_10", "R@5": "recall_5", "AP": "map", "RR": "recip_rank", "Success@1": "success_1"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "recall.5", "map", "recip_rank", "success.1"})
    expected = theirs.evaluate(run)
    ours = per_query(tuple(names), qrels, run)
    for name, their_name in names.items():
        assert ours[name] == pytest.approx({query: expected[query][their_name] for query in ours[name]}), name


def test_all_measures_order_equal_scores_alike() -> None:
    """The implementations behind RR and RR@10 do not, if it is left to them."""
    for right in "ab":
        values = per_query(["RR", "RR@10", "Success@1"], {"q": {right: 1}}, {"q": {"a": 1.0, "b": 1.0}})
        assert values["RR"] == values["RR@10"] == {"q": 1 if right == "b" else 0.5}
        assert values["Success@1"] == {"q": float(right == "b")}


def test_names_of_measures_are_read() -> None:
    assert parsed(" nDCG@10, R@100,nDCG@10 ") == ("nDCG@10", "R@100")
    assert parsed("AP(rel=2)@5") == ("AP(rel=2)@5",)
    assert parsed("P(rel=2, judged_only=True)@5,RR") == ("P(rel=2,judged_only=True)@5", "RR")
    assert depth(["nDCG@10", "R@100"]) == 100
    assert depth(["nDCG@10", "AP"]) == 1000


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("nDGC@10", "'nDGC@10'"),
        ("nDCG@ten", "Unknown measure"),
        ("nDCG(", "Unknown measure"),
        ("__import__('os')", "Unknown measure"),
        ("BPM(T=1000)", "Unknown measure"),
        ("", "at least one measure"),
        (" , ", "at least one measure"),
        ("alpha_nDCG@10", "cannot be computed here"),
        ("ERR@20", "cannot be computed here"),
    ],
)
def test_what_is_no_measure_is_refused(names: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parsed(names)


def test_half_a_grade_is_refused() -> None:
    with pytest.raises(InputError, match=r"'a' for query 'q' is 0\.5"):
        per_query(["nDCG@10"], {"q": {"a": 0.5}}, {"q": {"a": 1.0}})
