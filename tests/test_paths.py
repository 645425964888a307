from pathlib import Path

import pytest

from askew import environment


def test_the_cache_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    assert environment.cache() == tmp_path
    monkeypatch.setenv("ASKEW_CACHE", "~/models")
    assert environment.cache() == Path.home() / "models"
    monkeypatch.delenv("ASKEW_CACHE")
    assert environment.cache().name == "askew"


def test_the_place_of_promises_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CALIBRATIONS", str(tmp_path))
    assert environment.calibrations() == tmp_path
    monkeypatch.delenv("ASKEW_CALIBRATIONS")
    assert environment.calibrations().name == "calibrations"
