import random

import pytest

from askew.calibration.answers import judged_queries, train_and_score
from askew.confidence.confidence_model import TopHit
from askew.errors import InputError
from askew.types import Document

QUERIES = [Document("a", "one"), Document("b", "two"), Document("c", "three")]
QRELS = {"a": {"x": 1.0, "y": 0.0}, "b": {"x": 0.0}}


def test_queries_that_nothing_answers_count_only_if_that_is_said() -> None:
    assert [(one.text, one.relevant) for one in judged_queries(QUERIES, QRELS, unanswerable=False)] == [("one", {"x"})]
    assert [len(one.relevant) for one in judged_queries(QUERIES, QRELS, unanswerable=True)] == [1, 0, 0]
    with pytest.raises(InputError, match="do the ids"):
        judged_queries(QUERIES, {"z": {"x": 1.0}}, unanswerable=True)


def test_what_teaches_is_no_evidence() -> None:
    rng = random.Random(0)
    firsts = [TopHit("d", rng.random(), rng.random(), 1.0) for _ in range(200)]
    right = [one.lead > 0.4 for one in firsts]
    signal, evidence = train_and_score(firsts, right)
    assert (len(evidence.values), evidence.asked) == (160, 160)
    assert signal.weights[1] > 0
    assert set(evidence.values) < {signal.of(one) for one in firsts}
    assert train_and_score(firsts, right) == (signal, evidence)


def test_a_query_that_found_nothing_is_asked_and_not_answered() -> None:
    firsts = [TopHit("d" if number % 2 else "", 0.5, number / 100, 1.0) for number in range(100)]
    _, evidence = train_and_score(firsts, [bool(one.document) for one in firsts])
    assert evidence.asked == 80
    assert 20 < len(evidence.values) < 60
    assert all(evidence.right)
