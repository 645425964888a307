import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q1", "text": "dogs in the office"}) + "\n")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpets.md\t1\n")
    return tmp_path


def test_triplets_are_shown_and_written(askew: Here, handbook: Path, asked: Path) -> None:
    found = askew("negatives", "book", "queries.jsonl", "qrels.tsv", "--json").json
    assert [(one["positive_id"], one["negative_id"]) for one in found["found"]] == [("pets.md", "leave.md")]
    assert found["certificate"]["documents"] == 2
    assert "dogs in the office" in askew("negatives", "book", "queries.jsonl", "qrels.tsv").out
    askew("negatives", "book", "queries.jsonl", "qrels.tsv", "--out", "triplets.jsonl")
    [triplet] = [json.loads(line) for line in (asked / "triplets.jsonl").read_text().splitlines()]
    assert triplet["query"] == "dogs in the office"
    assert "Dogs may come" in triplet["positive"]
    assert "paid holiday" in triplet["negative"]


def test_bad_settings_are_refused(askew: Here, handbook: Path, asked: Path) -> None:
    refused(askew("negatives", "book", "queries.jsonl", "qrels.tsv", "--margin", "2"), "margin")
    refused(askew("negatives", "book", "queries.jsonl", "qrels.tsv", "--out", "triplets.odd"), "triplets.odd")
    (asked / "other.tsv").write_text("q9\tpets.md\t1\n")
    refused(askew("negatives", "book", "queries.jsonl", "other.tsv"), "same ids")
