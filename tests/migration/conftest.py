"""Indexes to migrate: from the weightless model to the same in fewer dimensions."""

from pathlib import Path

import pytest
from helpers.hashing_card import hashing_card
from helpers.to_migrate import documents

from askew.index import Index


@pytest.fixture(autouse=True)
def _own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))


@pytest.fixture
def card(tmp_path: Path) -> str:
    return hashing_card(tmp_path)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """An index of 300 documents, closed."""
    name = tmp_path / "book"
    with Index.create(name, "question-answering", model="hashing") as index:
        index.add(documents(300))
    return name
