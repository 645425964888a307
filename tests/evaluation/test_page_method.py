from askew.charts.blocks import TableBlock
from askew.evaluation.evaluate import evaluate_runs
from askew.evaluation.report import method_section, query_values_section

TEXTS = {"a": "alike", "b": "better", "w": "worse", "none": "without"}
QRELS = {"a": {"d": 1.0}, "b": {"d": 1.0, "x": 0.0}, "w": {"d": 2.0}, "gone": {"d": 1.0}}
OLD = {"a": {"d": 1.0}, "w": {"d": 1.0}}
NEW = {"a": {"d": 1.0}, "b": {"x": 2.0, "d": 1.0}}


def table(blocks: tuple[object, ...]) -> TableBlock:
    (one,) = blocks
    assert isinstance(one, TableBlock)
    return one


def test_every_query_is_listed_and_those_that_differ_most_come_first() -> None:
    found = table(query_values_section(evaluate_runs(("RR",), TEXTS, QRELS, {"old": OLD, "new": NEW})).blocks)
    assert found.headings == ("query", "old", "new")
    assert found.rows == (("worse", "1.000", "0.000"), ("better", "0.000", "0.500"), ("alike", "1.000", "1.000"))
    alone = query_values_section(evaluate_runs(("RR",), TEXTS, QRELS, {"old": OLD}))
    assert table(alone.blocks).rows[0] == ("better", "0.000")
    assert "lowest values come first" in alone.prose[0]


def test_what_was_left_out_is_counted() -> None:
    found = table(method_section(evaluate_runs(("RR",), TEXTS, QRELS, {"old": OLD})).blocks)
    assert [row[1] for row in found.rows] == [3, 1, 1, 4, 3]


def test_only_what_was_done_is_told() -> None:
    def told(*names: str) -> str:
        runs = {"old": OLD, "new": NEW, "other": {}}
        return " ".join(
            method_section(evaluate_runs(("RR",), TEXTS, QRELS, {name: runs[name] for name in names})).prose
        )

    assert "bootstrap" in told("old")
    assert "Fisher" not in told("old")
    assert "Fisher" in told("old", "new")
    assert "Holm" not in told("old", "new")
    assert "Of 2 comparisons one" in told("old", "new", "other")
    assert "compared with old, and not with each other" in told("old", "new", "other")
