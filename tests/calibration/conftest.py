from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_calibrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CALIBRATIONS", str(tmp_path / "calibrations"))
