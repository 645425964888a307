import io
import json
import pickle
import sys
from pathlib import Path

import pytest
from helpers.terminal import Terminal

from askew.cleaning.labels import Label, Labels
from askew.cleaning.review import ReviewQuestion, unanswered
from askew.cli.review import Reviewed, review
from askew.types import Pair, Span

TEXTS = {
    "q1": "Can I return a red tent?",
    "q2": "May I return a red tent?",
    "q3": "Is the shop open on Sunday?",
    "q4": "Is the shop open on Monday?",
    "q5": "How long is the guarantee?",
}
QUESTIONS = [
    ReviewQuestion(Pair(0.93, "q1", "q2")),
    ReviewQuestion(Pair(0.88, "q3", "q4"), "other-values", "Sunday is not Monday", (Span(20, 26),), (Span(20, 26),)),
    ReviewQuestion(Pair(0.81, "q1", "q5")),
    ReviewQuestion(Pair(0.76, "q2", "q5")),
]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "labels.jsonl"


def labels(path: Path) -> list[tuple[str, str, str]]:
    return [(row["a"], row["b"], row["label"]) for row in map(json.loads, path.read_text().splitlines())]


def left(path: Path) -> int:
    with Labels(path) as kept:
        return len(unanswered(QUESTIONS, TEXTS, kept))


class Piped:
    """A review whose keys are lines, as where stdin is no terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.out = ""

    def __call__(self, typed: str, order: str = "best", questions: list[ReviewQuestion] = QUESTIONS) -> Reviewed:
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(typed))
            done = review(questions, TEXTS, "labels.jsonl", threshold=0.8, order=order)
        self.out = self._capsys.readouterr().out
        return done


@pytest.fixture
def piped(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Piped:
    return Piped(monkeypatch, capsys)


def test_every_pair_is_asked_once(piped: Piped, path: Path) -> None:
    assert piped("y\nn\ns\nn\n") == Reviewed(4, 0)
    assert labels(path) == [
        ("q1", "q2", "duplicate"),
        ("q3", "q4", "different"),
        ("q1", "q5", "skip"),
        ("q2", "q5", "different"),
    ]
    assert "None is left." in piped.out
    assert piped("y\n") == Reviewed(0, 0)
    assert len(labels(path)) == 4


def test_what_a_person_sees(piped: Piped) -> None:
    piped("y\nq\n")
    assert piped.out.splitlines() == [
        "1 of 4   score 0.930",
        "  q1  [Can] I return a red tent?",
        "  q2  [May] I return a red tent?",
        "y duplicate, n different, s skip, u undo, q quit",
        "→ duplicate",
        "",
        "2 of 4   score 0.880   other-values: Sunday is not Monday",
        "  q3  Is the shop open on [Sunday]?",
        "  q4  Is the shop open on [Monday]?",
        "y duplicate, n different, s skip, u undo, q quit",
        "1 answered, kept in labels.jsonl. 3 left: the same command goes on with them.",
    ]


def test_the_most_uncertain_come_first_and_the_place_goes_on_where_it_was_left(piped: Piped) -> None:
    piped("y\n", order="uncertain")
    assert "1 of 4   score 0.810" in piped.out
    piped("", order="uncertain")
    assert "2 of 4   score 0.760" in piped.out
    assert "score 0.810" not in piped.out


def test_an_answer_can_be_undone_even_the_last(piped: Piped, path: Path) -> None:
    assert piped("u\ny\nu\nn\nx\nn\nn\nn\nu\ny\nq\n") == Reviewed(4, 0)
    assert "There is nothing to undo." in piped.out
    assert "That was the last" in piped.out
    assert labels(path) == [
        ("q1", "q2", "duplicate"),
        ("q1", "q2", "undone"),
        ("q1", "q2", "different"),
        ("q3", "q4", "different"),
        ("q1", "q5", "different"),
        ("q2", "q5", "different"),
        ("q2", "q5", "undone"),
        ("q2", "q5", "duplicate"),
    ]


def test_a_text_cannot_steer_the_terminal(piped: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TEXTS, "q1", "\x1b[2J[bold]no markup[/bold] \u202eback")
    piped("q\n", questions=[ReviewQuestion(Pair(0.9, "q1", "q2"))])
    assert "\x1b" not in piped.out
    assert "\u202e" not in piped.out
    assert "[/" in piped.out


def test_a_long_text_is_shown_from_the_first_difference_on(piped: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    same = "word " * 2000
    monkeypatch.setitem(TEXTS, "q1", f"{same}red {same}")
    monkeypatch.setitem(TEXTS, "q2", f"{same}blue {same}")
    piped("q\n", questions=[ReviewQuestion(Pair(0.9, "q1", "q2"))])
    assert "… " in piped.out
    assert "[red]" in piped.out
    assert "[blue]" in piped.out
    assert len(piped.out) < 5000


def test_a_difference_that_is_longer_than_what_is_shown_is_cut(piped: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TEXTS, "q2", "wholly other words " * 200)
    piped("q\n", questions=[ReviewQuestion(Pair(0.9, "q1", "q2"))])
    assert "[wholly other words" in piped.out
    assert "] …" in piped.out


HERE = """
import pickle
from askew.cli.review import review
with open("asked", "rb") as file:
    questions, texts = pickle.load(file)
print(review(questions, texts, "labels.jsonl", threshold=0.8, order="best"))
"""


def at_a_terminal(folder: Path) -> Terminal:
    (folder / "asked").write_bytes(pickle.dumps((QUESTIONS, TEXTS)))
    return Terminal(HERE, folder)


def test_at_a_terminal_one_key_is_enough_and_words_are_marked(path: Path) -> None:
    with at_a_terminal(path.parent) as terminal:
        terminal.until("q quit")
        terminal.press("y")
        terminal.until("→ duplicate")
        terminal.until("2 of 4")
        terminal.press("n")
        terminal.until("3 of 4")
        assert labels(path) == [("q1", "q2", "duplicate"), ("q3", "q4", "different")]
        terminal.press("q")
        terminal.until("Reviewed(answered=2, left=2)")
        assert terminal.end() == 0
        assert "\x1b[1;33mCan" in terminal.raw
        assert "Is the shop open on Sunday?" in terminal.text


def test_after_ctrl_c_all_answers_are_kept_and_the_next_time_goes_on(path: Path) -> None:
    with at_a_terminal(path.parent) as terminal:
        terminal.until("1 of 4")
        terminal.press("y")
        terminal.until("2 of 4")
        terminal.press("\x03")
        terminal.until("1 answered, kept in labels.jsonl. 3 left")
        assert terminal.end() == 0
        assert "Traceback" not in terminal.text
        assert left(path) == 3
    with at_a_terminal(path.parent) as terminal:
        shown = terminal.until("2 of 4   score 0.880")
        assert "score 0.930" not in shown
        terminal.press("nns")
        terminal.until("That was the last")
        terminal.press("q")
        terminal.until("None is left.")
        assert terminal.end() == 0
        assert left(path) == 0
        with Labels(path) as kept:
            assert kept.label(QUESTIONS[0].pair, TEXTS) is Label.DUPLICATE
