from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.cli.corpus import ComparedTexts, by_line, corpus
from askew.contract import Contract
from askew.documents.fields import DEFAULTS
from askew.errors import InputError, UnknownNameError


def given(**more: object) -> ComparedTexts:
    return ComparedTexts(DEFAULTS, None, False, **{"task": "paraphrase", "model": "hashing", **more})  # type: ignore[arg-type]


def test_a_file_and_an_index_of_it_are_the_same_corpus(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,text\na,red tents\nb,soup\n")
    askew("index", "x", "t.csv", "--task", "paraphrase", "--model", "hashing")
    with corpus("t.csv", given(), True) as file, corpus("x", given(), True) as index:
        assert list(file.ids) == list(index.ids) == ["a", "b"]
        assert (file.noun, index.noun) == ("text", "passage")
        assert file.contract.encoder == index.contract.encoder


def test_an_index_comes_before_a_file_of_its_name(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("one\ntwo\n")
    (tmp_path / "t.txt").write_text("red tents\n")
    askew("index", "x", "t.txt", "--task", "paraphrase", "--model", "hashing")
    with corpus("x", given(), True) as found:
        assert found.noun == "passage"


def test_what_a_run_encoded_is_there_for_the_next(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    (tmp_path / "t.txt").write_text("red tents\nsoup\n")
    with corpus("t.txt", given(), True) as first:
        kept = first.folder
    assert (kept / "vectors.f32").exists()
    with corpus("t.txt", given(), True) as again:
        assert again.folder == kept


def test_stdin_is_not_kept(askew: Here, tmp_path: Path) -> None:
    assert askew("duplicates", "-", "--model", "hashing", stdin="red\nred\n").code == 0


def test_texts_that_are_cut_are_told(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(
        "word " * (Contract.for_task("paraphrase", model="hashing")[0].encoder.max_tokens + 1) + "\nsoup\n"
    )
    assert "longer than the" in askew("duplicates", "t.txt", "--model", "hashing").err


def test_the_lines_of_plain_text_are_texts() -> None:
    assert [by_line(name) for name in ("-", "a.TXT", "a.csv")] == ["lines", "lines", None]


def test_bad_use(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("red tents\n")
    with pytest.raises(UnknownNameError, match="role"), corpus("t.txt", given(role="query"), True):
        pass
    with pytest.raises(InputError, match="--where"), corpus("t.txt", given(where={"a": 1}), True):
        pass
    refused(askew("duplicates", "nowhere"), "nowhere.askew")
