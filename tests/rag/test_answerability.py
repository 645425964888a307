from collections.abc import Iterator
from pathlib import Path

import pytest

from askew import Document, Index, demo
from askew.rag.answer import UNRELATED, answerability

OTHER = (
    "What is the boiling point of mercury?",
    "How do I tune a guitar by ear?",
    "Who painted the ceiling of the Sistine chapel?",
    "Which spices belong in a green curry?",
    "How deep is the Mariana trench?",
    "What is the derivative of the sine function?",
    "When did the dinosaurs die out?",
    "How do I prune an apple tree?",
    "Which football club has won most cups?",
    "How does a transistor amplify a signal?",
)


@pytest.fixture(scope="module")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("x") / "handbook", "question-answering") as index:
        index.add(demo.handbook())
        yield index


def test_questions_of_the_demo_are_near_and_others_are_not(handbook: Index) -> None:
    assert not set(OTHER) & set(UNRELATED)
    answered = [answerability(handbook, question.text).near for question in demo.questions()]
    other = [answerability(handbook, question).near for question in OTHER]
    assert sum(answered) >= 29
    assert sum(other) <= 1


def test_the_floor_belongs_to_the_index_and_is_deterministic(handbook: Index) -> None:
    first, second = (answerability(handbook, question) for question in (OTHER[0], demo.questions()[0].text))
    assert first.floor == pytest.approx(second.floor, abs=1e-5)
    assert first == answerability(handbook, OTHER[0])


def test_only_passages_that_match_the_filter_count(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering") as index:
        dogs = Document("a", "Dogs may come to the office on Fridays.", metadata={"open": False})
        pay = Document("b", "Wages are paid on the last day of the month.", metadata={"open": True})
        index.add([dogs, pay])
        alone = answerability(index, "May I bring my dog?", {"open": True})
        assert answerability(index, "May I bring my dog?").near
        assert not alone.near
    with Index.create(tmp_path / "y", "question-answering") as index:
        index.add([pay])
        assert answerability(index, "May I bring my dog?") == alone
