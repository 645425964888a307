from collections.abc import Iterator
from pathlib import Path

import pytest

from askew import Index, demo


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The handbook of the demo, with the real model."""
    with Index.create(tmp_path_factory.mktemp("why") / "book", "question-answering") as index:
        index.add(demo.handbook())
        yield index


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Index]:
    """Empty, with the weightless model."""
    with Index.create(tmp_path / "small", "question-answering", model="hashing") as index:
        yield index
