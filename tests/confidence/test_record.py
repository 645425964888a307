import pytest

from askew.confidence.record import CalibrationRecord, ConfidenceModel, digest, find, put, read
from askew.confidence.risk_control import labelled_scores
from askew.errors import ContractError, InputError

COMMAND = "askew calibrate NAME"


def record(
    mode: str = "dense", of: str = "search", model: ConfidenceModel | None = None, score: float = 0.1
) -> CalibrationRecord:
    settings = {"contract": "c", "mode": mode, "where": ""}
    return CalibrationRecord(of, settings, labelled_scores([score, 1 / 3], [True, False], 5), 100, 0.9, model)


def test_records_are_read_as_written() -> None:
    text = put(put("", record(model=ConfidenceModel((1.0, 0.1, -2.0), 0.3))), record("lexical"))
    assert read(text) == [record(model=ConfidenceModel((1.0, 0.1, -2.0), 0.3)), record("lexical")]
    assert find(text, "search", record().settings, COMMAND).model is not None


def test_the_same_setting_is_replaced() -> None:
    text = put(put("", record()), record(score=0.7))
    assert read(text) == [record(score=0.7)]


def test_without_a_calibration_the_command_is_named() -> None:
    for text in ("", put("", record(of="pairs"))):
        with pytest.raises(InputError, match=COMMAND):
            find(text, "search", record().settings, COMMAND)


def test_other_settings_are_refused_with_the_differences() -> None:
    text = put("", record())
    with pytest.raises(ContractError, match=COMMAND) as caught:
        find(text, "search", {**record().settings, "mode": "hybrid", "where": '{"a": 1}'}, COMMAND)
    differences = [(one.field, one.sealed, one.given) for one in caught.value.differences]
    assert differences == [("mode", "dense", "hybrid"), ("where", "none", '{"a": 1}')]


def test_growth_by_more_than_a_fifth_counts() -> None:
    assert not record().grown(120)
    assert record().grown(121)


def test_damaged_records_are_refused() -> None:
    for text in ("{", "[{}]", "[1]"):
        with pytest.raises(InputError):
            read(text)


def test_digests_distinguish_contracts() -> None:
    assert digest("a", "b") != digest("ab")
    assert digest("a") == digest("a")
