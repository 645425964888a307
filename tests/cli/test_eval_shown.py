import pytest

from askew.cli.evaluate import show
from askew.evaluation.abstention import abstention
from askew.evaluation.evaluate import evaluate

QRELS = {"q1": {"a": 1}, "q2": {"a": 1}}
TEXTS = {"q1": "first question", "q2": "", "q3": "unanswerable"}
RUNS = {"old": {"q1": {"b": 2.0, "a": 1.0}, "q2": {"a": 1.0}}, "new": {"q1": {"a": 1.0}, "q3": {"a": 0.5}}}


def test_all_that_was_measured_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    told = {name: abstention(list(TEXTS), QRELS, run) for name, run in RUNS.items()}
    show(evaluate(["RR"], TEXTS, QRELS, RUNS), told, 5)
    assert [line.split() for line in capsys.readouterr().out.splitlines() if line] == [
        line.split()
        for line in (
            "2 judged queries",
            "system  measure  mean    95 % interval",
            "old     RR       0.7500  0.5000 to 1.0000",
            "new     RR       0.5000  0.0000 to 1.0000",
            "Against old, query by query:",
            "system  measure  difference  95 % interval       p       won  lost  equal",
            "new     RR       -0.2500     -1.0000 to +0.5000  1.0000    1     1      0",
            "The queries that new won and lost most by, RR:",
            "new    old    query",
            "won   1.000  0.500  first question",
            "lost  0.000  1.000  q2",
            "Does the score of the first document tell what cannot be answered?",
            "system  questions  right  AUROC  AURC   at best  by chance  at 5 %  at 10 %  at 20 %",
            "old             3      1  1.000  0.750    0.250      0.500   0.000    0.000    0.000",
            "new             3      1  0.500  0.250    0.250      0.500   0.333    0.333    0.333",
            "The last columns: the share of questions that can be answered with no more wrong answers than that.",
        )
    ]


def test_one_system_is_compared_with_none(capsys: pytest.CaptureFixture[str]) -> None:
    show(evaluate(["RR"], {"q1": "x"}, QRELS, {"old": RUNS["old"]}), {}, 5)
    assert capsys.readouterr().out.splitlines()[0] == "1 judged query"


def test_a_limit_of_0_lists_no_query(capsys: pytest.CaptureFixture[str]) -> None:
    show(evaluate(["RR"], TEXTS, QRELS, RUNS), {}, 0)
    assert "won and lost most" not in capsys.readouterr().out
