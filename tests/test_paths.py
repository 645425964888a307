from pathlib import Path

import pytest

from askew import paths


def test_the_cache_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    assert paths.cache() == tmp_path
    monkeypatch.setenv("ASKEW_CACHE", "~/models")
    assert paths.cache() == Path.home() / "models"
    monkeypatch.delenv("ASKEW_CACHE")
    assert paths.cache().name == "askew"


def test_the_place_of_promises_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CALIBRATIONS", str(tmp_path))
    assert paths.calibrations() == tmp_path
    monkeypatch.delenv("ASKEW_CALIBRATIONS")
    assert paths.calibrations().name == "calibrations"
