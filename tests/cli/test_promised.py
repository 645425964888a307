import pytest

from askew.cli.guarantee import assurance, promises, row
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import labelled_scores


def record(right: int, wrong: int) -> CalibrationRecord:
    values = [1.0 - place / 1000 for place in range(right + wrong)]
    return CalibrationRecord("pairs", {}, labelled_scores(values, [True] * right + [False] * wrong), 100, 0.9)


def test_each_promise_has_a_row() -> None:
    rows = [row(found) for found in promises(record(100, 100), None)]
    assert [cells[0] for cells in rows] == ["80 %", "90 %", "95 %", "99 %"]
    assert row(promises(record(100, 100), 0.975)[0])[0] == "97.5 %"
    assert all(cells[1].startswith("0.") for cells in rows[:3])
    assert rows[3][1:4] == ["–", "–", "–"]
    assert rows[3][4].startswith("needs about ")
    assert row(promises(record(0, 300), 0.9)[0])[4].startswith("out of reach")


def test_a_kept_promise_is_told_to_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    told = assurance(record(100, 100), 0.9, 130, quiet=False)
    assert told["grown"]
    said = capsys.readouterr().err
    assert "At least 90 % of pairs that reach 0." in said
    assert "grown from 100 to 130 documents" in said
    assurance(record(100, 100), 0.9, 130, quiet=True)
    assert capsys.readouterr().err == ""
