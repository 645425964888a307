import pytest

from askew.cli.pairs import COLUMNS, as_fields, as_row, show, summary
from askew.matching.judged import Match
from askew.mining.near.layers import Layer
from askew.mining.verdicts.judge import judge
from askew.types import Pair


def match(a: str, b: str, score: float = 0.9) -> Match:
    return Match(Pair(score, "a", "b"), (0, 1), Layer.SEMANTIC, judge(a, b, score), (a, b))


OTHER = match("The shop opens at 8 on Monday.", "The shop opens at 9 on Monday.")
SAME = match("The shop opens at 8.", "the shop opens at 8")


def test_a_conflict_is_marked_and_its_reason_told(capsys: pytest.CaptureFixture[str]) -> None:
    show([OTHER, SAME], 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0.900  other-values  a  The shop opens at [")
    assert "8" in lines[0].split("[")[1].split("]")[0]
    assert OTHER.verdict.reason in lines[2]
    assert lines[3] == "0.900  identical     a  The shop opens at 8."
    assert lines[4:] == ["                     b  the shop opens at 8", ""]


def test_what_is_not_shown_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    show([SAME] * 5, 2)
    assert "… and 3 more" in capsys.readouterr().out


def test_the_summary_counts_verdicts() -> None:
    assert summary([SAME, OTHER, SAME], 0.8) == "3 pairs score 0.8 or more: 2 identical, 1 other-values."
    assert summary([], 0.8) == "0 pairs score 0.8 or more."


def test_json_and_tables_say_the_same() -> None:
    told, row = as_fields(OTHER), as_row(OTHER)
    assert tuple(row) == COLUMNS
    assert (row["text1"], row["text2"]) == (told["a"]["text"], told["b"]["text"])
    assert row["verdict"] == told["verdict"]["kind"] == "other-values"
    assert all(
        text[start:end]
        for text, spans in ((s["text"], s["evidence"]) for s in (told["a"], told["b"]))
        for start, end in spans
    )
