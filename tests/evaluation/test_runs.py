from pathlib import Path

import ir_measures
import pytest

from askew.errors import InputError
from askew.evaluation.qrels import best, read_run, trec
from askew.search.ranking import Ranked


def test_the_lines_are_a_run_that_others_read(tmp_path: Path) -> None:
    rankings = [[Ranked("a", 0, 0.51), Ranked("b", 3, -0.25)], [], [Ranked("c", 9, 1 / 3)]]
    lines = list(trec(["q1", "q2", "q3"], rankings))
    assert lines[0] == "q1 Q0 a 1 0.51 askew"
    (tmp_path / "run").write_text("\n".join(lines))
    read = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    assert [(line.query_id, line.doc_id) for line in read] == [("q1", "a"), ("q1", "b"), ("q3", "c")]
    assert [line.score for line in read] == pytest.approx([0.51, -0.25, 1 / 3], abs=1e-8)
    ours = read_run(tmp_path / "run")
    assert ours == {"q1": {"a": 0.51, "b": -0.25}, "q3": {"c": pytest.approx(1 / 3)}}


@pytest.mark.parametrize("id", ["two words", "", "a\tb", "a\n"])
def test_an_id_that_the_form_cannot_hold_is_refused(id: str) -> None:
    with pytest.raises(InputError, match="white space"):
        list(trec(["q"], [[Ranked(id, 0, 1.0)]]))


def test_runs_of_others_are_read(tmp_path: Path) -> None:
    """With tabs, blank lines, Windows' line ends, without a tag, and in any order."""
    (tmp_path / "run").write_bytes(b"\xef\xbb\xbfq1\tQ0\tb\t2\t-1e-3\tbm25\r\n\r\nq2 0 a 1 7\nq1 Q0 a 1 3.5 a tag\n")
    assert read_run(tmp_path / "run") == {"q1": {"b": -0.001, "a": 3.5}, "q2": {"a": 7}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q Q0 a 1 2 t\nq Q0 b\n", "run:2 .*'q Q0 b'"),
        ("q Q0 a 1 high t\n", "run:1 "),
        ("q Q0 a 1 nan t\n", "run:1: the score must be a finite number, not nan"),
        ("q Q0 a 1 2 t\nq Q0 a 2 1 t\n", "run:2: query 'q' has document 'a' twice"),
        ("\n", "run is empty"),
    ],
)
def test_what_is_no_run_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "run").write_text(text)
    with pytest.raises(InputError, match=words):
        read_run(tmp_path / "run")


def test_a_run_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as a run"):
        read_run(tmp_path / "none")


def test_the_best_come_first_and_ties_are_ordered_as_trec_eval_orders_them() -> None:
    scores = {"a": 1.0, "c": 2.0, "b": 1.0, "d": 1.0 + 1e-12}
    assert list(best(scores, 3).items()) == [("c", 2.0), ("d", 1.0 + 1e-12), ("b", 1.0)]
    assert list(best(scores, 9)) == ["c", "d", "b", "a"]
