import shutil
import zipfile
from pathlib import Path

import pytest
from helpers.sets import QRELS, QUERIES, beir, lines

from askew.errors import InputError
from askew.reproduction.datasets import is_retrieval, read_retrieval
from askew.types import Document


def test_a_set_is_read_as_it_is_distributed(tmp_path: Path) -> None:
    found = read_retrieval(beir(tmp_path / "set"))
    assert found.qrels == QRELS
    assert found.queries == {id: QUERIES[id] for id in QRELS}
    assert [document.id for document in found.documents] == ["d1", "d2", "d3", "d4"]
    assert found.empty == 1
    assert found.documents[2:] == (Document("d3", "gas bottle", "Stove"), Document("d4", "Compass"))


def test_other_layouts_give_the_same(tmp_path: Path) -> None:
    expected = read_retrieval(beir(tmp_path / "inner"))
    beside = beir(tmp_path / "beside", inner=False)
    assert read_retrieval(beside) == expected
    shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "inner")
    assert read_retrieval(zipfile.Path(tmp_path / "packed.zip", "inner/")) == expected
    rows = [{"query-id": q, "corpus-id": d, "score": float(g)} for q, of in QRELS.items() for d, g in of.items()]
    (beside / "qrels.tsv").unlink()
    lines(beside / "qrels.test.jsonl", rows)
    assert read_retrieval(beside) == expected


def test_the_judgements_of_the_test_split_count(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq4\td1\t1\n")
    assert "q4" not in read_retrieval(folder).qrels


def test_a_folder_without_one_of_its_files_is_no_set(tmp_path: Path) -> None:
    for missing in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        folder = beir(tmp_path / missing.replace("/", "-"))
        assert is_retrieval(folder)
        (folder / missing).unlink()
        assert not is_retrieval(folder)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\thigh\n", r"test\.tsv:2 is no judgement"),
        ("qrels/test.tsv", "query\tdocument\tscore\nq1\td1\t1\n", r"test\.tsv:2 is no judgement"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "holds no judgement"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}\n', "the query 'q2' is judged, but has no text"),
        ("corpus.jsonl", '{"text": "x"}\n', "line 1 of corpus has no _id"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, file: str, content: str, told: str) -> None:
    folder = beir(tmp_path / "set")
    (folder / file).write_text(content)
    with pytest.raises(InputError, match=told):
        read_retrieval(folder)
