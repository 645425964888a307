import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.index import Index


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    rows = [{"_id": "q1", "text": "dogs in the office"}, {"_id": "q2", "text": "cats stay at home"}]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpets.md\t1\nq2\tpets.md\t1\n")
    return tmp_path


def test_a_file_of_queries_becomes_a_run(askew: Here, handbook: Path, asked: Path) -> None:
    outcome = askew("rank", "book", "queries.jsonl", "-k", "2")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert [(line[0], line[1], line[3], line[5]) for line in lines if line[2] == "pets.md"] == [
        ("q1", "Q0", "1", "askew"),
        ("q2", "Q0", "1", "askew"),
    ]
    with Index.open("book") as index:
        [ranking] = index.rank(["dogs in the office"], 2)
    assert [(line[2], float(line[4])) for line in lines if line[0] == "q1"] == [
        (entry.document, pytest.approx(entry.score, abs=1e-6)) for entry in ranking
    ]


def test_what_is_read_is_never_overwritten(askew: Here, handbook: Path, asked: Path) -> None:
    before = (asked / "queries.jsonl").read_text()
    refused(askew("rank", "book", "queries.jsonl", "--out", "queries.jsonl"), "never overwritten")
    refused(askew("rank", "book", "queries.jsonl", "--out", "nowhere/run.trec"), "--out")
    refused(askew("rank", "book", "queries.jsonl", "--out", "run.trec", "--json"), "choose one")
    (asked / "queries.html").write_text(before)
    for command in (
        ("recommend", "--corpus", "queries.jsonl", "--report", "queries.jsonl"),
        ("migrate", "book", "--chunk-tokens", "40", "--queries", "queries.jsonl", "--report", "queries.jsonl"),
    ):
        refused(askew(*command), "never overwritten")
    assert (asked / "queries.jsonl").read_text() == before


def test_a_terminal_without_a_sign_shows_its_number(askew: Here, asked: Path) -> None:
    import os
    import subprocess
    import sys

    (asked / "n.txt").write_text("opens 9\u201317 o'clock\n")
    assert askew("index", "n", "n.txt", "--task", "question-answering", "--model", "hashing").code == 0
    command = [sys.executable, "-m", "askew", "search", "n", "opens", "--mode", "lexical"]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], cwd=asked, env=environment, capture_output=True, check=False)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
        assert b"9\\u201317" in done.stdout
    assert json.loads(done.stdout)["hits"]


def test_a_run_goes_to_a_file_and_as_json(askew: Here, handbook: Path, asked: Path) -> None:
    outcome = askew("rank", "book", "queries.jsonl", "--out", "run.trec", "--mode", "hybrid")
    assert (outcome.code, outcome.out) == (0, "")
    assert "run.trec" in outcome.err
    assert (asked / "run.trec").read_text().startswith("q1 Q0 pets.md 1 ")
    found = askew("rank", "book", "queries.jsonl", "--json").json
    assert [(row["query"], row["hits"][0]["id"]) for row in found] == [("q1", "pets.md"), ("q2", "pets.md")]


def test_a_text_file_has_a_query_on_each_line(askew: Here, handbook: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.txt").write_text("dogs\ncats\n")
    assert {row["query"] for row in askew("rank", "book", "asked.txt", "--json").json} == {"asked.txt:1", "asked.txt:2"}


def test_weights_are_learned_stored_and_used(askew: Here, handbook: Path, asked: Path) -> None:
    learned = askew("tune", "book", "queries.jsonl", "qrels.tsv", "--json").json
    assert learned["queries"] == 2
    assert learned["dense"] + learned["lexical"] == pytest.approx(1)
    with Index.open("book") as index:
        assert index.weights == (learned["dense"], learned["lexical"])
    with Index.open("book", writable=True) as index:
        index.store.set_note("weights", json.dumps({"dense": 0.0, "lexical": 1.0, "scale": "evidence"}))
    by_words = askew("search", "book", "zebra cats", "--mode", "hybrid", "--json").json["hits"]
    assert [hit["id"] for hit in by_words] == ["pets.md"]
    both = askew("search", "book", "zebra cats", "--mode", "hybrid", "--weights", "1,1", "--json").json["hits"]
    assert len(both) == 2
    assert "nDCG@10" in askew("tune", "book", "queries.jsonl", "qrels.tsv").out


def test_bad_files_are_refused(askew: Here, handbook: Path, asked: Path) -> None:
    (asked / "other.tsv").write_text("q9\tpets.md\t1\n")
    refused(askew("tune", "book", "queries.jsonl", "other.tsv"), "queries.jsonl", "other.tsv")
    refused(askew("rank", "book", "none.jsonl"), ": none.jsonl.")
    refused(askew("rank", "book", "queries.jsonl", "--mode", "hybrid", "--weights", "x"), "--weights")
    refused(askew("rank", "book", "queries.jsonl", "--mode", "dense", "--weights", "1,2"), "--weights")


def test_queries_may_have_other_fields_and_bad_rows(askew: Here, handbook: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.csv").write_text("number,words,by\n1,dogs,ann\n2,,ben\n")
    fields = ("--id-field", "number", "--text-field", "words")
    refused(askew("rank", "book", "asked.csv", *fields), "asked.csv:3", "--skip-bad")
    outcome = askew("rank", "book", "asked.csv", *fields, "--skip-bad", "--json")
    assert [row["query"] for row in outcome.json] == ["1"]
    assert "asked.csv:3" in outcome.err
    (tmp_path / "asked.log").write_text("dogs\n")
    assert len(askew("rank", "book", "asked.log", "--format", "lines", "--json").json) == 1


def test_a_run_without_hits_is_empty(askew: Here, handbook: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.TXT").write_text("zebra\n")
    outcome = askew("rank", "book", "asked.TXT", "--mode", "lexical")
    assert (outcome.code, outcome.out) == (0, "")


def test_weights_stay_if_there_is_nothing_to_learn(askew: Here, handbook: Path, asked: Path) -> None:
    assert askew("tune", "book", "queries.jsonl", "qrels.tsv").code == 0
    with Index.open("book") as index:
        before = index.weights
    (asked / "none.tsv").write_text("q1\tpets.md\t0\nq2\tno-such.md\t1\n")
    refused(askew("tune", "book", "queries.jsonl", "none.tsv"))
    with Index.open("book") as index:
        assert index.weights == before
