import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused

TENTS = (
    "id,question,price,added\n"
    "a,red tents on a hill,3,2024-01-01\nb,Red tents on a hill!,5,2024-03-01\nc,red tents on the hill,4,2024-02-01\n"
    "d,no red tents on a hill,9,2024-01-01\ne,soup of the day,1,2024-01-01\n"
)
TEXT = "red tents\nblue kayak\nRed tents!\nblue kayak\nsoup\n"


def cleaned(askew: Here, folder: Path) -> None:
    (folder / "t.txt").write_text(TEXT)
    made = askew("duplicates", "t.txt", "--model", "hashing", "--clean", "c.txt", "--removed", "log.jsonl")
    assert made.code == 0
    assert (folder / "c.txt").read_text() == "red tents\nblue kayak\nsoup\n"


def test_one_row_a_group_and_all(askew: Here, tmp_path: Path) -> None:
    cleaned(askew, tmp_path)
    told = askew("restore", "log.jsonl", "c.txt", "--id", "t.txt:4", "--out", "one.txt")
    assert told.out == "1 row restored in one.txt; 1 still removed.\n"
    assert (tmp_path / "one.txt").read_text() == "red tents\nblue kayak\nblue kayak\nsoup\n"
    assert askew("restore", "log.jsonl", "c.txt", "--group", "g000001", "--json").json["back"] == ["t.txt:3"]
    assert askew("restore", "log.jsonl", "c.txt", "--all").out == "1 row restored in c.txt; 0 still removed.\n"
    assert (tmp_path / "c.txt").read_text() == TEXT


def test_bad_use_is_refused_and_changes_nothing(askew: Here, tmp_path: Path) -> None:
    cleaned(askew, tmp_path)
    refused(askew("restore", "log.jsonl", "c.txt"), "all")
    refused(askew("restore", "log.jsonl", "c.txt", "--id", "t.txt:9"), "t.txt:9")
    refused(askew("restore", "none.jsonl", "c.txt", "--all"), "none.jsonl")
    (tmp_path / "c.txt").write_text("red tents\nsoup\n")
    refused(askew("restore", "log.jsonl", "c.txt", "--all"), "c.txt")
    assert (tmp_path / "c.txt").read_text() == "red tents\nsoup\n"


@pytest.mark.parametrize(
    ("keep", "stays"),
    [("first", "a"), ("longest", "c"), ("newest --keep-field added", "b"), ("best --keep-field price", "b")],
)
def test_a_file_is_cleaned_and_the_removal_undone(askew: Here, tmp_path: Path, keep: str, stays: str) -> None:
    (tmp_path / "t.csv").write_text(TENTS)
    outcome = askew(
        "duplicates",
        "t.csv",
        "--model",
        "hashing",
        "--threshold",
        "0.6",
        "--clean",
        "clean.csv",
        "--keep",
        *keep.split(),
    )
    assert outcome.code == 0
    assert "askew restore clean.csv.removed.jsonl clean.csv --all" in outcome.err
    lines = (tmp_path / "clean.csv").read_text().splitlines()
    assert [line[0] for line in lines[1:]] == [stays, "d", "e"]
    removed = [json.loads(line) for line in (tmp_path / "clean.csv.removed.jsonl").read_text().splitlines()[1:]]
    assert {row["stays"] for row in removed if "stays" in row} == {stays}
    assert askew("restore", "clean.csv.removed.jsonl", "clean.csv", "--all").code == 0
    assert (tmp_path / "clean.csv").read_text() == TENTS


def test_the_log_tells_why_each_row_was_removed(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("I saw red tents\nI saw Red tents!\nI saw a red tent\nI had soup\n")
    askew("duplicates", "t.txt", "--model", "hashing", "--threshold", "0.3", "--clean", "c.txt")
    rows = [json.loads(line) for line in (tmp_path / "c.txt.removed.jsonl").read_text().splitlines()[1:]]
    assert [(row["id"], row["layer"], row["verdict"]) for row in rows] == [
        ("t.txt:2", "identical", "identical"),
        ("t.txt:3", "semantic", "near-identical"),
    ]


def test_only_a_file_can_be_cleaned(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    askew("index", "x", "t.txt", "--task", "paraphrase", "--model", "hashing")
    for source in ("-", "x", "none.csv"):
        refused(askew("duplicates", source, "--clean", "c.csv", stdin="a\nb\n"), "--clean")
    refused(askew("duplicates", "t.txt", "--removed", "log.jsonl"), "--clean")
    refused(askew("duplicates", "t.txt", "--keep", "longest", "--groups"), "--clean")
    assert not (tmp_path / "c.csv").exists()


def test_a_file_that_is_there_is_replaced_by_choice_only(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    (tmp_path / "c.txt").write_text("mine")
    command = ("duplicates", "t.txt", "--model", "hashing", "--threshold", "0.3", "--clean")
    refused(askew(*command, "c.txt"), "c.txt already exists", "--force")
    refused(askew(*command, "t.txt"), "t.txt", "never overwritten")
    refused(askew(*command, "t.txt", "--force"), "t.txt", "never overwritten")
    assert ((tmp_path / "c.txt").read_text(), (tmp_path / "t.txt").read_text()) == ("mine", TEXT)
    assert askew(*command, "c.txt", "--force").code == 0
    assert (tmp_path / "c.txt").read_text() != "mine"
