import sys

import pytest

from askew import progress
from askew.cli import output
from askew.progress import Progress, silent


def test_a_table_is_as_wide_as_its_content_with_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["name", "n"], [["a", 1], ["longer", 200]])
    assert capsys.readouterr().out == "name      n\na         1\nlonger  200\n"
    output.table(["name"], [])
    assert capsys.readouterr().out == "name\n"


def test_progress_is_drawn_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    with output.progress() as report:
        assert report is silent
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with output.progress(quiet=True) as report:
        assert report is silent
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(progress, "DELAY", 0)
    with output.progress() as report:
        report(Progress("encode", 5, 10))
        report(Progress("encode", 10, 10))
        report(Progress("compare pairs", 1, 0))
    drawn = capfd.readouterr().err
    assert "encode" in drawn
    assert "10/10" in drawn
