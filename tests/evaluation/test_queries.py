from pathlib import Path

import pytest

from askew.errors import InputError
from askew.evaluation.qrels import by_id, judged_set
from askew.types import Document


def test_both_files_of_a_set_are_found(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").touch()
    with pytest.raises(InputError, match=r"has no judgements: looked for qrels.tsv, "):
        judged_set(tmp_path)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").touch()
    assert judged_set(tmp_path) == (tmp_path / "queries.jsonl", tmp_path / "qrels" / "test.tsv")
    (tmp_path / "qrels.tsv").touch()
    assert judged_set(str(tmp_path))[1] == tmp_path / "qrels.tsv"
    (tmp_path / "queries.jsonl").rename(tmp_path / "asked.jsonl")
    with pytest.raises(InputError, match=r"has no queries: looked for queries\.jsonl, "):
        judged_set(tmp_path)
    with pytest.raises(InputError, match="There is no folder"):
        judged_set(tmp_path / "none")


def test_a_query_is_known_by_its_id() -> None:
    assert by_id([Document("1", "a"), Document("2", "b")], "f") == {"1": "a", "2": "b"}
    with pytest.raises(InputError, match="f has the query '1' twice"):
        by_id([Document("1", "a"), Document("1", "b")], "f")
