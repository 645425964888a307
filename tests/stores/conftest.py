"""Every store that must keep the contract, and how a test opens it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.entries import DIM
from helpers.object_storage import ObjectStorage, object_storage
from helpers.opener import STORES, Opener

from askew.stores import Store


@pytest.fixture(scope="session")
def running_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    """An object storage for all tests of this process."""
    with object_storage(tmp_path_factory.mktemp("objects") / "storage") as running:
        yield running


@pytest.fixture
def storage(running_storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """The object storage, with the environment that leads to it."""
    for name, value in running_storage.environment.items():
        monkeypatch.setenv(name, value)
    return running_storage


@pytest.fixture(params=list(STORES))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the one store of the test, again and again: `opened(writable=True)`, `opened()`. All are closed after."""
    if "s3" in request.param:
        request.getfixturevalue("storage")
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
