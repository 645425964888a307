import pytest

from askew.cli.migrate import Shown, show, show_measured
from askew.evaluation.significance import Comparison, Interval
from askew.migration.parity import Judgement, Parity, ParityOutcome, ParitySide, Replayed, ReplayedHits

SCALE = {"best": 0.8, "last": 0.4, "floor": 0.3, "unrelated": 0.1}


def side(model: str) -> ParitySide:
    return ParitySide(model, "fp32", "f" * 64, 1234, 2345, 1, 5_000_000, SCALE)


def test_a_comparison_is_told_in_a_screenful(capsys: pytest.CaptureFixture[str]) -> None:
    ones = tuple(
        Replayed(f"q{n}", f"query {n}", (ReplayedHits("a", 1.0),), (ReplayedHits("b", 0.5),)) for n in range(8)
    )
    outcomes = tuple(
        ParityOutcome(f"q{n}", f"query {n}", old, new) for n, (old, new) in enumerate(((1.0, 0.0), (0.2, 0.9)))
    )
    judged = Judgement("nDCG@10", 8, 0.5, 0.6, Comparison(0.1, Interval(-0.1, 0.3), 0.25, 1, 1, 6), outcomes)
    parity = Parity(
        "dense", 1, "log.csv", 8, 99, 0.0, Interval(0.0, 0.1), 0.0, side("old"), side("new"), ("what was",), ones,
        (judged,),
    )  # fmt: skip
    show(Shown(parity, {"a": "Title of a"}))
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines]
    assert ["documents", "1,234", "1,234"] in rows
    assert [*["99", "of", "100", "unrelated", "below", "0.300", "0.300"]] in rows
    assert "Asked of both: 8 of 99 queries from log.csv." in lines
    assert "overlap@1  0.000 (0.000 to 0.100) of the best 1 are found by both; the first is the same for 0.0%" in lines
    assert any(line.startswith("nDCG@10  0.5000 old, 0.6000 new on 8 judged queries: +0.1000") for line in lines)
    assert "  loser   1.000 to 0.000  query 0" in lines
    assert "  winner  0.200 to 0.900  query 1" in lines
    assert lines.count("    old  Title of a") == 5
    assert lines.count("    new  b") == 5
    assert "Void after the switch: what was." in lines


def test_what_was_measured_before_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_measured({"k": 5, "overlap": 0.25, "asked": 1200})
    assert capsys.readouterr().out == "Compared before: overlap@5 0.250 on 1,200 queries.\n"
