"""`askew eval` as a user calls it: which options go together, and what is written."""

import csv
import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.evaluation.abstention import abstention
from askew.evaluation.measures import per_query
from askew.evaluation.qrels import read_qrels
from askew.evaluation.significance import compare, interval
from askew.index import Index

PAGES = {
    "holiday": "Everyone has 28 days of paid holiday a year.",
    "pets": "Dogs may come to the office on Fridays.",
    "cats": "Cats stay at home, as some of us are allergic.",
    "travel": "Trains are paid by the company, taxis after ten at night.",
}
QUERIES = {
    "q1": "dogs in the office", "q2": "paid holiday", "q3": "who pays taxis at night", "q4": "zebra",
    "n1": "salary of the director", "n2": "wifi password",
}  # fmt: skip
QRELS = "q1 0 pets 2\nq1 0 cats 1\nq2 0 holiday 1\nq3 0 travel 1\nq4 0 cats 1\nn1 0 cats 0\nelse 0 pets 1\n"


@pytest.fixture
def book(askew: Here, tmp_path: Path) -> Path:
    for name, texts in (("pages", PAGES), ("queries", QUERIES)):
        rows = [json.dumps({"_id": id, "text": text}) for id, text in texts.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows))
    (tmp_path / "qrels.txt").write_text(QRELS)
    assert askew("index", "book", "pages.jsonl", "--task", "question-answering", "--model", "hashing").code == 0
    return tmp_path


FILES = ("--queries", "queries.jsonl", "--qrels", "qrels.txt")


def test_the_values_are_those_of_the_ranking(askew: Here, book: Path) -> None:
    found = askew("eval", "book", *FILES, "--measures", "nDCG@10,RR", "--json").json
    with Index.open("book") as index:
        rankings = index.rank(list(QUERIES.values()), 4)
    run = {id: {one.document: one.score for one in ranking} for id, ranking in zip(QUERIES, rankings, strict=True)}
    qrels = read_qrels("qrels.txt")
    del qrels["else"]
    values = per_query(("nDCG@10", "RR"), qrels, run)
    assert {row["query"]: row["RR"] for row in found["per_query"]} == values["RR"]
    assert set(values["RR"]) == {"q1", "q2", "q3", "q4"}
    assert (found["queries"], found["left_out"], found["unasked"]) == (4, 2, 1)
    numbers = list(values["nDCG@10"].values())
    mean = pytest.approx(sum(numbers) / 4)
    assert found["summaries"][0] == {
        "system": "book", "measure": "nDCG@10", "mean": mean, "interval": vars(interval(numbers)),
    }  # fmt: skip


def test_modes_and_runs_are_compared_with_the_first(askew: Here, book: Path) -> None:
    assert askew("run", "book", "queries.jsonl", "--mode", "lexical", "--out", "words.run").code == 0
    outcome = askew("eval", "book", *FILES, "--mode", "dense", "--mode", "lexical", "--against", "words.run", "--json")
    found = outcome.json
    assert found["systems"] == ["book (dense)", "book (lexical)", "words.run"]
    values = {
        name: {row["query"]: row["nDCG@10"] for row in found["per_query"] if row["system"] == name}
        for name in found["systems"]
    }
    assert values["book (lexical)"] == values["words.run"]
    assert values["words.run"]["q4"] == 0  # no page has the word, so that it is not answered
    contest = found["contests"][0]
    compared = compare(values["book (lexical)"], values["book (dense)"])
    assert (contest["system"], contest["against"], contest["measure"]) == ("book (lexical)", "book (dense)", "nDCG@10")
    assert contest["difference"] == compared.difference
    assert contest["p"] >= compared.p  # corrected for six comparisons


def test_a_mode_that_is_named_twice_is_one(askew: Here, book: Path) -> None:
    assert askew("eval", "book", *FILES, "--mode", "dense", "--mode", "dense", "--json").json["systems"] == ["book"]


def test_a_run_needs_neither_index_nor_queries(askew: Here, book: Path) -> None:
    assert askew("run", "book", "queries.jsonl", "--out", "all.run").code == 0
    found = askew("eval", "all.run", "--qrels", "qrels.txt", "--json").json
    assert (found["systems"], found["queries"], found["left_out"]) == (["all.run"], 5, 1)
    assert [row["nDCG@10"] for row in found["per_query"] if row["query"] == "else"] == [0]


def test_a_folder_has_both_files(askew: Here, book: Path) -> None:
    expected = askew("eval", "book", *FILES, "--json").json
    (book / "set" / "qrels").mkdir(parents=True)
    (book / "queries.jsonl").rename(book / "set" / "queries.jsonl")
    lines = [line.replace(" 0 ", "\t", 1).replace(" ", "\t") for line in QRELS.splitlines()]
    (book / "set" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(lines))
    assert askew("eval", "book", "--set", "set", "--json").json == expected


def test_scores_are_asked_whether_they_tell_what_has_no_answer(askew: Here, book: Path) -> None:
    found = askew("eval", "book", *FILES, "--unanswerable", "--json").json
    with Index.open("book") as index:
        rankings = index.rank(list(QUERIES.values()), 1)
    run = {id: {one.document: one.score for one in ranking} for id, ranking in zip(QUERIES, rankings, strict=True)}
    told = abstention(list(QUERIES), read_qrels("qrels.txt"), run)
    assert found["abstention"]["book"]["aurc"] == pytest.approx(told.aurc)
    assert found["abstention"]["book"]["questions"] == 6
    assert found["queries"] == 4
    shown = askew("eval", "book", *FILES, "--unanswerable").out
    assert "Does the score of the first document tell what cannot be answered?" in shown
    (book / "few.jsonl").write_text('{"_id": "q1", "text": "dogs"}\n')
    refused(askew("eval", "book", "--queries", "few.jsonl", "--qrels", "qrels.txt", "--unanswerable"), "--unanswerable")


def test_values_of_each_query_and_the_page_are_written(askew: Here, book: Path) -> None:
    outcome = askew(
        "eval", "book", *FILES, "--mode", "dense", "--mode", "lexical", "--unanswerable", "--out", "values.csv",
        "--report", "page.html",
    )  # fmt: skip
    assert (outcome.code, "The report is in page.html." in outcome.err) == (0, True)
    with (book / "values.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 4 * 2
    assert list(rows[0]) == ["query", "text", "system", "nDCG@10", "R@100", "RR@10"]
    page = (book / "page.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert "zebra" in page
    assert "Trains are paid by the company" in page  # documents are shown by how they begin
    assert "salary" not in page  # not measured


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name an index"),
        (("book",), "Name the judgements with --qrels"),
        (("book", "--qrels", "qrels.txt"), "--queries: book is to be asked"),
        (("none", *FILES), "none"),
        (("book", *FILES, "--against", "book"), "book is named twice"),
        (("book", *FILES, "--mode", "wise"), "no search mode 'wise'"),
        (("book", *FILES, "--measures", "wisdom"), "no measure 'wisdom'"),
        (("book", *FILES, "--out", "values.txt"), ".csv, .jsonl or .parquet"),
        (("book", *FILES, "--report", "no/page.html"), "there is no folder no"),
        (("book", *FILES, "--label-field", "x"), "--label-field does not go with measuring a search"),
        (("book", *FILES, "--pairs", "p.csv"), "NAME does not go with --pairs. What does: --task, --model, --format"),
        (("--pairs", "p.csv", "--mode", "dense"), "--mode does not go with --pairs"),
        (("--pairs", "p.csv", "--clusters", "c.csv"), "--clusters does not go with --pairs"),
        (("--clusters", "c.csv"), "--label-field"),
        (("book", *FILES, "--rerank", "r.run", "--unanswerable"), "--unanswerable does not go with --rerank"),
        (("book", "--qrels", "qrels.txt", "--rerank", "r.run"), "--queries"),
        (("book", "--set", "nowhere"), "no folder nowhere"),
    ],
)
def test_what_does_not_go_together_is_refused(askew: Here, book: Path, arguments: tuple[str, ...], words: str) -> None:
    refused(askew("eval", *arguments), words)
    assert not (book / "values.txt").exists()


def test_ids_that_do_not_meet_are_told(askew: Here, book: Path) -> None:
    (book / "other.txt").write_text("q1 0 pets.md 1\n")
    refused(askew("eval", "book", "--queries", "queries.jsonl", "--qrels", "other.txt"), "like 'pets.md'")
    (book / "none.txt").write_text("x 0 pets 1\n")
    refused(askew("eval", "book", "--queries", "queries.jsonl", "--qrels", "none.txt"), "Of no query is a document")
    (book / "far.run").write_text("x Q0 pets 1 1.0 t\n")
    refused(askew("eval", "far.run", *FILES), "far.run answers none of the judged queries")
    (book / "some.txt").write_text("q1 0 pets 1\nq1 0 gone 1\n")
    assert "1 document judged relevant, but not in book." in askew(
        "eval", "book", "--queries", "queries.jsonl", "--qrels", "some.txt"
    ).err  # fmt: skip
    (book / "twice.jsonl").write_text('{"_id": "q1", "text": "a"}\n{"_id": "q1", "text": "b"}\n')
    refused(askew("eval", "book", "--queries", "twice.jsonl", "--qrels", "qrels.txt"), "twice")


def test_pairs_clusters_and_reranking_are_measured_too(askew: Here, book: Path) -> None:
    (book / "pairs.csv").write_text("text1,text2,label\ndogs bark,dogs bark,1\ncats,taxis,0\n")
    assert askew("eval", "--pairs", "pairs.csv", "--model", "hashing", "--json").json["ap"] == 1
    (book / "clusters.csv").write_text("text,cluster,kind\na,0,x\nb,0,x\nc,1,y\n")
    found = askew("eval", "--clusters", "clusters.csv", "--label-field", "kind", "--json").json
    assert found["v_measure"] == pytest.approx(1)
    (book / "given.run").write_text("q1 Q0 travel 1 2.0 t\nq1 Q0 pets 2 1.0 t\n")
    found = askew("eval", "book", *FILES, "--rerank", "given.run", "--measures", "RR", "--json").json
    assert found["measures"][0]["as given"] == 0.5
    assert found["measures"][0]["reordered"] == 1
