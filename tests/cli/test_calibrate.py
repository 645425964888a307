import csv
import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.judged import corpus, queries


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CALIBRATIONS", str(tmp_path / "calibrations"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def book(askew: Here, tmp_path: Path) -> Path:
    texts, qrels = queries(corpus())
    for name, documents in (("corpus", corpus()), ("queries", texts)):
        lines = [json.dumps({"id": one.id, "text": one.text}) + "\n" for one in documents]
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    judged = [f"{query}\t{id}\t1\n" for query, known in qrels.items() for id in known]
    (tmp_path / "qrels.tsv").write_text("".join(judged))
    made = askew("index", "book", "corpus.jsonl", "--task", "question-answering", "--model", "hashing")
    assert made.code == 0
    return tmp_path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text1", "text2", "label"])
        for number in range(60):
            rows.writerow([f"red tent number {number}", f"red tent number {number} here", 1])
            rows.writerow([f"red tent number {number}", f"blue kayak of {number} friends", 0])
    return path


CALIBRATE = ("calibrate", "book", "--queries", "queries.jsonl", "--qrels", "qrels.tsv", "--unanswerable")


def test_answers_are_given_or_withheld_as_promised(askew: Here, book: Path) -> None:
    outcome = askew(*CALIBRATE)
    assert outcome.code == 0
    assert "240 first hits with a label" in outcome.out
    assert "askew search book QUERY --min-confidence 0.95" in outcome.out
    known = corpus()[7].text
    given = askew("search", "book", known, "--min-confidence", "0.9")
    assert given.code == 0
    assert given.out.startswith(" 1  ")
    assert "At least 90 % of first hits" in given.err
    withheld = askew("search", "book", "nothing like it", "--min-confidence", "0.9")
    assert (withheld.code, withheld.out) == (1, "")
    assert "Nothing is sure enough." in withheld.err
    told = askew("search", "book", known, "--min-confidence", "0.9", "--json").json
    assert told["promise"]["promise"] == 0.9
    assert len(told["hits"]) == 1


def test_the_table_for_machines(askew: Here, book: Path) -> None:
    told = askew(*CALIBRATE, "--mode", "hybrid", "--json").json
    assert (told["of"], told["labels"], told["settings"]["mode"]) == ("search", 240, "hybrid")
    assert [one["promise"] for one in told["promises"]] == [0.8, 0.9, 0.95, 0.99]
    assert askew("search", "book", corpus()[7].text, "--mode", "hybrid", "--min-confidence", "0.8").code == 0
    refused(askew("search", "book", "bonax", "--min-confidence", "0.8"), "mode", "index: hybrid", "given: dense")


def test_one_promise_that_cannot_be_kept_is_an_error_that_says_what_it_takes(askew: Here, book: Path) -> None:
    refused(askew(*CALIBRATE, "--promise", "0.999"), "240 labels are too few", "2,302 even if none is wrong")
    refused(askew(*CALIBRATE, "--promise", "1.5"), "between 0 and 1")
    refused(askew("search", "book", "bonax", "--min-confidence", "0.999"), "too few")
    swapped = [line.replace("d", "e") for line in (book / "qrels.tsv").read_text().splitlines(keepends=True)]
    (book / "wrong.tsv").write_text("".join(swapped))
    hopeless = askew(*CALIBRATE[:4], "--qrels", "wrong.tsv")
    assert "out of reach" in hopeless.out
    assert "Use it" not in hopeless.out


def test_unjudged_queries_are_left_out_unless_nothing_answers_them(askew: Here, book: Path) -> None:
    outcome = askew(*CALIBRATE[:-1])
    assert "100 queries have no relevant document" in outcome.err


def test_without_labels_it_tells_what_unrelated_texts_score(askew: Here, book: Path) -> None:
    outcome = askew("calibrate", "book")
    assert "random pairs of passages score 0." in outcome.out
    assert "no promise" in outcome.out
    assert [share for share, _ in askew("calibrate", "book", "--json").json["percentiles"]] == [50, 90, 95, 99, 99.9]


def test_pairs_of_a_file_are_reported_as_promised(askew: Here, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("red tent number 5\nred tent number 5 here\nblue kayak of 5 friends\n")
    refused(askew("duplicates", "texts.txt", "--model", "hashing", "--min-confidence", "0.95"), "askew calibrate")
    made = askew("calibrate", "texts.txt", "--labels", "labels.csv", "--model", "hashing")
    assert made.code == 0
    assert "120 pairs with a label, 60 of them right." in made.out
    assert "Use it: askew duplicates texts.txt --min-confidence 0.95" in made.out
    assert "Kept in " in made.err
    found = askew("duplicates", "texts.txt", "--model", "hashing", "--min-confidence", "0.95", "--json").json
    assert [(pair["a"]["text"], pair["b"]["text"]) for pair in found["pairs"]] == [
        ("red tent number 5", "red tent number 5 here")
    ]
    asked = ("duplicates", "texts.txt", "--model", "hashing", "--min-confidence", "0.95")
    refused(askew(*asked, "--threshold", "0.5"), "--threshold")
    refused(askew(*asked, "--groups"), "--min-confidence")
    refused(askew(*asked, "--shingles", "0.5"), "--shingles")


def test_pairs_of_an_index(askew: Here, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("red tent number 5\nred tent number 5 here\nblue kayak of 5 friends\n")
    askew("index", "tents", "texts.txt", "--task", "duplicate-questions", "--model", "hashing", "--format", "lines")
    assert askew("calibrate", "tents", "--labels", "labels.csv").code == 0
    outcome = askew("duplicates", "tents", "--min-confidence", "0.95")
    assert outcome.code == 0
    assert "At least 95 % of pairs" in outcome.err


def test_what_does_not_go_together_is_refused(askew: Here, book: Path, labels: Path) -> None:
    refused(askew(*CALIBRATE, "--labels", "labels.csv"), "one at a time")
    refused(askew("calibrate", "book", "--queries", "queries.jsonl"), "belong together")
    refused(askew("calibrate", "nowhere", "--labels", "labels.csv"), "There is no file nowhere")


def test_a_faq_answers_as_promised(askew: Here, tmp_path: Path) -> None:
    documents = corpus(30)
    texts, qrels = queries(documents, 200)
    rows = [{"id": one.id, "question": one.text, "answer": f"Answer {one.id}"} for one in documents]
    (tmp_path / "faq.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps({"id": q.id, "text": q.text}) + "\n" for q in texts))
    judged = [f"{query}\t{id}\t1\n" for query, known in qrels.items() for id in known]
    (tmp_path / "qrels.tsv").write_text("".join(judged))
    assert askew("index", "shop", "faq.jsonl", "--task", "faq", "--model", "hashing").code == 0
    made = askew("calibrate", "shop", "--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--unanswerable")
    assert "160 answers with a label" in made.out
    given = askew("faq", "shop", documents[3].text, "--min-confidence", "0.8", "--json")
    assert given.json["hits"][0]["entry"]["answer"] == "Answer d3"
    assert given.json["promise"]["promise"] == 0.8
    assert askew("faq", "shop", "nothing like it", "--min-confidence", "0.8").code == 1
    refused(
        askew("calibrate", "shop", "--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--mode", "hybrid"), "--mode"
    )
