import csv
import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.judged import corpus, queries

from askew.calibration.calibrate import guarantees
from askew.cli.guarantee import assurance, row
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import labelled_scores
from askew.paths import calibrations


@pytest.fixture(autouse=True)
def own_calibrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CALIBRATIONS", str(tmp_path / "calibrations"))


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


def test_answers_below_the_threshold_are_withheld(askew: Here, book: Path) -> None:
    outcome = askew(*CALIBRATE)
    assert outcome.code == 0
    assert outcome.out.startswith("240 ")
    assert "askew search book QUERY --min-confidence 0.95" in outcome.out
    known = corpus()[7].text
    given = askew("search", "book", known, "--min-confidence", "0.9")
    assert given.code == 0
    assert given.out.startswith(" 1  ")
    assert "90 %" in given.err
    withheld = askew("search", "book", "nothing like it", "--min-confidence", "0.9")
    assert (withheld.code, withheld.out) == (1, "")
    found = askew("search", "book", known, "--min-confidence", "0.9", "--json").json
    assert found["promise"]["promise"] == 0.9
    assert len(found["hits"]) == 1


def test_json_has_the_settings_and_guarantees(askew: Here, book: Path) -> None:
    found = askew(*CALIBRATE, "--mode", "hybrid", "--json").json
    assert (found["of"], found["labels"], found["settings"]["mode"]) == ("search", 240, "hybrid")
    assert [one["promise"] for one in found["promises"]] == [0.8, 0.9, 0.95, 0.99]
    assert askew("search", "book", corpus()[7].text, "--mode", "hybrid", "--min-confidence", "0.8").code == 0
    asked = ("search", "book", "bonax", "--mode", "dense", "--min-confidence", "0.8")
    refused(askew(*asked), "mode", "index: hybrid", "given: dense")


def test_a_precision_out_of_reach_is_refused(askew: Here, book: Path) -> None:
    refused(askew(*CALIBRATE, "--promise", "0.999"), "240", "2,302")
    refused(askew(*CALIBRATE, "--promise", "1.5"), "1.5")
    refused(askew("search", "book", "bonax", "--min-confidence", "0.999"))
    swapped = [line.replace("d", "e") for line in (book / "qrels.tsv").read_text().splitlines(keepends=True)]
    (book / "wrong.tsv").write_text("".join(swapped))
    hopeless = askew(*CALIBRATE[:4], "--qrels", "wrong.tsv")
    assert (hopeless.code, "--min-confidence" in hopeless.out) == (0, False)


def test_unjudged_queries_are_left_out_and_counted(askew: Here, book: Path) -> None:
    outcome = askew(*CALIBRATE[:-1])
    assert "100" in outcome.err


def test_without_labels_the_scores_of_unrelated_texts_are_printed(askew: Here, book: Path) -> None:
    assert [line.split()[0] for line in askew("calibrate", "book").out.splitlines()[3:8]] == [
        "50", "90", "95", "99", "99.9",
    ]  # fmt: skip
    assert [share for share, _ in askew("calibrate", "book", "--json").json["percentiles"]] == [50, 90, 95, 99, 99.9]


def test_pairs_of_a_file(askew: Here, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("red tent number 5\nred tent number 5 here\nblue kayak of 5 friends\n")
    refused(askew("duplicates", "texts.txt", "--model", "hashing", "--min-confidence", "0.95"), "askew calibrate")
    made = askew("calibrate", "texts.txt", "--labels", "labels.csv", "--model", "hashing")
    assert made.code == 0
    assert made.out.startswith("120 ")
    assert "askew duplicates texts.txt --min-confidence 0.95" in made.out
    assert str(calibrations()) in made.err
    found = askew("duplicates", "texts.txt", "--model", "hashing", "--min-confidence", "0.95", "--json").json
    assert [(pair["a"]["text"], pair["b"]["text"]) for pair in found["pairs"]] == [
        ("red tent number 5", "red tent number 5 here")
    ]
    asked = ("duplicates", "texts.txt", "--model", "hashing", "--min-confidence", "0.95")
    refused(askew(*asked, "--threshold", "0.5"), "--threshold")
    assert askew(*asked, "--groups").out.startswith("g000001  2 texts")
    refused(askew(*asked, "--shingles", "0.5"), "--shingles")


def test_pairs_of_an_index(askew: Here, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("red tent number 5\nred tent number 5 here\nblue kayak of 5 friends\n")
    askew("index", "tents", "texts.txt", "--task", "duplicate-questions", "--model", "hashing", "--format", "lines")
    assert askew("calibrate", "tents", "--labels", "labels.csv").code == 0
    outcome = askew("duplicates", "tents", "--min-confidence", "0.95")
    assert outcome.code == 0
    assert "95 %" in outcome.err


def test_impossible_options_are_refused(askew: Here, book: Path, labels: Path) -> None:
    refused(askew(*CALIBRATE, "--labels", "labels.csv"))
    refused(askew("calibrate", "book", "--queries", "queries.jsonl"))
    refused(askew("calibrate", "nowhere", "--labels", "labels.csv"), "nowhere")
    refused(askew("calibrate", "book", "--promise", "0.95"), "--labels")


def test_answers_of_a_faq(askew: Here, tmp_path: Path) -> None:
    documents = corpus(30)
    texts, qrels = queries(documents, 200)
    rows = [{"id": one.id, "question": one.text, "answer": f"Answer {one.id}"} for one in documents]
    (tmp_path / "faq.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps({"id": q.id, "text": q.text}) + "\n" for q in texts))
    judged = [f"{query}\t{id}\t1\n" for query, known in qrels.items() for id in known]
    (tmp_path / "qrels.tsv").write_text("".join(judged))
    assert askew("index", "shop", "faq.jsonl", "--task", "faq", "--model", "hashing").code == 0
    made = askew("calibrate", "shop", "--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--unanswerable")
    assert made.out.startswith("160 ")
    given = askew("faq", "shop", documents[3].text, "--min-confidence", "0.8", "--json")
    assert given.json["hits"][0]["entry"]["answer"] == "Answer d3"
    assert given.json["promise"]["promise"] == 0.8
    assert askew("faq", "shop", "nothing like it", "--min-confidence", "0.8").code == 1
    refused(askew("calibrate", "shop", "--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--mode", "hybrid"), "mode")


def record(right: int, wrong: int) -> CalibrationRecord:
    values = [1.0 - place / 1000 for place in range(right + wrong)]
    return CalibrationRecord("pairs", {}, labelled_scores(values, [True] * right + [False] * wrong), 100, 0.9)


def test_each_precision_has_a_row() -> None:
    rows = [row(found) for found in guarantees(record(100, 100))]
    assert [cells[0] for cells in rows] == ["80 %", "90 %", "95 %", "99 %"]
    assert all(cells[1].startswith("0.") for cells in rows[:3])
    assert rows[3][1:4] == ["–", "–", "–"]
    assert rows[3][4] != row(guarantees(record(0, 300), 0.9)[0])[4]


def test_a_guarantee_is_printed_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    found = assurance(record(100, 100), 0.9, 130, quiet=False)
    assert (found["grown"], found["promise"]) == (True, 0.9)
    printed = capsys.readouterr().err
    assert "90 %" in printed
    assert "130" in printed
    assurance(record(100, 100), 0.9, 130, quiet=True)
    assert capsys.readouterr().err == ""
