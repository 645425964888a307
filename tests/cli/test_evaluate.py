"""`askew eval`: searches, runs, labelled pairs, clusters and reranking."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.sets import PAIRS
from test_quality import DATA

from askew.cli.evaluate import show
from askew.evaluation.abstention import abstention
from askew.evaluation.evaluate import evaluate_runs
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
    assert askew("rank", "book", "queries.jsonl", "--mode", "lexical", "--out", "words.run").code == 0
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
    assert askew("rank", "book", "queries.jsonl", "--out", "all.run").code == 0
    found = askew("eval", "all.run", "--qrels", "qrels.txt", "--json").json
    assert (found["systems"], found["queries"], found["left_out"]) == (["all.run"], 5, 1)
    assert [row["nDCG@10"] for row in found["per_query"] if row["query"] == "else"] == [0]


def test_what_is_read_is_not_written_over(askew: Here, book: Path) -> None:
    held = {name: (book / name).read_bytes() for name in ("queries.jsonl", "qrels.txt")}
    for option, name in (("--out", "queries.jsonl"), ("--report", "page.html")):
        (book / "page.html").unlink(missing_ok=True)
        (book / "page.html").symlink_to("qrels.txt")
        refused(askew("eval", "book", *FILES, option, name), "never overwritten")
    refused(askew("negatives", "book", "queries.jsonl", "qrels.txt", "--out", "queries.jsonl"), "never overwritten")
    assert {name: (book / name).read_bytes() for name in held} == held


def test_a_folder_has_both_files(askew: Here, book: Path) -> None:
    expected = askew("eval", "book", *FILES, "--json").json
    (book / "set" / "qrels").mkdir(parents=True)
    (book / "queries.jsonl").rename(book / "set" / "queries.jsonl")
    lines = [line.replace(" 0 ", "\t", 1).replace(" ", "\t") for line in QRELS.splitlines()]
    (book / "set" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(lines))
    assert askew("eval", "book", "--set", "set", "--json").json == expected


def test_unanswerable_queries_measure_abstention(askew: Here, book: Path) -> None:
    found = askew("eval", "book", *FILES, "--unanswerable", "--json").json
    with Index.open("book") as index:
        rankings = index.rank(list(QUERIES.values()), 1)
    run = {id: {one.document: one.score for one in ranking} for id, ranking in zip(QUERIES, rankings, strict=True)}
    told = abstention(list(QUERIES), read_qrels("qrels.txt"), run)
    assert found["abstention"]["book"]["aurc"] == pytest.approx(told.aurc)
    assert found["abstention"]["book"]["questions"] == 6
    assert found["queries"] == 4
    assert "AUROC" in askew("eval", "book", *FILES, "--unanswerable").out
    (book / "few.jsonl").write_text('{"_id": "q1", "text": "dogs"}\n')
    refused(askew("eval", "book", "--queries", "few.jsonl", "--qrels", "qrels.txt", "--unanswerable"), "unanswerable")


def test_values_per_query_and_the_report_are_written(askew: Here, book: Path) -> None:
    outcome = askew(
        "eval", "book", *FILES, "--mode", "dense", "--mode", "lexical", "--unanswerable", "--out", "values.csv",
        "--report", "page.html",
    )  # fmt: skip
    assert (outcome.code, "page.html" in outcome.err) == (0, True)
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
    ("arguments", "named"),
    [
        ((), "--clusters"),
        (("book",), "--qrels"),
        (("book", "--qrels", "qrels.txt"), "--queries"),
        (("none", *FILES), "none"),
        (("book", *FILES, "--against", "book"), "book"),
        (("book", *FILES, "--mode", "wise"), "'wise'"),
        (("book", *FILES, "--measures", "wisdom"), "'wisdom'"),
        (("book", *FILES, "--out", "values.txt"), ".jsonl"),
        (("book", *FILES, "--report", "no/page.html"), "no/page.html"),
        (("book", *FILES, "--label-field", "x"), "--label-field"),
        (("book", *FILES, "--pairs", "p.csv"), "NAME"),
        (("--pairs", "p.csv", "--mode", "dense"), "--mode"),
        (("--pairs", "p.csv", "--clusters", "c.csv"), "--clusters"),
        (("--clusters", "c.csv"), "--label-field"),
        (("book", *FILES, "--rerank", "r.run", "--unanswerable"), "--unanswerable"),
        (("book", "--qrels", "qrels.txt", "--rerank", "r.run"), "--queries"),
        (("book", "--set", "nowhere"), "nowhere"),
    ],
)
def test_impossible_options_are_refused(askew: Here, book: Path, arguments: tuple[str, ...], named: str) -> None:
    refused(askew("eval", *arguments), named)
    assert not (book / "values.txt").exists()


def test_ids_that_do_not_match_are_refused(askew: Here, book: Path) -> None:
    (book / "other.txt").write_text("q1 0 pets.md 1\n")
    refused(askew("eval", "book", "--queries", "queries.jsonl", "--qrels", "other.txt"), "'pets.md'")
    (book / "none.txt").write_text("x 0 pets 1\n")
    refused(askew("eval", "book", "--queries", "queries.jsonl", "--qrels", "none.txt"))
    (book / "far.run").write_text("x Q0 pets 1 1.0 t\n")
    refused(askew("eval", "far.run", *FILES), "far.run")
    (book / "twice.jsonl").write_text('{"_id": "q1", "text": "a"}\n{"_id": "q1", "text": "b"}\n')
    refused(askew("eval", "book", "--queries", "twice.jsonl", "--qrels", "qrels.txt"), "twice.jsonl", "'q1'")


def test_relevant_documents_that_are_missing_are_counted(askew: Here, book: Path) -> None:
    (book / "some.txt").write_text("q1 0 pets 1\nq1 0 gone 1\nq1 0 lost 1\n")
    outcome = askew("eval", "book", "--queries", "queries.jsonl", "--qrels", "some.txt")
    assert (outcome.code, "book: 2." in outcome.err) == (0, True)


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


GRADES = {"q1": {"a": 1}, "q2": {"a": 1}}
ASKED = {"q1": "first question", "q2": "", "q3": "unanswerable"}
RUNS = {"old": {"q1": {"b": 2.0, "a": 1.0}, "q2": {"a": 1.0}}, "new": {"q1": {"a": 1.0}, "q3": {"a": 0.5}}}


def test_all_that_was_measured_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    told = {name: abstention(list(ASKED), GRADES, run) for name, run in RUNS.items()}
    show(replace(evaluate_runs(["RR"], ASKED, GRADES, RUNS), abstention=told), 5)
    assert [line.split() for line in capsys.readouterr().out.splitlines() if line] == [
        line.split()
        for line in (
            "2 judged queries",
            "system  measure  mean    95 % interval",
            "old     RR       0.7500  0.5000 to 1.0000",
            "new     RR       0.5000  0.0000 to 1.0000",
            "Against old, query by query:",
            "system  measure  difference  95 % interval       p       won  lost  equal",
            "new     RR       -0.2500     -1.0000 to +0.5000  1.0000    1     1      0",
            "The queries that new won and lost most by, RR:",
            "new    old    query",
            "won   1.000  0.500  first question",
            "lost  0.000  1.000  q2",
            "Does the score of the first document tell what cannot be answered?",
            "system  questions  right  AUROC  AURC   at best  by chance  at 5 %  at 10 %  at 20 %",
            "old             3      1  1.000  0.750    0.250      0.500   0.000    0.000    0.000",
            "new             3      1  0.500  0.250    0.250      0.500   0.333    0.333    0.333",
            "The last columns: the share of questions that can be answered with no more wrong answers than that.",
        )
    ]


def test_one_system_is_compared_with_none(capsys: pytest.CaptureFixture[str]) -> None:
    show(evaluate_runs(["RR"], {"q1": "x"}, GRADES, {"old": RUNS["old"]}), 5)
    assert capsys.readouterr().out.splitlines()[0] == "1 judged query"


def test_a_limit_of_0_lists_no_query(capsys: pytest.CaptureFixture[str]) -> None:
    show(evaluate_runs(["RR"], ASKED, GRADES, RUNS), 0)
    assert "won and lost most" not in capsys.readouterr().out


TEXTS = ["tent pegs canvas", "tent canvas pegs rope", "kayak paddle river", "river kayak paddle boat"]
LABELS = ["camping", "camping", "boats", "boats"]


def pairs(folder: Path, labels: list[float]) -> str:
    rows = "".join(f"{a}\t{b}\t{label}\n" for (a, b, _), label in zip(PAIRS, labels, strict=True))
    (folder / "pairs.tsv").write_text(f"text1\ttext2\tlabel\n{rows}")
    return "pairs.tsv"


def labelled(folder: Path, clusters: list[int] | None = None) -> str:
    rows = [
        {"id": f"t{n}", "text": text, "label": label} for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
    ]
    if clusters:
        rows = [{**row, "cluster": number} for row, number in zip(rows, clusters, strict=True)]
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return "texts.jsonl"


def test_graded_pairs_are_measured_by_correlation(askew: Here, tmp_path: Path) -> None:
    command = ("eval", "--pairs", pairs(tmp_path, [5, 2.5, 0]), "--model", "hashing")
    assert ["Spearman", "1.000"] in [line.split()[:2] for line in askew(*command).out.splitlines()]
    found = askew(*command, "--json").json
    assert (found["model"], found["task"], found["pairs"]) == ("hashing", "paraphrase", 3)
    assert found["spearman"] == pytest.approx(1)
    assert set(found["interval"]) == {"low", "high"}


def test_binary_pairs_are_measured_by_detection(askew: Here, tmp_path: Path) -> None:
    command = ("eval", "--pairs", pairs(tmp_path, [1, 0, 0]), "--model", "hashing")
    assert ["AP", "1.000"] in [line.split()[:2] for line in askew(*command).out.splitlines()]
    found = askew(*command, "--json").json
    assert (found["ap"], found["positives"], found["precision"], found["recall"]) == (1, 1, 1, 1)


def test_clusters_of_a_column_are_compared_with_labels(askew: Here, tmp_path: Path) -> None:
    path = labelled(tmp_path, [7, 7, 0, 0])
    out = askew("eval", "--clusters", path, "--label-field", "label").out
    assert ["V-measure", "1.000"] in [line.split() for line in out.splitlines()]
    path = labelled(tmp_path, [7, 7, 7, 7])
    found = askew("eval", "--clusters", path, "--label-field", "label", "--cluster-field", "cluster", "--json").json
    assert (found["clusters"], found["v_measure"]) == ("the column cluster", pytest.approx(0))


def test_without_clusters_the_texts_are_clustered(askew: Here, tmp_path: Path) -> None:
    path = labelled(tmp_path)
    found = askew("eval", "--clusters", path, "--label-field", "label", "--model", "hashing", "--json").json
    assert found["v_measure"] == pytest.approx(1)
    refused(askew("eval", "--clusters", path, "--label-field", "lable", "--model", "hashing"), "lable")


def test_the_output_of_cluster_can_be_evaluated(askew: Here, tmp_path: Path) -> None:
    path = labelled(tmp_path)
    assert askew("cluster", path, "--model", "hashing", "--clusters", "2", "--out", "found.csv").code == 0
    found = askew("eval", "--clusters", "found.csv", "--label-field", "label", "--json").json
    assert found["v_measure"] == pytest.approx(1)


def test_reranking_is_printed_as_a_table(askew: Here, book: Path) -> None:
    (book / "given.run").write_text("q1 Q0 travel 1 2.0 t\nq1 Q0 pets 2 1.0 t\n")
    found = askew("eval", "book", *FILES, "--rerank", "given.run", "--measures", "RR", "--json").json
    assert (found["by"], found["queries"], found["values"]["reordered"]) == ("hashing", 1, {"RR": {"q1": 1.0}})
    lines = askew("eval", "book", *FILES, "--rerank", "given.run", "--measures", "RR").out.splitlines()
    assert lines[2].split()[:4] == ["RR", "0.500", "1.000", "0.500"]


def test_the_average_precision_of_the_default_model(
    askew: Here, monkeypatch: pytest.MonkeyPatch, model_cache: Path
) -> None:
    file = DATA / "covid-faq" / "question-pairs.en.tsv"
    if not file.exists():
        pytest.skip(f"Pairs are not at {file}; set ASKEW_DATA to the folder that holds covid-faq/")
    monkeypatch.setenv("ASKEW_CACHE", str(model_cache))
    found = askew("eval", "--pairs", str(file), "--json").json
    assert found["pairs"] == 488
    assert found["ap"] == pytest.approx(0.956, abs=0.002)
