from pathlib import Path

from helpers.cli import Here, refused

TEXT = "red tents\nblue kayak\nRed tents!\nblue kayak\nsoup\n"


def cleaned(askew: Here, folder: Path) -> None:
    (folder / "t.txt").write_text(TEXT)
    made = askew("duplicates", "t.txt", "--model", "hashing", "--clean", "c.txt", "--removed", "log.jsonl")
    assert made.code == 0
    assert (folder / "c.txt").read_text() == "red tents\nblue kayak\nsoup\n"


def test_one_row_a_group_and_all(askew: Here, tmp_path: Path) -> None:
    cleaned(askew, tmp_path)
    told = askew("restore", "log.jsonl", "c.txt", "--id", "t.txt:4", "--out", "one.txt")
    assert told.out == "1 row put back in one.txt; 1 removed still.\n"
    assert (tmp_path / "one.txt").read_text() == "red tents\nblue kayak\nblue kayak\nsoup\n"
    assert askew("restore", "log.jsonl", "c.txt", "--group", "g000001", "--json").json["back"] == ["t.txt:3"]
    assert askew("restore", "log.jsonl", "c.txt", "--all").out == "1 row put back in c.txt; 0 removed still.\n"
    assert (tmp_path / "c.txt").read_text() == TEXT


def test_bad_use_is_refused_and_changes_nothing(askew: Here, tmp_path: Path) -> None:
    cleaned(askew, tmp_path)
    refused(askew("restore", "log.jsonl", "c.txt"), "all")
    refused(askew("restore", "log.jsonl", "c.txt", "--id", "t.txt:9"), "t.txt:9")
    refused(askew("restore", "none.jsonl", "c.txt", "--all"), "none.jsonl")
    (tmp_path / "c.txt").write_text("red tents\nsoup\n")
    refused(askew("restore", "log.jsonl", "c.txt", "--all"), "c.txt")
    assert (tmp_path / "c.txt").read_text() == "red tents\nsoup\n"
