"""A FAQ in an engine: its folder is two pointers, and everything else is the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.cli import process
from helpers.postgres import PASSWORD, server

from askew.errors import InputError, StoreError
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.paths import ANSWERS, QUESTIONS
from askew.stores import opening

ENTRIES = [
    QuestionAnswer("reset", "How do I reset my password?", "Choose Forgot password on the sign-in page."),
    QuestionAnswer("cards", "Which cards do you take?", "We accept Visa and Mastercard as well as PayPal."),
]


def in_postgres(_: Path) -> str:
    return server().url()


def in_lance(folder: Path) -> str:
    return f"lance://{folder / 'lake'}"


@pytest.fixture(params=[in_postgres, in_lance])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    made: Callable[[Path], str] = request.param
    return made(tmp_path)


def test_it_is_two_pointers_and_answers_as_one_in_files(tmp_path: Path, url: str) -> None:
    with (
        Faq.create(tmp_path / "help", model="hashing", store=url) as there,
        Faq.create(tmp_path / "files", model="hashing") as here,
    ):
        for faq in (there, here):
            faq.add(ENTRIES)
        replies = [faq.ask("may I pay by PayPal?") for faq in (there, here)]
        assert [near.entry.id for near in replies[0].near] == [near.entry.id for near in replies[1].near]
        assert there.check() == there.unpaired() == []
    halves = sorted(tmp_path.glob("help.askew/*.askew/*"))
    assert [(path.parent.stem, path.name) for path in halves] == [(ANSWERS, "store.json"), (QUESTIONS, "store.json")]
    assert not any(PASSWORD in path.read_text("utf-8") for path in halves)
    with Faq.open_or_create(tmp_path / "help", model="hashing", store=url) as again:
        assert again.answers.sizes().documents == 2
        with pytest.raises(StoreError, match="already"):
            Faq.create(tmp_path / "elsewhere" / "help", model="hashing", store=url)
    with Faq.open_or_create(tmp_path / "other machine" / "help", model="hashing", store=url) as copied:
        assert copied.answers.sizes().documents == 2
        copied.discard()
    assert not copied.path.exists()
    assert not opening.stored(url, f"help-{QUESTIONS}")
    assert not opening.stored(url, f"help-{ANSWERS}")


def test_one_in_files_is_not_taken_for_one_in_an_engine(tmp_path: Path, url: str) -> None:
    Faq.create(tmp_path / "files", model="hashing").close()
    with pytest.raises(InputError, match="elsewhere"):
        Faq.open_or_create(tmp_path / "files", model="hashing", store=url)


def test_half_a_faq_is_no_faq(tmp_path: Path, url: str) -> None:
    with Faq.create(tmp_path / "half", model="hashing", store=url) as faq:
        faq.questions.discard()
    with pytest.raises(StoreError, match="half a FAQ"):
        Faq.open_or_create(tmp_path / "again" / "half", model="hashing", store=url)


def test_one_that_cannot_be_made_leaves_nothing_in_the_engine(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="'nothing'"):
        Faq.create(tmp_path / "bad", question_model="hashing", answer_model="nothing", store=url)
    assert not opening.stored(url, f"bad-{QUESTIONS}")


def test_the_command_line_makes_and_asks_one(tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text("id,question,answer\ncards,Which cards?,Visa and PayPal.\n", "utf-8")
    place = f"lance://{tmp_path / 'lake'}"
    made = process("index", "help", "faq.csv", "--task", "faq", "--model", "hashing", "--store", place, cwd=tmp_path)
    assert made.code == 0, made.err
    found = process("faq", "help", "which cards do you take?", "-k", "1", cwd=tmp_path)
    assert "cards" in found.out
