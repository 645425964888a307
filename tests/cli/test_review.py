import io
import json
import pickle
import sys
from pathlib import Path

import pytest
from helpers.terminal import Terminal
from hypothesis import given
from hypothesis import strategies as st

from askew.cli.review import END, Reviewed, differing, keys, review
from askew.dedup.review import Label, Labels, ReviewQuestion, unanswered
from askew.text.words import words as words_of
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
    assert "None left." in piped.out
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
        "1 answered, saved in labels.jsonl. 3 left: run the same command to continue.",
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
        terminal.until("1 answered, saved in labels.jsonl. 3 left")
        assert terminal.end() == 0
        assert "Traceback" not in terminal.text
        assert left(path) == 3
    with at_a_terminal(path.parent) as terminal:
        shown = terminal.until("2 of 4   score 0.880")
        assert "score 0.930" not in shown
        terminal.press("nns")
        terminal.until("That was the last")
        terminal.press("q")
        terminal.until("None left.")
        assert terminal.end() == 0
        assert left(path) == 0
        with Labels(path) as kept:
            assert kept.label(QUESTIONS[0].pair, TEXTS) is Label.DUPLICATE


ECHO = """
import subprocess, sys
from askew.cli.review import keys
def echoes():
    return "-echo " not in subprocess.run(["stty", "-a"], capture_output=True, text=True).stdout.replace(";", " ")
print("before", echoes(), flush=True)
try:
    with keys() as key:
        print("ready", echoes(), flush=True)
        while pressed := key():
            print("got", ascii(pressed), flush=True)
        print("end", flush=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
print("after", echoes(), flush=True)
"""


@pytest.mark.parametrize(("last", "told"), [("\x04", "end"), ("\x03", "stopped")])
def test_keys_come_one_by_one_and_the_terminal_is_as_it_was(tmp_path: Path, last: str, told: str) -> None:
    with Terminal(ECHO, tmp_path) as terminal:
        terminal.until("before True")
        terminal.until("ready False")
        terminal.press("y")
        terminal.until("got 'y'")
        terminal.press("\x1b[A")  # an arrow
        terminal.press("Nü")
        assert "x1b" not in terminal.until("got '\\xfc'")
        assert terminal.text.count("got") == 3
        assert "got 'n'" in terminal.text
        terminal.press(last)
        terminal.until(told)
        terminal.until("after True")
        assert terminal.end() == 0


def test_without_a_terminal_each_line_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Yes\n\n  no\nq"))
    with keys() as key:
        assert [key() for _ in range(5)] == ["y", "n", "q", END, END]


def words(a: str, b: str) -> tuple[list[str], list[str]]:
    left, right = differing(a, b)
    return [a[span.start : span.end] for span in left], [b[span.start : span.end] for span in right]


def test_words_that_differ_are_found_with_their_neighbours() -> None:
    assert words("Can I return a red tent?", "Can I return two blue tents?") == (["a red tent"], ["two blue tents"])
    assert words("I don't ship to Oslo, sorry.", "I ship to Oslo - sorry!") == (["don't"], [])
    assert words("SAME words", "same, WORDS.") == ([], [])
    assert words("", "new words") == ([], ["new words"])


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_what_is_left_is_the_same_in_both(a: list[str], b: list[str]) -> None:
    texts = " ".join(a), " ".join(b)
    kept = []
    for text, spans in zip(texts, differing(*texts), strict=True):
        for span in reversed(spans):
            text = text[: span.start] + text[span.end :]
        kept.append(list(words_of(text)))
    assert kept[0] == kept[1]


def test_long_texts_with_nothing_in_common_are_one_stretch_each() -> None:
    a, b = " ".join(f"a{n}" for n in range(20_000)), " ".join(f"b{n}" for n in range(20_000))
    left, right = differing(f"same {a} end", f"same {b} end")
    assert [(span.start, span.end) for span in left] == [(5, 5 + len(a))]
    assert [(span.start, span.end) for span in right] == [(5, 5 + len(b))]
