"""Stores in Lance that a test opens as often as it likes; all are closed after."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.entries import DIM

from askew.stores import Layout
from askew.stores.lance import engine
from askew.stores.replica.store import ReplicaStore

NAME = "handbook"
Opened = Callable[..., ReplicaStore]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"lance://{tmp_path / 'objects'}"


@pytest.fixture
def opened(url: str) -> Iterator[Opened]:
    """Opens the store of the test, which is created first."""
    engine.create(url, NAME, Layout(DIM, "the manifest")).close()
    found: list[ReplicaStore] = []

    def opener(**how: Any) -> ReplicaStore:
        found.append(engine.opened(url, NAME, **how))
        return found[-1]

    yield opener
    for store in found:
        store.close()
