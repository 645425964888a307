import zipfile
from pathlib import Path

import pytest

from askew.errors import InputError
from askew.reproduction.catalogue import get
from askew.reproduction.datasets import places


def names(root: Path, name: str) -> list[str]:
    return [place.name for place in places(root, get(name))]


def test_folders_are_found_by_any_of_their_names_and_at_some_depth(tmp_path: Path) -> None:
    for path in ("NFCorpus", "nfcorpus-old", "downstream/STS/STS12-en-test", ".hidden/sts12"):
        (tmp_path / path).mkdir(parents=True)
    assert names(tmp_path, "NFCorpus") == ["NFCorpus"]
    assert names(tmp_path, "STS12") == ["STS12-en-test"]
    assert names(tmp_path, "SciFact") == []


def test_the_folder_that_was_given_may_be_the_set_itself(tmp_path: Path) -> None:
    (tmp_path / "scifact").mkdir()
    assert names(tmp_path / "scifact", "SciFact") == ["scifact"]


def test_what_lies_in_a_folder_within_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "STS2012" / "elsewhere").mkdir(parents=True)
    assert names(tmp_path, "STS12") == ["STS2012", "elsewhere"]


def test_a_zip_file_is_looked_into(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scifact.zip", "w") as file:
        file.writestr("scifact/corpus.jsonl", "{}")
        file.writestr("__MACOSX/scifact/._corpus.jsonl", "")
    outer, inner = places(tmp_path, get("SciFact"))
    assert not outer.joinpath("corpus.jsonl").is_file()
    assert inner.joinpath("corpus.jsonl").read_bytes() == b"{}"


def test_what_cannot_be_looked_into_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "scifact.zip").write_text("no zip file")
    with pytest.raises(InputError, match=r"scifact\.zip cannot be read as a zip file"):
        list(places(tmp_path, get("SciFact")))
    with pytest.raises(InputError, match="--data"):
        list(places(tmp_path / "none", get("SciFact")))
