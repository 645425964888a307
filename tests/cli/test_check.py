import json
import sqlite3
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.patients import plain_texts

from askew.cli.check import listed, shown
from askew.diagnostics.finding import Finding, Level, fine
from askew.diagnostics.run import Diagnosis, Health, check, finding_fields
from askew.faq.faq import Faq

HUB = Finding("hubs", 0.3, "One text is near everything.", "askew delete book ID")
NOTE = Finding("floor", 0.8, "Two random texts score 0.8.", level=Level.NOTE)
DIAGNOSIS = Diagnosis((HUB, NOTE, fine("room", 0, "Little.")), 100)


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


def test_a_damaged_index_is_exit_code_1_and_names_the_document(askew: Here, handbook: Path) -> None:
    with sqlite3.connect(handbook / "book.askew" / "catalog.sqlite") as connection:
        connection.execute("DELETE FROM texts WHERE number = 1")
    connection.close()
    outcome = askew("check", "book")
    assert outcome.code == 1
    assert outcome.out.startswith("error: ")
    assert "leave.md" in outcome.out
    assert len(askew("check", "book", "--json").json["faults"]) >= 1
    assert askew("check", "book", "--json").json["findings"] == []


def test_advice_fails_only_a_strict_check(askew: Here, repeated: Path) -> None:
    outcome = askew("check", "twice")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "Clean: 60 documents in 60 passages."
    place = next(number for number, line in enumerate(lines) if line.startswith("advice  repeats: "))
    assert lines[place + 1] == "        -> askew duplicates twice --threshold 0.95"
    assert askew("check", "twice", "--strict").code == 1
    assert "\nfine    lengths: " in askew("check", "twice", "--all", "--deep").out


def test_the_remedy_can_be_run(askew: Here, repeated: Path) -> None:
    pairs = askew("duplicates", "twice", "--threshold", "0.95", "--json").json["pairs"]
    assert sum(pair["layer"] == "identical" for pair in pairs) == 30


def test_quick_and_queries(askew: Here, repeated: Path) -> None:
    assert askew("check", "twice", "--quick").out == "Clean: 60 documents in 60 passages.\n"
    words = ("glacier", "violin", "river", "bread")
    (repeated / "log.txt").write_text("".join(f"the {word}\n" for word in words))
    found = askew("check", "twice", "--queries", "log.txt", "--json").json["findings"]
    assert next(one for one in found if one["name"] == "hubs")["level"] == "unknown"
    refused(askew("check", "twice", "--quick", "--queries", "log.txt"), "--quick")
    refused(askew("check", "twice", "--queries", "no.txt"), "no.txt")


def test_findings_are_printed_with_level_channel_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    shown(listed(DIAGNOSIS, everything=False))
    shown([NOTE], "answers")
    assert capsys.readouterr().out == (
        "advice  hubs: One text is near everything.\n"
        "        -> askew delete book ID\n"
        "note    floor: Two random texts score 0.8.\n"
        "note    answers: floor: Two random texts score 0.8.\n"
    )
    assert len(listed(DIAGNOSIS, everything=True)) == 3


def test_findings_as_json() -> None:
    assert finding_fields(DIAGNOSIS)[0] == {
        "name": "hubs",
        "figure": 0.3,
        "sentence": "One text is near everything.",
        "remedy": "askew delete book ID",
        "level": "advice",
    }


def test_health_of_an_index_and_of_a_faq(askew: Here, handbook: Path) -> None:
    book = check(handbook / "book")
    assert (book.intact, book.advised, list(book.sizes), list(book.diagnoses)) == (True, False, [""], [""])
    with Faq.create(handbook / "help", model="hashing") as faq:
        faq.add({"id": "a", "question": "Is it open?", "answer": "Until six."})
        faq.questions.delete(["a"])
    health = check(handbook / "help")
    assert (health.intact, health.unpaired, health.diagnoses) == (False, ("a",), {})
    assert Health((), (), {}, {"": DIAGNOSIS}).advised
