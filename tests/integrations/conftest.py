"""Fixtures of the integrations: a small index with the weightless model."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import tiny_families
from helpers.tiny_prompts import card_of

from askew import Document, Index

DOCUMENTS = (
    Document("leave", "Everyone has 28 days of paid holiday a year.", "Leave", {"year": 2024}),
    Document("dogs", "Well-behaved dogs may come to the office on Fridays.", "Dogs", {"year": 2020}),
    Document("lunch", "The canteen opens at noon and serves soup.", "", {"year": 2022}),
)


def pytest_configure(config: pytest.Config) -> None:
    """The marks of LangChain's tests for chat models, which are imported with the others and not run."""
    for mark in ("benchmark", "vcr"):
        config.addinivalue_line("markers", f"{mark}: of langchain-tests")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run LangChain's own tests for asyncio."""
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "book", "question-answering", model="hashing") as index:
        index.add(list(DOCUMENTS))
        yield index


@pytest.fixture
def prompted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A tiny random model with a prompt for each role."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    return str(card_of(tiny_families.save("bert", tmp_path / "tiny")))
