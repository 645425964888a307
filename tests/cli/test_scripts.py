from pathlib import Path

import pytest
from helpers.cli import Here

from askew.cli.hits import tell_script
from askew.index import Index


def test_a_person_is_told_on_stderr(askew: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Index.create(tmp_path / "x", "question-answering") as index:
        tell_script(index, "how long can I be away?")
        assert capsys.readouterr() == ("", "")
        tell_script(index, "как долго можно не работать")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Cyrillic; all-MiniLM-L6-v2" in err
    command = err.strip().partition(": askew ")[2].split()
    assert command[-1] == "ru"
    assert askew(*command, "--json").json["choices"]


def test_nothing_is_told_of_a_model_for_any_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        tell_script(index, "как долго")
    assert capsys.readouterr() == ("", "")
