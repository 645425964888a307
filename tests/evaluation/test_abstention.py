import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from askew.errors import InputError
from askew.evaluation.abstention import RiskPoint, abstention, as_fields, risk_coverage


def test_the_curve_is_that_of_a_computation_by_hand() -> None:
    found = risk_coverage([0.2, 0.9, 0.8, 0.5], [False, True, False, True])
    assert found.points == (
        RiskPoint(0.9, 0.25, 0),
        RiskPoint(0.8, 0.5, 0.5),
        RiskPoint(0.5, 0.75, 1 / 3),
        RiskPoint(0.2, 1, 0.5),
    )
    assert found.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found.perfect == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert found.chance == 0.5
    assert found.auroc == 0.75
    assert (found.questions, found.answered, found.right) == (4, 4, 2)
    assert found.coverage_at == {0.05: 0.25, 0.1: 0.25, 0.2: 0.25}


def test_equal_scores_are_answered_together() -> None:
    """Whatever order they are given in."""
    for right in ([True, False, False, True], [False, True, True, False], [False, True, False, True]):
        found = risk_coverage([0.5] * 4, right)
        assert found.points == (RiskPoint(0.5, 1, 0.5),)
        assert found.aurc == found.chance == 0.5
        assert found.auroc == 0.5
        assert found.coverage_at[0.2] == 0


def test_the_area_is_the_mean_over_all_orders_of_equal_scores() -> None:
    rng = np.random.default_rng(0)
    scores, right = rng.integers(0, 4, 30).astype(float), rng.random(30) < 0.6
    drawn = []
    for _ in range(4_000):
        order = np.lexsort((rng.random(30), -scores))
        drawn.append((np.cumsum(~right[order]) / np.arange(1, 31)).mean())
    assert risk_coverage(scores, right).aurc == pytest.approx(np.mean(drawn), abs=0.002)


def test_a_question_without_any_answer_is_one_that_was_not_answered() -> None:
    found = risk_coverage([1.0, 0.5, -math.inf, -math.inf], [True, False, False, False], [True, True, True, False])
    assert found.points == (RiskPoint(1.0, 0.25, 0), RiskPoint(0.5, 0.5, 0.5))
    assert (found.questions, found.answered, found.right) == (4, 2, 1)
    assert found.auroc == pytest.approx(roc_auc_score([1, 1, 1, 0], [3, 2, 1, 1]))


def test_a_run_is_measured_by_its_first_documents() -> None:
    qrels = {"q1": {"a": 1}, "q2": {"b": 2, "c": 0}, "q3": {"a": 0}}
    run = {"q1": {"b": 0.1, "a": 0.9}, "q2": {"c": 0.6, "b": 0.5}, "q3": {"a": 0.7}}
    found = abstention(["q1", "q2", "q3", "q4"], qrels, run)
    assert [(point.coverage, point.risk) for point in found.points] == [(0.25, 0), (0.5, 0.5), (0.75, 2 / 3)]
    assert found.auroc == 0.75  # 0.9 and 0.6 can be answered, 0.7 and none cannot
    fields = as_fields(found)
    assert fields["coverage_at"][0] == {"risk": 0.05, "coverage": 0.25}
    assert fields["points"][0] == {"threshold": 0.9, "coverage": 0.25, "risk": 0}


def test_of_equal_scores_the_first_document_is_that_of_the_measures() -> None:
    found = abstention(["q", "u"], {"q": {"b": 1}}, {"q": {"a": 1.0, "b": 1.0}, "u": {"z": 0.1}})
    assert found.right == 1


@pytest.mark.parametrize(
    ("scores", "right", "words"),
    [
        ([1, 2], [True], "2 scores for 1 answers"),
        ([1, math.nan], [True, False], "NaN or infinite"),
        ([1, math.inf], [True, False], "NaN or infinite"),
        ([1, 2], [True, True], "All of the questions"),
        ([1, 2], [False, False], "None of the questions"),
        ([], [], "None of the questions"),
    ],
)
def test_where_there_is_nothing_to_tell_apart_it_is_said(scores: list[float], right: list[bool], words: str) -> None:
    with pytest.raises(InputError, match=words):
        risk_coverage(scores, right)


def test_without_any_answer_there_is_no_curve() -> None:
    with pytest.raises(InputError, match="No question has an answer"):
        abstention(["q1", "q2"], {"q1": {"a": 1}}, {})
