import pytest
from helpers.patients import Make

from askew.diagnostics.finding import Level
from askew.diagnostics.maintenance import maintenance


def test_an_index_in_order(patient: Make) -> None:
    assert {finding.level for finding in maintenance(patient(["one"]))} == {Level.FINE}
    assert maintenance(patient([]))[0].figure <= 1


def test_room_of_what_was_deleted(patient: Make) -> None:
    case = patient([f"number {i}" for i in range(1200)])
    case.index.delete([f"d{i}" for i in range(200, 800)])
    room, _ = maintenance(case)
    assert (room.level, room.figure) == (Level.NOTE, 0.5)
    assert room.remedy.startswith("askew index patient PATH…")
    case.index.optimise()
    assert maintenance(case)[0].level is Level.FINE


def test_an_approximate_index_that_finds_too_little(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    case = patient(["one"])
    for recall, level in ((0.9871, Level.FINE), (0.95, Level.ADVICE)):
        monkeypatch.setattr(case.index.store, "facts", lambda r=recall: {"recall_asked": 0.99, "recall": r})
        finding = maintenance(case)[1]
        assert finding.level is level
    assert finding.sentence == ("The approximate index finds 95 % of the ten nearest, where 99 % were asked for.")
    assert finding.remedy == "askew index patient PATH… --recall 0.99"
