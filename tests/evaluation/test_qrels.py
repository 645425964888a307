import math
import os
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import InputError
from askew.evaluation.qrels import by_id, judged_set, judgements, read_qrels, read_run
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
    (tmp_path / "bytes").write_bytes(b"q1\0 0 d1 1")
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


HEADED = "query-id\tcorpus-id\tscore\n"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"query-id\tcorpus-id\t,score\nq1\td1\t1\n", 1),
        (b"query-id;corpus-id\tscore;x\nq1\td1\n", 1),
        (b"query,document\trelevance\nq1,d1,1\n", 2),
        (b'"query-id,corpus-id,score"\nq1,d1,1\n', 1),
        (b'query-id,corpus-id,"score\nq1,d1,1\n', 1),
        (b"q1\td1\t1\nq1\t\t1\n", 2),
        (b"\td1\t1\n", 1),
        (b"q1 0 d1 1 more\n", 1),
        (b"q1 0 d1 1_0\n", 1),
        (b"q1 0 d1 1\n\nq1 0 d2 1e400\n", 3),
        (b"q1 0 d1 1\rq1 0 d2\r", 2),
        (b"q1 0 d1 1\r\nq1 0 d2\0 1\r\n", 2),
        (b"\xef\xbb\xbfq1 0 d1 1\n\xef\xbb\xbf\n", 2),
        (HEADED.encode() + b"q1\td1\t" + b"9" * 400 + b"\n", 2),
        (b'query,document,score\nq1,"d1,1\nq1,d2,1\n', 2),
        (b'query,document,score\nq1,d"1",1\nq1,"d2"x,1\n', 3),
        (b"query,document,score,score\nq1,d1,1,1\n", 1),
    ],
)
def test_whatever_is_wrong_is_named_with_its_file_and_line(tmp_path: Path, data: bytes, line: int) -> None:
    (tmp_path / "qrels").write_bytes(data)
    with pytest.raises(InputError, match=rf"/qrels:{line}\b"):
        read_qrels(tmp_path / "qrels")


def test_an_odd_character_in_an_id_does_not_end_its_line(tmp_path: Path) -> None:
    (tmp_path / "qrels").write_text("q\x0b1\td\u20281\t1\rq2\td\x852\t2\r", "utf-8", newline="")
    assert read_qrels(tmp_path / "qrels") == {"q\x0b1": {"d\u20281": 1.0}, "q2": {"d\x852": 2.0}}


def test_judgements_may_come_through_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writing = threading.Thread(target=(tmp_path / "pipe").write_text, args=("q1 0 a 1\n",))
    writing.start()
    assert read_qrels(tmp_path / "pipe") == {"q1": {"a": 1.0}}
    writing.join()


@given(st.text(st.sampled_from('q \t,;\n\r"0_1e9.-\x00\ufeff\x85d')), st.sampled_from(("", HEADED, "qid;doc;rel\n")))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, heading: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_text(heading + text, "utf-8", newline="")
    for read in (read_qrels, read_run):
        with suppress(InputError):
            assert all(math.isfinite(grade) for grades in read(path).values() for grade in grades.values())


def test_a_query_with_a_nul_is_named() -> None:
    with pytest.raises(InputError, match="f: the query '1'"):
        by_id([Document("1", "a\0b")], "f")
