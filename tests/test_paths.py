from pathlib import Path

import pytest

from askew import paths
from askew.errors import StoreError


def test_the_cache_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    assert paths.cache() == tmp_path
    monkeypatch.setenv("ASKEW_CACHE", "~/models")
    assert paths.cache() == Path.home() / "models"
    monkeypatch.delenv("ASKEW_CACHE")
    assert paths.cache().name == "askew"


def test_a_staging_folder_lies_beside_hidden_and_as_open_as_others(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    made = paths.staging_beside(tmp_path / "deep" / "x.askew")
    assert made.parent == tmp_path / "deep"
    assert made.name.startswith(".x.askew-")
    assert made.stat().st_mode == plain.stat().st_mode
    made.rename(tmp_path / "deep" / "x.askew")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        paths.staging_beside(tmp_path / "file" / "x.askew")


def test_a_file_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    paths.put_whole(target, lambda staged: staged.write_text("first"))

    def torn(staged: Path) -> None:
        staged.write_text("sec")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paths.put_whole(target, torn)
    assert target.read_text() == "first"
    paths.put_whole(target, lambda staged: staged.write_text("second"))
    assert target.read_text() == "second"


def test_the_place_of_promises_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CALIBRATIONS", str(tmp_path))
    assert paths.calibrations() == tmp_path
    monkeypatch.delenv("ASKEW_CALIBRATIONS")
    assert paths.calibrations().name == "calibrations"
