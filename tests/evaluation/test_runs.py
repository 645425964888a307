from pathlib import Path

import ir_measures
import pytest

from askew.errors import InputError
from askew.evaluation.runs import trec
from askew.search.ranking import Ranked


def test_the_lines_are_a_run_that_others_read(tmp_path: Path) -> None:
    rankings = [[Ranked("a", 0, 0.51), Ranked("b", 3, -0.25)], [], [Ranked("c", 9, 1 / 3)]]
    lines = list(trec(["q1", "q2", "q3"], rankings))
    assert lines[0] == "q1 Q0 a 1 0.51 askew"
    (tmp_path / "run").write_text("\n".join(lines))
    read = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    assert [(line.query_id, line.doc_id) for line in read] == [("q1", "a"), ("q1", "b"), ("q3", "c")]
    assert [line.score for line in read] == pytest.approx([0.51, -0.25, 1 / 3], abs=1e-8)


@pytest.mark.parametrize("id", ["two words", "", "a\tb", "a\n"])
def test_an_id_that_the_form_cannot_hold_is_refused(id: str) -> None:
    with pytest.raises(InputError, match="white space"):
        list(trec(["q"], [[Ranked(id, 0, 1.0)]]))
