import json

import pytest

from askew.errors import InputError
from askew.evaluation.evaluate import (
    LISTED,
    Evaluation,
    JudgedQuery,
    as_fields,
    evaluate_runs,
    losers,
    rows,
    shown,
    summary,
    titled,
    values,
    winners,
)
from askew.evaluation.significance import compare, holm, interval

QRELS = {"q1": {"a": 1, "b": 0}, "q2": {"b": 2}, "q3": {"c": 1}, "q4": {"a": 0}, "other": {"a": 1}}
TEXTS = {"q3": "third", "q1": "first", "q2": "second", "q4": "fourth", "q5": "fifth"}
BASE = {"q1": {"b": 2.0, "a": 1.0}, "q2": {"b": 1.0}, "q4": {"a": 9.0}}
NEW = {"q1": {"a": 1.0}, "q2": {"a": 5.0, "c": 4.0, "b": 3.0}, "q3": {f"d{n:02}": float(n) for n in range(20)}}
MEASURES = ("RR@10", "R@100")


@pytest.fixture
def evaluation() -> Evaluation:
    return evaluate_runs(MEASURES, TEXTS, QRELS, {"base": BASE, "new": NEW, "same": BASE})


def test_only_queries_with_a_relevant_document_are_measured_and_the_others_counted(evaluation: Evaluation) -> None:
    assert evaluation.queries == (
        JudgedQuery("q3", "third", {"c": 1}),
        JudgedQuery("q1", "first", {"a": 1, "b": 0}),
        JudgedQuery("q2", "second", {"b": 2}),
    )
    assert (evaluation.left_out, evaluation.unasked) == (2, 1)


def test_values_are_those_of_each_query(evaluation: Evaluation) -> None:
    assert values(evaluation, "base", "RR@10") == {"q1": 0.5, "q2": 1, "q3": 0}
    assert values(evaluation, "new", "RR@10") == {"q1": 1, "q2": pytest.approx(1 / 3), "q3": 0}
    one = summary(evaluation, "base", "RR@10")
    assert one.mean == 0.5
    assert one.interval == interval(list(values(evaluation, "base", "RR@10").values()))


def test_each_system_is_compared_with_the_first_and_every_p_is_corrected(evaluation: Evaluation) -> None:
    found = [(one.system, one.against, one.measure) for one in evaluation.contests]
    assert found == [(name, "base", measure) for name in ("new", "same") for measure in MEASURES]
    first = evaluation.contests[0]
    assert first.compared == compare(values(evaluation, "new", "RR@10"), values(evaluation, "base", "RR@10"))
    assert (first.compared.won, first.compared.lost, first.compared.equal) == (1, 1, 1)
    assert [one.p for one in evaluation.contests] == holm([one.compared.p for one in evaluation.contests])


def test_who_won_and_who_lost_is_listed(evaluation: Evaluation) -> None:
    contest = evaluation.contests[0]
    [won] = winners(evaluation, contest, 5)
    assert (won.query.id, won.value, won.against) == ("q1", 1, 0.5)
    [lost] = losers(evaluation, contest, 5)
    assert (lost.query.id, lost.value, lost.against) == ("q2", pytest.approx(1 / 3), 1)
    assert winners(evaluation, contest, 0) == []
    assert winners(evaluation, evaluation.contests[2], 5) == losers(evaluation, evaluation.contests[2], 5) == []


def test_the_greatest_change_comes_first() -> None:
    qrels = {f"q{n}": {"a": 1} for n in range(4)}
    place = {0: 1, 1: 2, 2: 3, 3: 4}
    worse = {q: {"a": 1.0, **{f"x{i}": 2.0 for i in range(place[n] - 1)}} for n, q in enumerate(qrels)}
    best = {q: {"a": 1.0} for q in qrels}
    up = evaluate_runs(["RR@10"], dict.fromkeys(qrels, ""), qrels, {"worse": worse, "best": best})
    assert [change.query.id for change in winners(up, up.contests[0], 2)] == ["q3", "q2"]
    down = evaluate_runs(["RR@10"], dict.fromkeys(qrels, ""), qrels, {"best": best, "worse": worse})
    assert [change.query.id for change in losers(down, down.contests[0], 9)] == ["q3", "q2", "q1"]


def test_what_is_shown_is_the_best_in_order_and_what_would_have_been_right(evaluation: Evaluation) -> None:
    new = evaluation.systems[1].run
    assert list(new["q3"]) == [f"d{n:02}" for n in range(19, 19 - LISTED, -1)]
    assert "q3" not in evaluation.systems[0].run
    by_id = {query.id: query for query in evaluation.queries}
    assert shown(evaluation, [by_id["q1"]]) == ["b", "a"]
    assert shown(evaluation, [by_id["q3"]])[-1] == "c"
    assert titled(evaluation, {"a": "A"}).titles == {"a": "A"}


def test_all_of_it_is_json(evaluation: Evaluation) -> None:
    fields = json.loads(json.dumps(as_fields(evaluation)))
    assert (fields["queries"], fields["left_out"], fields["unasked"]) == (3, 2, 1)
    assert fields["systems"] == ["base", "new", "same"]
    assert fields["summaries"][0] == {
        "system": "base", "measure": "RR@10", "mean": 0.5, "interval": {"low": 0, "high": 1},
    }  # fmt: skip
    assert fields["contests"][0]["p"] == evaluation.contests[0].p
    assert fields["per_query"] == rows(evaluation)
    assert rows(evaluation)[3] == {"query": "q1", "text": "first", "system": "base", "RR@10": 0.5, "R@100": 1.0}


def test_without_anything_to_measure_it_is_refused() -> None:
    with pytest.raises(InputError, match="ids"):
        evaluate_runs(MEASURES, {"x": "text"}, QRELS, {"base": BASE})
    with pytest.raises(InputError, match="no system"):
        evaluate_runs(MEASURES, TEXTS, QRELS, {})
