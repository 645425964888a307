import sqlite3
from pathlib import Path

from helpers.cli import Here


def test_a_clean_index(askew: Here, handbook: Path) -> None:
    assert askew("check", "book").out == "Clean: 2 documents in 3 passages.\n"
    assert askew("check", "book", "--json").json == {"faults": [], "documents": 2, "passages": 3}


def test_a_damaged_index_is_exit_code_1_and_says_what_is_wrong(askew: Here, handbook: Path) -> None:
    with sqlite3.connect(handbook / "book.askew" / "catalog.sqlite") as connection:
        connection.execute("DELETE FROM texts WHERE number = 1")
    connection.close()
    outcome = askew("check", "book")
    assert outcome.code == 1
    assert "fault: Document 'leave.md' is not whole" in outcome.out
