import pytest

from askew.cli.findings import advised, json_of, listed, shown
from askew.diagnostics.finding import Finding, Level, fine
from askew.diagnostics.run import Diagnosis

HUB = Finding("hubs", 0.3, "One comes up for everything.", "askew delete book ID")
NOTE = Finding("floor", 0.8, "Two drawn at random have 0.8.", level=Level.NOTE)
LOOK = Diagnosis((HUB, NOTE, fine("room", 0, "Little.")), 100)


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown(listed(LOOK, everything=False))
    shown([NOTE], "answers")
    assert capsys.readouterr().out == (
        "advice  hubs: One comes up for everything.\n"
        "        -> askew delete book ID\n"
        "note    floor: Two drawn at random have 0.8.\n"
        "note    answers: floor: Two drawn at random have 0.8.\n"
    )
    assert len(listed(LOOK, everything=True)) == 3


def test_json_and_exit_code() -> None:
    assert json_of(LOOK)[0] == {
        "name": "hubs",
        "figure": 0.3,
        "sentence": "One comes up for everything.",
        "remedy": "askew delete book ID",
        "level": "advice",
    }
    assert advised([LOOK])
    assert not advised([Diagnosis((NOTE,), 100)])
