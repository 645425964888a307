from pathlib import Path
from typing import Any

import pytest

from askew.compare import CorpusParams, by_line, open_corpus
from askew.dedup.corpus import IndexCorpus, ListCorpus
from askew.errors import InputError, UnknownNameError
from askew.index import Index
from askew.models import cards
from askew.types import Document

MOST = cards.get("hashing").max_tokens
GIVEN = CorpusParams("paraphrase", "hashing")
DOCUMENTS = [Document("a", "red tents"), Document("b", "soup")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    return tmp_path


def stored(name: str = "x") -> None:
    with Index.create(name, "paraphrase", model="hashing") as index:
        index.add(DOCUMENTS)


def test_texts_documents_files_and_indexes_are_the_same_corpus(folder: Path) -> None:
    (folder / "t.csv").write_text("id,text\na,red tents\nb,soup\n")
    stored()
    with Index.open("x") as index:
        for data in ("t.csv", folder / "t.csv", "x", "x.askew", index, DOCUMENTS, [("a", "red tents"), ("b", "soup")]):
            with open_corpus(data, GIVEN) as corpus:
                assert list(corpus.ids) == ["a", "b"]
                assert [document.text for document in corpus.documents()] == ["red tents", "soup"]
                assert corpus.vectors.vectors(corpus.vectors.keys).shape == (2, 512)
                assert isinstance(corpus, IndexCorpus if data in ("x", "x.askew", index) else ListCorpus)
        assert index.sizes().documents == 2  # an index that was open stays open


def test_texts_are_numbered_and_repeated_ones_stay() -> None:
    with open_corpus((text for text in ("red", "red", "soup")), GIVEN) as corpus:
        assert list(corpus.ids) == ["0", "1", "2"]


def test_an_index_comes_before_a_file_of_its_name(folder: Path) -> None:
    (folder / "x").write_text("one\ntwo\n")
    stored()
    with open_corpus("x", GIVEN) as found:
        assert isinstance(found, IndexCorpus)


def test_vectors_of_a_file_are_kept_and_those_of_a_list_are_not(folder: Path) -> None:
    (folder / "t.txt").write_text("red tents\nsoup\n")
    with open_corpus("t.txt", GIVEN) as first:
        kept = first.folder
    assert (kept / "vectors.f32").exists()
    with open_corpus("t.txt", GIVEN) as again:
        assert again.folder == kept
    with open_corpus(DOCUMENTS, GIVEN) as listed:
        assert listed.folder.exists()
    assert not listed.folder.exists()
    assert [document.text for document in listed.documents()] == ["red tents", "soup"]


def test_truncated_texts_and_skipped_rows_are_reported(folder: Path) -> None:
    (folder / "t.csv").write_text(f"id,text\na,{'word ' * (MOST + 1)}\nb,soup\nc,\n")
    with open_corpus("t.csv", CorpusParams("paraphrase", "hashing", skip_bad=True)) as corpus:
        assert corpus.origin.truncated == 1
        assert [row.line for row in corpus.origin.skipped] == [4]
        assert len(corpus.origin.files) == 1
    with open_corpus("t.csv", GIVEN) as corpus:
        assert [row.line for row in corpus.origin.skipped] == [4]


def test_the_lines_of_plain_text_are_texts() -> None:
    assert [by_line(name) for name in ("-", "a.TXT", "a.csv")] == ["lines", "lines", None]


@pytest.mark.parametrize(
    ("data", "more", "error"),
    [
        ("t.txt", {"role": "query"}, UnknownNameError),
        ("t.txt", {"where": {"a": 1}}, InputError),
        (DOCUMENTS, {"where": {"a": 1}}, InputError),
        ("nowhere", {}, InputError),
        ("..", {}, InputError),
        ("long " * 1000, {}, InputError),
        (7, {}, InputError),
        ([Document("a", "x"), Document("a", "y")], {}, InputError),
    ],
)
def test_what_cannot_be_compared_is_an_input_error(
    folder: Path, data: Any, more: dict[str, Any], error: type[InputError]
) -> None:
    (folder / "t.txt").write_text("red tents\n")
    with pytest.raises(error), open_corpus(data, CorpusParams("paraphrase", "hashing", **more)):
        pass
