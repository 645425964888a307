import pytest

from askew.confidence.confidence_model import ConfidenceModel
from askew.confidence.record import CalibrationRecord, digest, find, put, read
from askew.confidence.risk_control import labelled_scores
from askew.errors import ContractError, InputError

COMMAND = "askew calibrate NAME"


def record(
    mode: str = "dense", of: str = "search", signal: ConfidenceModel | None = None, score: float = 0.1
) -> CalibrationRecord:
    settings = {"contract": "c", "mode": mode, "where": ""}
    return CalibrationRecord(of, settings, labelled_scores([score, 1 / 3], [True, False], 5), 100, 0.9, signal)


def test_what_was_written_is_read_again() -> None:
    text = put(put("", record(signal=ConfidenceModel((1.0, 0.1, -2.0), 0.3))), record("lexical"))
    assert read(text) == [record(signal=ConfidenceModel((1.0, 0.1, -2.0), 0.3)), record("lexical")]
    assert find(text, "search", record().settings, COMMAND).signal is not None


def test_the_same_setting_is_replaced() -> None:
    text = put(put("", record()), record(score=0.7))
    assert read(text) == [record(score=0.7)]


def test_where_nothing_was_calibrated_the_command_is_named() -> None:
    for text in ("", put("", record(of="pairs"))):
        with pytest.raises(InputError, match=COMMAND):
            find(text, "search", record().settings, COMMAND)


def test_another_setting_is_refused_with_what_differs() -> None:
    text = put("", record())
    with pytest.raises(ContractError, match=COMMAND) as caught:
        find(text, "search", {**record().settings, "mode": "hybrid", "where": '{"a": 1}'}, COMMAND)
    told = [(one.field, one.sealed, one.given) for one in caught.value.differences]
    assert told == [("mode", "dense", "hybrid"), ("where", "none", '{"a": 1}')]


def test_a_corpus_that_grew_by_more_than_a_fifth_is_another() -> None:
    assert not record().grown(120)
    assert record().grown(121)


def test_a_record_that_cannot_be_read_is_no_crash() -> None:
    for text in ("{", "[{}]", "[1]"):
        with pytest.raises(InputError, match="calibrate anew"):
            read(text)


def test_the_digest_tells_contracts_apart() -> None:
    assert digest("a", "b") != digest("ab")
    assert digest("a") == digest("a")
