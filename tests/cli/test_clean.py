import csv
import json
import subprocess
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from helpers.cli import ASKEW, Here, refused

from askew.compare import duplicates

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


def test_no_file_that_is_read_or_written_beside_it_is_written_over(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    (tmp_path / "labels.csv").write_text("text1,text2,label\nred tents,blue kayak,0\n")
    command = ("duplicates", "t.txt", "--model", "hashing", "--threshold", "0.3", "--clean", "c.csv")
    for out in ("labels.csv", "c.csv", "c.csv.removed.csv", "c.csv.removed.jsonl"):
        refused(askew(*command, "--labelled", "labels.csv", "--out", out, "--force"), "never overwritten")
    for removed in ("c.csv", "c.jsonl"):
        refused(askew(*command[:-1], removed, "--removed", "c.csv"), "choose others")
    refused(askew(*command[:-2], "--review", "r.jsonl", "--out", "r.jsonl"), "never overwritten")
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["labels.csv", "t.txt"]
    assert (tmp_path / "labels.csv").read_text().endswith("red tents,blue kayak,0\n")


def test_rows_are_restored_into_no_file_that_is_needed(askew: Here, tmp_path: Path) -> None:
    cleaned(askew, tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    held = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    command = ("restore", "log.jsonl", "c.txt", "--all", "--out")
    for out in ("log.jsonl", "t.txt"):
        refused(askew(*command, out, "--force"), "never overwritten")
    refused(askew(*command, "mine.txt"), "--force")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == held
    assert askew(*command, "mine.txt", "--force").code == 0
    assert (tmp_path / "mine.txt").read_text() == TEXT


def test_a_review_of_two_files_shows_the_texts_of_each(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,How do I reset my password please\n2,Where is my parcel today\n")
    (tmp_path / "b.csv").write_text("id,text\n1,Where is my parcel today?\n2,How do I reset my password please?\n")
    command = ("duplicates", "a.csv", "--model", "hashing", "--against", "b.csv", "--review", "r.jsonl")
    assert askew(*command, stdin="y\ny\n").code == 0
    told = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    pairs = {(one["text1"].strip("?"), one["text2"].strip("?")) for one in told}
    assert pairs == {(text, text) for text in ("How do I reset my password please", "Where is my parcel today")}


HASHING = ("--model", "hashing", "--threshold", "0.6")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_says_what_was_removed_and_restores_it_too(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('question,note\n"red tents,\non a hill",x\nsoup,y\n"Red tents, on a hill!",=z\n')
    assert askew("duplicates", "t.csv", *HASHING, "--clean", "c.csv").code == 0
    [row] = table(tmp_path / "c.csv.removed.csv")
    assert row == {
        "row": "4",
        "id": "t.csv:5",
        "question": "Red tents, on a hill!",
        "note": "'=z",
        "kept_row": "2",
        "kept_id": "t.csv:2",
        "kept_text": "red tents,\non a hill",
        "score": "1.0",
        "label": "identical",
        "reason": "same text",
    }
    assert askew("restore", "c.csv.removed.csv", "c.csv", "--all").code == 0
    assert (tmp_path / "c.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()


def test_a_dry_run_counts_and_writes_nothing(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TENTS)
    before = sorted(tmp_path.iterdir())
    shown = askew("duplicates", "t.csv", *HASHING, "--dry-run", "--clean", "c.csv").out
    assert "Would remove 2 of 5 texts:\n" in shown
    assert "1  identical: same text\n" in shown
    assert "1  near-identical: harmless differences only\n" in shown
    assert "removed  c  red tents on the hill\n    kept     a  red tents on a hill\n" in shown
    assert sorted(tmp_path.iterdir()) == before
    removed = askew("duplicates", "t.csv", *HASHING, "--dry-run", "--json").json["removed"]
    assert [(row["id"], row["kept_id"]) for row in removed] == [("b", "a"), ("c", "a")]


def test_nothing_that_exists_is_overwritten(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TENTS)
    for taken in ("c.csv", "c.csv.removed.csv", "o.csv"):
        (tmp_path / taken).write_text("mine")
        refused(askew("duplicates", "t.csv", *HASHING, "--clean", "c.csv", "--out", "o.csv"), taken, "--force")
        assert (tmp_path / taken).read_text() == "mine"
        (tmp_path / taken).unlink()
    refused(askew("duplicates", "t.csv", *HASHING, "--out", "t.csv", "--force"), "never overwritten")
    (tmp_path / "other.csv").write_text(TENTS)
    refused(askew("duplicates", "other.csv", "--against", "t.csv", "--out", "t.csv", "--force"), "never overwritten")
    against = ("duplicates", "other.csv", *HASHING, "--against", "t.csv", "--force")
    refused(askew(*against, "--clean", "t.csv"), "never overwritten")
    refused(askew(*against, "--clean", "d.csv", "--removed", "t.csv"), "never overwritten")
    (tmp_path / "said.csv").write_text("a,b,label\na,b,1\n")
    labelled = ("duplicates", "t.csv", *HASHING, "--labelled", "said.csv", "--clean", "said.csv", "--force")
    refused(askew(*labelled), "said.csv", "never overwritten")
    for folder in (".", "/", "no/such/c.csv"):
        refused(askew("duplicates", "t.csv", *HASHING, "--clean", folder, "--force"), "clean")
    assert (tmp_path / "t.csv").read_text() == TENTS
    (tmp_path / "c.csv").write_text("mine")
    assert askew("duplicates", "t.csv", *HASHING, "--clean", "c.csv", "--force").code == 0
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 4


def test_rows_that_stand_in_another_file_are_taken_out(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(TENTS)
    (tmp_path / "test.csv").write_text("id,question\na,Soup of the day!\nz,RED tents on a hill\n")
    given = ("duplicates", "train.csv", "--against", "test.csv", *HASHING, "--clean", "c.csv")
    assert askew(*given).code == 0
    assert [row["id"] for row in table(tmp_path / "c.csv")] == ["d"]
    gone = [(row["id"], row["row"], row["kept_id"], row["kept_row"]) for row in table(tmp_path / "c.csv.removed.csv")]
    assert gone == [("a", "2", "z", "3"), ("b", "3", "z", "3"), ("c", "4", "z", "3"), ("e", "6", "a", "2")]
    assert askew("restore", "c.csv.removed.jsonl", "c.csv", "--all").code == 0
    assert (tmp_path / "c.csv").read_text() == TENTS
    found = duplicates(tmp_path / "train.csv", against=tmp_path / "test.csv", model="hashing", threshold=0.6)
    assert found.kept_ids == ["d"]


def test_labels_by_hand_widen_and_narrow_what_is_removed(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TENTS)
    given = ("duplicates", "t.csv", *HASHING, "--dry-run", "--json")
    (tmp_path / "said.csv").write_text("a,b,label\na,e,1\na,c,0\nb,c,0\n")
    gone = {row["id"]: row["reason"] for row in askew(*given, "--labelled", "said.csv").json["removed"]}
    assert gone == {"b": "same text", "e": "labelled a duplicate by hand"}
    refused(askew(*given, "--review", "labels.jsonl"), "labels.jsonl", "--dry-run")
    askew("duplicates", "t.csv", *HASHING, "--review", "labels.jsonl", stdin="y\n" * 20)
    assert {row["id"] for row in askew(*given, "--review", "labels.jsonl").json["removed"]} == {"b", "c", "d"}
    refused(askew("duplicates", "t.csv", "--labelled", "said.csv"), "--clean")


def test_a_target_is_reached_or_said_to_be_out_of_reach(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TENTS)
    assert askew("duplicates", "t.csv", *HASHING, "--clean", "c.csv", "--target-size", "4").code == 0
    assert [row["id"] for row in table(tmp_path / "c.csv")] == ["a", "c", "d", "e"]
    told = askew("duplicates", "t.csv", *HASHING, "--clean", "d.csv", "--target-size", "2").err
    assert "2 cannot be reached: 3 of 5 rows are left" in told


def test_titles_and_compared_columns_tell_rows_apart(askew: Here, tmp_path: Path) -> None:
    rows = ["1,Oak table,solid and heavy,red", "2,Pine table,solid and heavy,red", "3,oak table,Solid and heavy!,blue"]
    (tmp_path / "t.csv").write_text("\n".join(["id,title,text,colour", *rows, ""]))
    first = askew("duplicates", "t.csv", *HASHING, "--clean", "a.csv").out
    assert [row["id"] for row in table(tmp_path / "a.csv")] == ["1", "2"]
    assert "colour (1)" in first
    askew("duplicates", "t.csv", *HASHING, "--clean", "b.csv", "--compare", "colour")
    assert [row["id"] for row in table(tmp_path / "b.csv")] == ["1", "2", "3"]
    pairs = askew("duplicates", "t.csv", *HASHING, "--json").json["pairs"]
    assert {(pair["a"]["id"], pair["b"]["id"]): pair["verdict"]["kind"] for pair in pairs} == {
        ("1", "2"): "other-values",
        ("1", "3"): "identical",
        ("2", "3"): "other-values",
    }
    refused(askew("duplicates", "t.csv", "--model", "hashing", "--compare", "size"), "size", "colour")


@pytest.mark.parametrize(
    "fields", [["--text-field", "name", "--text-field", "colour"], ["--text-field", "name,colour"]]
)
def test_every_text_column_counts(askew: Here, tmp_path: Path, fields: list[str]) -> None:
    (tmp_path / "t.csv").write_text("id,name,colour\n1,Stool,red\n2,Stool,blue\n3,stool,Red\n4,Stool,\n")
    askew("duplicates", "t.csv", *HASHING, *fields, "--clean", "c.csv")
    assert [row["id"] for row in table(tmp_path / "c.csv")] == ["1", "2", "4"]


def test_a_workbook_is_cleaned_and_restored(askew: Here, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "text", "price"])
    for row in ([1, "red tents on a hill", 3.5], [2, "soup of the day", 4], [3, "Red tents on a hill", 5]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert askew("duplicates", "t.xlsx", *HASHING, "--clean", "c.xlsx").code == 0
    left = openpyxl.load_workbook(tmp_path / "c.xlsx").active
    assert [tuple(row) for row in left.iter_rows(values_only=True)][1:] == [
        (1, "red tents on a hill", 3.5),
        (2, "soup of the day", 4),
    ]
    [row] = table(tmp_path / "c.xlsx.removed.csv")
    assert (row["row"], row["price"], row["kept_row"]) == ("4", "5.0", "2")
    assert askew("restore", "c.xlsx.removed.jsonl", "c.xlsx", "--id", "3").code == 0
    assert (tmp_path / "c.xlsx").read_bytes() == (tmp_path / "t.xlsx").read_bytes()
    refused(askew("duplicates", "t.xlsx", *HASHING, "--clean", "c.csv"), ".xlsx")


def test_a_parquet_file_keeps_its_schema(askew: Here, tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.int32()), ("text", pa.string()), ("at", pa.timestamp("ms"))], metadata={"who": "me"})
    rows = {"id": [1, 2, 3], "text": ["red tents", "soup", "Red tents!"], "at": [0, 1, None]}
    pa.parquet.write_table(pa.table(rows, schema), tmp_path / "t.parquet", compression="gzip")
    assert askew("duplicates", "t.parquet", *HASHING, "--clean", "c.parquet").code == 0
    left = pa.parquet.read_table(tmp_path / "c.parquet")
    assert (left.column("id").to_pylist(), left.schema) == ([1, 2], schema)
    assert left.schema.metadata == {b"who": b"me"}
    assert pa.parquet.ParquetFile(tmp_path / "c.parquet").metadata.row_group(0).column(0).compression == "GZIP"
    askew("restore", "c.parquet.removed.jsonl", "c.parquet", "--all")
    assert (tmp_path / "c.parquet").read_bytes() == (tmp_path / "t.parquet").read_bytes()


def test_a_workbook_whose_original_has_changed_is_not_restored(askew: Here, tmp_path: Path) -> None:
    test_a_workbook_is_cleaned_and_restored(askew, tmp_path)
    askew("duplicates", "t.xlsx", *HASHING, "--clean", "d.xlsx")
    before = (tmp_path / "d.xlsx").read_bytes()
    (tmp_path / "t.xlsx").write_bytes(b"other")
    refused(askew("restore", "d.xlsx.removed.jsonl", "d.xlsx", "--all"), "t.xlsx has changed")
    assert (tmp_path / "d.xlsx").read_bytes() == before


def test_files_are_complete_when_nobody_reads_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TENTS)
    line = f"{ASKEW} duplicates t.csv {' '.join(HASHING)} --clean c.csv --out o.csv | true"
    subprocess.run(line, shell=True, cwd=tmp_path, check=True, timeout=120, stderr=subprocess.DEVNULL)
    assert [row["id"] for row in table(tmp_path / "c.csv")] == ["a", "d", "e"]
    assert len(table(tmp_path / "c.csv.removed.csv")) == 2
    assert len(table(tmp_path / "o.csv")) == 3


def test_a_guarantee_made_on_a_file_widens_its_cleaning_and_that_of_no_other(askew: Here, tmp_path: Path) -> None:
    same = [(f"a red tent number {n}", f"that red tent number {n} there") for n in range(60)]
    other = [f"blue kayaks on lake {n}" for n in range(60)]
    rows = [*(text for pair in same for text in pair), *other]
    (tmp_path / "t.csv").write_text("text\n" + "".join(f"{text}\n" for text in rows))
    (tmp_path / "u.csv").write_text("text\nblue kayak\nthat blue kayak there\n")
    labels = [f"{a},{b},1\n" for a, b in same] + [f"{a},{c},0\n" for (a, _), c in zip(same, other, strict=True)]
    (tmp_path / "said.csv").write_text("text1,text2,label\n" + "".join(labels))
    refused(askew("duplicates", "t.csv", "--model", "hashing", "--min-confidence", "0.9", "--dry-run"), "calibrat")
    assert askew("calibrate", "t.csv", "--labels", "said.csv", "--model", "hashing").code == 0
    given = ("--model", "hashing", "--min-confidence", "0.9", "--labels", "near-identical", "--labels", "paraphrase")
    gone = askew("duplicates", "t.csv", *given, "--dry-run", "--json").json["removed"]
    assert {row["reason"] for row in gone} == {"reaches the guaranteed threshold"}
    refused(askew("duplicates", "u.csv", *given, "--dry-run"), "other data")
