from pathlib import Path

import pytest
from helpers.cli import Here


@pytest.fixture(autouse=True)
def _no_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of the session leave models of their own."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))


def test_a_sound_installation(askew: Here) -> None:
    outcome = askew("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    for word in ("Python 3.", "numpy", "CPUExecutionProvider", "all-MiniLM-L6-v2", "cores"):
        assert word in outcome.out
    fields = askew("doctor", "--json").json
    assert (fields["ok"], fields["problems"]) == (True, [])
    assert fields["machine"]["cores"] >= 1


def test_a_problem_has_a_remedy_and_exit_code_1(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "empty"))
    outcome = askew("doctor")
    assert outcome.code == 1
    assert "-> askew models pull" in outcome.out
    outcome = askew("doctor", "--json")
    assert (outcome.code, outcome.json["ok"], len(outcome.json["problems"])) == (1, False, 1)
