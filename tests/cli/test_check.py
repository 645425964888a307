import json
import sqlite3
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.patients import plain_texts


@pytest.fixture
def repeated(askew: Here, tmp_path: Path) -> Path:
    """Sixty documents, thirty of them twice."""
    texts = [*plain_texts(30), *plain_texts(30)]
    rows = [json.dumps({"id": f"d{i}", "text": text}) for i, text in enumerate(texts)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    assert askew("index", "twice", "rows.jsonl", "--task", "question-answering", "--model", "hashing").code == 0
    return tmp_path


def test_a_clean_index(askew: Here, handbook: Path) -> None:
    assert askew("check", "book").out == "Clean: 2 documents in 3 passages.\n"
    found = askew("check", "book", "--json").json
    assert {key: found[key] for key in ("faults", "documents", "passages")} == {
        "faults": [], "documents": 2, "passages": 3,
    }  # fmt: skip
    assert {finding["level"] for finding in found["findings"]} == {"fine", "unknown"}


def test_a_damaged_index_is_exit_code_1_and_says_what_is_wrong(askew: Here, handbook: Path) -> None:
    with sqlite3.connect(handbook / "book.askew" / "catalog.sqlite") as connection:
        connection.execute("DELETE FROM texts WHERE number = 1")
    connection.close()
    outcome = askew("check", "book")
    assert outcome.code == 1
    assert "Document 'leave.md' " in outcome.out


def test_advice_comes_after_the_line_and_fails_only_a_strict_check(askew: Here, repeated: Path) -> None:
    outcome = askew("check", "twice")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "Clean: 60 documents in 60 passages."
    place = next(number for number, line in enumerate(lines) if line.startswith("advice  repeats: In 100 % of 60 "))
    assert lines[place + 1] == "        -> askew duplicates twice --threshold 0.95"
    assert askew("check", "twice", "--strict").code == 1
    assert "\nfine    lengths: " in askew("check", "twice", "--all", "--deep").out


def test_the_remedy_can_be_run(askew: Here, repeated: Path) -> None:
    assert "0.95 or more: 30 identical" in askew("duplicates", "twice", "--threshold", "0.95").out


def test_quick_and_queries(askew: Here, repeated: Path) -> None:
    assert askew("check", "twice", "--quick").out == "Clean: 60 documents in 60 passages.\n"
    words = ("glacier", "violin", "river", "bread")
    (repeated / "log.txt").write_text("".join(f"the {word}\n" for word in words))
    found = askew("check", "twice", "--queries", "log.txt", "--json").json["findings"]
    assert next(one for one in found if one["name"] == "hubs")["level"] == "unknown"
    refused(askew("check", "twice", "--quick", "--queries", "log.txt"), "--quick looks at no vectors")
    refused(askew("check", "twice", "--queries", "no.txt"), "no.txt")
