from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.running import running

from askew import Client, Document, Faq, Index, QuestionAnswer

TEXTS = {
    "leave": "Everyone has 28 days of paid holiday a year. Carry over five of them.",
    "dogs": "Well-behaved dogs may come to the office on Fridays. Leave them at home on other days.",
    "canteen": "The canteen opens at noon. It closes at two.",
    "table": "| day | soup |\n|---|---|\n| Monday | pea |\n| Tuesday | leek |",
}


@dataclass(frozen=True)
class Place:
    """A folder of indexes that a server serves: `book`, `own` (vectors) and `faq`."""

    folder: Path
    url: str


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("served")
    with Index.create(folder / "book", "question-answering", model="hashing", chunk_tokens=8, overlap=0) as index:
        index.add([Document(id, text, id.title(), {"size": len(text)}) for id, text in TEXTS.items()])
    with Index.create(folder / "own", "paraphrase", dim=2) as own:
        own.add([("a", "red"), ("b", "blue")], vectors=[[1, 0], [0, 1]])
    with Faq.create(folder / "faq", model="hashing") as faq:
        faq.add(
            [QuestionAnswer("q", "Which cards do you take?", "Visa."), QuestionAnswer("r", "Open on Sunday?", "No")]
        )
    with running(folder) as url:
        yield Place(folder, url)


@pytest.fixture
def remote(place: Place) -> Iterator[Client]:
    with Client(place.url, "book") as client:
        yield client


@pytest.fixture
def local(place: Place) -> Iterator[Index]:
    with Index.open(place.folder / "book") as index:
        yield index
