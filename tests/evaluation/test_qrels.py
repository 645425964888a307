import math
from pathlib import Path

import numpy as np
import pytest

from askew.errors import InputError
from askew.evaluation.qrels import by_id, judged_set, judgements, read_qrels
from askew.types import Document


def test_both_layouts_are_read_with_and_without_a_heading(tmp_path: Path) -> None:
    expected = {"q1": {"a": 2.0, "b": 0.0}, "q2": {"a": 1.0}}
    for text in (
        "q1 0 a 2\nq1 0 b 0\n\nq2 Q0 a 1\n",
        "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\nq2\ta\t1\n",
        "q1\t0\ta\t2\nq1\t0\tb\t0\nq2\t0\ta\t1\n",
        "\ufeffq1\ta\t2\nq1\tb\t0\nq2\ta\t1\n",
    ):
        (tmp_path / "qrels").write_text(text, "utf-8")
        assert read_qrels(tmp_path / "qrels") == expected


def test_an_id_may_have_spaces_where_tabs_part_the_fields(tmp_path: Path) -> None:
    (tmp_path / "qrels").write_text("my query\tmy document\t1\n")
    assert read_qrels(tmp_path / "qrels") == {"my query": {"my document": 1.0}}


def test_columns_are_known_by_their_names(tmp_path: Path) -> None:
    expected = {"q1": {"a": 2.0, "b": 0.0}, "q 2": {"a,1": 1.0}}
    for text in (
        'query-id,corpus-id,score\nq1,a,2\nq1,b,0\nq 2,"a,1",1\n',
        '\ufeffRelevance;note;Document;Query\r\n2;x;a;q1\r\n0;;b;q1\r\n1;"a;b";a,1;q 2\r\n',
        "query\tdocument\tlabel\tby\nq1\ta\t2\tann\nq1\tb\t0\tann\nq 2\ta,1\t1\tben\n",
        '\n"qid","docid","rel"\n"q1","a","2.0"\n"q1","b","0"\n"q 2","a,1","1"\n',
    ):
        (tmp_path / "qrels").write_text(text, "utf-8", newline="")
        assert read_qrels(tmp_path / "qrels") == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q1 0 a 2\nq1 0 a\n", r"qrels:2 .*'q1 0 a'"),
        ("q1\ta\t1\nq1\tb\tgood\n", "qrels:2 "),
        ("q1 0 a\nq1 0 b 1\n", "qrels:1 "),
        ("q1 0 a nan\n", "qrels:1: the relevance must be a finite number, not nan"),
        ("q1\ta\t1\nq1\tb\tinf\n", "qrels:2: the relevance must be"),
        ("query-id\tcorpus-id\tscore\n", "has no judgements"),
        ("", "has no judgements"),
        ("query,document,relevance\n", "has no judgements"),
        ("query,document,relevance\nq,a,1\nq,b\n", r"qrels:3: .*\b2, .*\b3\."),
        ("query,document,relevance\nq,a,good\n", "qrels:2: .*'good'"),
        ("query,document,relevance\nq,a,nan\n", "qrels:2: the relevance must be a finite number"),
        ("query,document,relevance\n,a,1\n", "qrels:2: the query id"),
        ("query,document,relevance\nq,,1\n", "qrels:2: the document id"),
        ("q,a,1\n", "query,document,relevance"),
    ],
)
def test_what_is_no_judgement_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "qrels").write_text(text)
    with pytest.raises(InputError, match=words):
        read_qrels(tmp_path / "qrels")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as qrels"):
        read_qrels(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as qrels"):
        read_qrels(tmp_path / "bytes")


def test_both_files_of_a_set_are_found(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").touch()
    with pytest.raises(InputError, match=r"has no judgements.* qrels.tsv, "):
        judged_set(tmp_path)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").touch()
    assert judged_set(tmp_path) == (tmp_path / "queries.jsonl", tmp_path / "qrels" / "test.tsv")
    (tmp_path / "qrels.tsv").touch()
    assert judged_set(str(tmp_path))[1] == tmp_path / "qrels.tsv"
    (tmp_path / "queries.jsonl").rename(tmp_path / "asked.jsonl")
    with pytest.raises(InputError, match=r"has no queries.* queries\.jsonl, "):
        judged_set(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        judged_set(tmp_path / "none")


def test_a_query_is_known_by_its_id() -> None:
    assert by_id([Document("1", "a"), Document("2", "b")], "f") == {"1": "a", "2": "b"}
    with pytest.raises(InputError, match="f has the query '1' twice"):
        by_id([Document("1", "a"), Document("1", "b")], "f")


def test_judgements_have_ids_as_strings_and_finite_grades() -> None:
    assert judgements({1: {2: np.int64(3), "d": 0.5}}) == {"1": {"2": 3.0, "d": 0.5}}  # type: ignore[dict-item]
    for wrong in ([1], {"q": ["d"]}, {"q": {"d": "1"}}, {"q": {"d": True}}, {"q": {"d": math.nan}}, {"q": {None: 1}}):
        with pytest.raises(InputError):
            judgements(wrong)  # type: ignore[arg-type]
