"""Stores in the server of the tests, a new one for each test."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from helpers.entries import DIM
from helpers.postgres import server

from askew.stores import Layout
from askew.stores.postgres import engine
from askew.stores.postgres.store import PostgresStore

NUMBER = count()
Opened = Callable[..., PostgresStore]


@pytest.fixture
def url() -> str:
    return server().url()


@pytest.fixture
def name() -> str:
    return f"own{next(NUMBER)}"


@pytest.fixture
def opened(url: str, name: str) -> Iterator[Opened]:
    """Opens the one store of a test; the first call creates it, with the layout that is given."""
    found: list[PostgresStore] = []

    def opener(layout: Layout | None = None, *, writable: bool = True, wait: float = 10.0) -> PostgresStore:
        if not found:
            made = engine.create(url, name, layout or Layout(DIM, "the manifest"))
        else:
            made = engine.open_store(url, name, writable=writable, wait=wait)
        assert isinstance(made, PostgresStore)
        found.append(made)
        return made

    yield opener
    for store in found:
        store.close()


@pytest.fixture
def store(opened: Opened) -> PostgresStore:
    return opened()
