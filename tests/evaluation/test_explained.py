import pytest

from askew.evaluation.evaluate import evaluate_runs
from askew.evaluation.measure_guide import KNOWN, explained

FOUND = {"d1": 4.0, "x": 3.0, "y": 2.0, "d2": 1.0}


@pytest.mark.parametrize(
    ("measure", "right", "said"),
    [("nDCG@10", ["d1", "d2"], "0.88"), ("R@100", ["d1", "d2", "y", "z"], "0.75"), ("RR@10", ["y"], "0.33"),
     ("AP", ["d1", "d2"], "0.75"), ("AP@10", ["d1", "d2"], "0.75"), ("P@10", ["d1", "d2", "x"], "0.30")],
)  # fmt: skip
def test_the_examples_are_reckoned_right(measure: str, right: list[str], said: str) -> None:
    value = evaluate_runs((measure,), {"q": "query"}, {"q": dict.fromkeys(right, 1.0)}, {"s": {"q": FOUND}})
    assert f"{value.summaries[0].mean:.2f}" == said
    assert any(said in line for line in explained(measure).lines)


def test_the_title_names_the_measure_as_it_is_written() -> None:
    assert explained("nDCG@10").title == "nDCG@10: how good the order is"
    assert "the first 1,000" in explained("R@1000").lines[0]
    assert "all places" in explained("AP").lines[0]
    assert explained("P(rel=2)@5").lines[-1] == "Here only documents judged 2 or higher count as right."


@pytest.mark.parametrize("measure", ["infAP", "ERR@20", "<b>", "nDCG(dcg='exp-log2')@10"])
def test_what_is_not_known_is_sent_to_where_it_is(measure: str) -> None:
    told = explained(measure)
    assert told.title.startswith(measure.split("(")[0])
    assert told.lines


def test_two_sentences_each() -> None:
    for tell in KNOWN.values():
        title, meaning, reckoned = tell("the first 10")
        assert not title.endswith(".")
        assert meaning.count(". ") == 1
        assert reckoned.endswith(".")
