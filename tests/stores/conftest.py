"""Every store that must keep the contract, and how a test opens it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.entries import DIM
from helpers.opener import STORES, Opener

from askew.stores import Store


@pytest.fixture(params=list(STORES))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the one store of the test, again and again: `opened(writable=True)`, `opened()`. All are closed after."""
    again, found = STORES[request.param](tmp_path / "store.askew", DIM, "the manifest"), []

    def opener(*, writable: bool = False) -> Store:
        found.append(again(writable=writable))
        return found[-1]

    yield opener
    for store in found:
        store.close()


@pytest.fixture
def store(opened: Opener) -> Store:
    return opened(writable=True)
