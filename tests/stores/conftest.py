"""Every store that must keep the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.entries import DIM
from helpers.opener import Opener

from askew.stores import Store
from askew.stores.local import LocalStore


@pytest.fixture(params=["local"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the one store of the test, again and again: `opened(writable=True)`, `opened()`. All are closed after."""
    assert request.param == "local"
    folder, found = tmp_path / "store.askew", []

    def opener(*, writable: bool = False, wait: float = 0.2) -> Store:
        if writable and not folder.exists():
            store = LocalStore.create(folder, DIM, "the manifest")
        else:
            store = LocalStore.open(folder, writable=writable, wait=wait)
        found.append(store)
        return store

    yield opener
    for store in found:
        store.close()


@pytest.fixture
def store(opened: Opener) -> Store:
    return opened(writable=True)
