"""What the tests of the exact comparison share."""

import pytest


@pytest.fixture
def coded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes are made and work is kept however small it is."""
    for module in ("begin", "shape"):
        monkeypatch.setattr(f"askew.mining.exact.{module}.SMALL", 0)
