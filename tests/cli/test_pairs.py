import pytest

from askew.cli.pairs import (
    PAIR_COLUMNS,
    bracketed,
    merged,
    pair_row,
    show_groups,
    show_pairs,
    summary,
)
from askew.dedup.labels import JudgedPair
from askew.dedup.result import Membership, pair_fields
from askew.dedup.set_join.layers import Layer
from askew.pair_labels.judge import judge
from askew.types import Group, Span


def pair(a: str, b: str, score: float = 0.9) -> JudgedPair:
    found = judge(a, b, score)
    return JudgedPair(
        score, "a", "b", found.kind, found.reason, Layer.SEMANTIC, a, b, found.evidence_a, found.evidence_b
    )


OTHER = pair("The shop opens at 8 on Monday.", "The shop opens at 9 on Monday.")
SAME = pair("The shop opens at 8.", "the shop opens at 8")


def test_a_conflict_is_marked_and_its_reason_told(capsys: pytest.CaptureFixture[str]) -> None:
    show_pairs([OTHER, SAME], 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0.900  other-values  a  The shop opens at [")
    assert "8" in lines[0].split("[")[1].split("]")[0]
    assert OTHER.reason in lines[2]
    assert lines[3] == "0.900  identical     a  The shop opens at 8."
    assert lines[4:] == ["                     b  the shop opens at 8", ""]


def test_what_is_not_shown_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    show_pairs([SAME] * 5, 2)
    assert "… and 3 more" in capsys.readouterr().out


def test_the_summary_counts_labels() -> None:
    assert summary([SAME, OTHER, SAME], 0.8) == "3 pairs score 0.8 or more: 2 identical, 1 other-values."
    assert summary([], 0.8) == "0 pairs score 0.8 or more."


def test_json_and_tables_say_the_same() -> None:
    told, row = pair_fields(OTHER), pair_row(OTHER)
    assert tuple(row) == PAIR_COLUMNS
    assert (row["text1"], row["text2"]) == (told["a"]["text"], told["b"]["text"])
    assert row["verdict"] == told["verdict"]["kind"] == "other-values"
    assert all(
        text[start:end]
        for text, spans in ((s["text"], s["evidence"]) for s in (told["a"], told["b"]))
        for start, end in spans
    )


def test_adjacent_spans_are_merged() -> None:
    assert merged([Span(8, 9), Span(0, 3), Span(2, 5), Span(5, 6)]) == [Span(0, 6), Span(8, 9)]


def test_each_span_is_bracketed() -> None:
    assert bracketed("I did not go", [Span(6, 9), Span(0, 1)]) == "[I] did [not] go"
    assert bracketed("nothing", []) == "nothing"


GROUP = Group("g000001", tuple(f"d{n}" for n in range(7)), "d3")
TEXTS = {f"d{n}": f"red tents {n}" for n in range(7)}


def test_a_long_group_is_cut_and_its_representative_marked(capsys: pytest.CaptureFixture[str]) -> None:
    members = {id: Membership(0.9, "paraphrase") for id in TEXTS} | {"d2": Membership(None, "")}
    show_groups([GROUP, GROUP], TEXTS, members, 1)
    out = capsys.readouterr().out
    assert "g000001  7 texts" in out
    assert "  * d3  red tents 3\n    d4  red tents 4  (0.900 paraphrase)\n" in out
    assert "    d2  red tents 2  (through others)\n" in out
    assert "… and 2 more\n" in out
    assert "… and 1 more group:" in out
