"""Fixtures for the tests of the exact comparison."""

import pytest


@pytest.fixture
def coded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use codes and checkpoints even for small jobs."""
    for module in ("begin", "shape"):
        monkeypatch.setattr(f"askew.dedup.exact.{module}.SMALL", 0)
