from dataclasses import replace

import pytest
from helpers.patients import Make

from askew.confidence import record
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import LabelledScores
from askew.diagnostics.finding import Level
from askew.diagnostics.maintenance import maintenance, stale_calibrations
from askew.search.hybrid import FusionWeights, write_weights


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
    assert all(share in finding.sentence for share in ("95 %", "99 %"))
    assert finding.remedy == "askew index patient PATH… --recall 0.99"


def test_where_nothing_was_learned_there_is_nothing_to_say(patient: Make) -> None:
    assert stale_calibrations(patient(["one"])) == []


@pytest.mark.parametrize(("queries", "level"), [(8, Level.NOTE), (200, Level.FINE)])
def test_weights_from_few_queries(patient: Make, queries: int, level: Level) -> None:
    case = patient(["one"])
    write_weights(case.index.store, FusionWeights(0.6, 0.4, 0.5, 0.4, 0.4, queries))
    [finding] = stale_calibrations(case)
    assert (finding.level, finding.figure) == (level, queries)


def test_a_calibration_of_another_contract_or_of_a_smaller_corpus(patient: Make) -> None:
    case = patient([f"number {i}" for i in range(100)])
    evidence = LabelledScores((0.9, 0.8), (True, False), 2)
    mine = record.digest(case.index.store.manifest)

    def level_of(contract: str, documents: int) -> tuple[Level, str]:
        held = CalibrationRecord("search", {"contract": contract}, evidence, documents, 0.9)
        case.index.store.set_note(record.NOTE, record.put("", held))
        [finding] = stale_calibrations(replace(case, sizes=case.index.sizes()))
        return finding.level, finding.sentence

    assert level_of(mine, 90)[0] is Level.FINE
    level, sentence = level_of(mine, 50)
    assert level is Level.ADVICE
    assert "with 50 documents; there are 100 now" in sentence
    level, sentence = level_of("another", 100)
    assert level is Level.ADVICE
    assert "belongs to another contract" in sentence
