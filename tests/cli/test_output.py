import sys
import warnings

import pytest

from askew import progress
from askew.cli import output
from askew.errors import InputError
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


def test_each_call_is_one_line_whatever_it_is_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output.say("a\n", output.Strong("b\x1b[2J"), "\u202ec")
    output.note("d\r\ne\x9b")
    output.note_error(InputError("f\ng", ("  h\ti",)), "askew: ")
    output.table(["j\n"], [["k\x1b"], ["longer than k"]])
    shown = capsys.readouterr()
    assert shown.out == "a\\n»b\\x1b[2J«\\u202ec\nj\\n\nk\\x1b\nlonger than k\n"
    assert shown.err == "d\\r\\ne\\x9b\naskew: f\\ng\n  h\\ti\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output.say(output.Strong("b\x1b[2J"))
    output.as_json({"\x9b": "\u202e\x7f\n"})
    assert capsys.readouterr().out == '\x1b[1mb\\x1b[2J\x1b[0m\n{\n  "\\u009b": "\\u202e\\u007f\\n"\n}\n'


def test_what_others_write_is_guarded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(warnings, "showwarning", None)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    output.guard_streams()
    sys.stdout.write("\x1b]0;x\x07\n")
    sys.stderr.write("\x9b\n")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", output._show_warning)
        warnings.warn("w\n\u202e", UserWarning, stacklevel=1)
    output.say(output.Strong("ours"))
    shown = capsys.readouterr()
    assert shown.out == "\\x1b]0;x\\x07\n»ours«\n"
    assert shown.err == "\\x9b\nWarning: w\\n\\u202e\n"
