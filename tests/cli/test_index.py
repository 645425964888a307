import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.models import cards

MODEL = "all-MiniLM-L6-v2"

ROWS = '{"id": "a", "text": "red tents"}\n{"id": "b", "text": "blue kayak"}\n'


def make(askew: Here, *more: str):
    return askew("index", "x", "rows.jsonl", "--task", "paraphrase", "--model", "hashing", *more)


def test_fields_of_a_faq_are_refused_for_an_index(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,text\n1,red\n")
    refused(askew("index", "x", "d.csv", "--task", "question-answering", "--question-field", "q"), "--task faq")


def test_indexing_twice_costs_nothing_the_second_time(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    assert make(askew).out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."
    (tmp_path / "rows.jsonl").write_text(ROWS.replace("red", "green"))
    outcome = askew("index", "x", "rows.jsonl", "--json")
    found = outcome.json
    [file] = found.pop("files")
    assert (file["path"], file["fate"], file["documents"], found.pop("skipped")) == ("rows.jsonl", "read", 2, [])
    counts = {"new": 0, "changed": 1, "unchanged": 1, "truncated": 0, "unknown": 0, "truncated_sparse": 0, "removed": 0}
    assert found == {**counts, "documents": 2, "passages": 2}


def test_stdin_can_be_indexed(askew: Here) -> None:
    outcome = askew("index", "x", "-", "--format", "jsonl", "--task", "paraphrase", "--model", "hashing", stdin=ROWS)
    assert outcome.out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."


def test_a_new_index_needs_its_task(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    refused(askew("index", "x", "rows.jsonl"), "x.askew", "askew tasks")
    refused(askew("index", "x", "rows.jsonl", "--task", "fak"), "'fak'", "faq")
    refused(make(askew, "--precision", "int4"), "'int4'", "int8")
    refused(make(askew, "--recall", "2"), "0.5")
    refused(make(askew, "--policy", "cut"), "'cut'", "chunk")
    refused(askew("index", "x", "rows.jsonl", "--task", "paraphrase", "--model", "hash"), "hashing")
    assert not (tmp_path / "x.askew").exists()


def test_a_path_that_is_not_there_is_said_before_a_missing_task(askew: Here, tmp_path: Path) -> None:
    refused(askew("index", "x", "absent"), "No such file or folder: absent")
    refused(askew("index", "x", "absent.csv", "--task", "fak"), "No such file or folder: absent.csv")
    assert not (tmp_path / "x.askew").exists()


def test_settings_that_differ_from_the_contract_are_listed(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    make(askew)
    outcome = askew("index", "x", "rows.jsonl", "--task", "faq", "--overlap", "3")
    refused(outcome, "paraphrase", "faq", "overlap", "32", "3")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"id": "a", "text": "fine"}\n{"id": "b"\n', ["rows.jsonl:2", "--strict"]),
        (b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', ["'a'", "rows.jsonl:1", "rows.jsonl:2"]),
        (b"", ["rows.jsonl"]),
    ],
)
def test_bad_input_is_named_and_adds_nothing(askew: Here, tmp_path: Path, content: bytes, words: list[str]) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    make(askew)
    (tmp_path / "rows.jsonl").write_bytes(content)
    refused(askew("index", "x", "rows.jsonl", "--strict"), *words)
    assert askew("show", "x", "--json").json["sizes"]["documents"] == 2


def test_a_bad_row_costs_the_row_and_the_exit_code_says_so(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS + "{\n")
    (tmp_path / "noise.txt").write_bytes(bytes(range(32)))
    outcome = askew("index", "x", "rows.jsonl", "noise.txt", "--task", "duplicate-questions")
    assert outcome.code == 1
    assert outcome.out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."
    assert all(word in outcome.err for word in ("rows.jsonl:3", "noise.txt"))


def test_bad_rows_are_skipped_and_counted_when_asked(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS + "{\n")
    outcome = make(askew, "--skip-bad")
    assert outcome.out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."
    assert "rows.jsonl:3" in outcome.err


def test_missing_files_are_named(askew: Here) -> None:
    refused(askew("index", "x", "nowhere.csv", "--task", "paraphrase", "--model", "hashing"), "nowhere.csv")


def test_truncated_documents_are_reported(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "text": "' + "word " * 100_001 + '"}\n')
    outcome = make(askew, "--policy", "warn")
    assert "100,000" in outcome.err
    assert askew("index", "x", "rows.jsonl", "--json").json["truncated"] == 0
    assert askew("show", "x", "--json").json["sizes"]["truncated"] == 1
    refused(
        askew("index", "y", "rows.jsonl", "--task", "paraphrase", "--model", "hashing", "--policy", "error"),
        "100,001",
    )


def test_delete(askew: Here, handbook: Path) -> None:
    assert askew("delete", "book", "pets.md", "none").code == 0
    assert askew("delete", "book", "pets.md").code == 1
    assert askew("delete", "book", "leave.md", "--json").json == {"deleted": 1}
    assert askew("search", "book", "dogs").code == 1


def test_a_model_for_another_kind_of_task_is_noted(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    outcome = askew("index", "x", "rows.jsonl", "--task", "question-answering", "--model", "all-MiniLM-L6-v2")
    [note] = outcome.err.splitlines()
    assert re.search(r"all-MiniLM-L6-v2 was .*symmetric.* points against .* askew migrate x --to \S+$", note)
    assert askew("index", "y", "rows.jsonl", "--task", "question-answering").err == ""


GERMAN = (
    "Wie kann ich mein Passwort zurücksetzen, wenn ich es vergessen habe?",
    "Die Rechnung wird am Ende des Monats an Ihre Adresse geschickt.",
    "Der Hund darf freitags mit ins Büro kommen, wenn alle einverstanden sind.",
)
ENGLISH = (
    "How do I reset my password when I have forgotten it?",
    "The invoice is sent to your address at the end of the month.",
    "Dogs may come to the office on Fridays if everyone agrees.",
)


def test_a_language_that_the_model_does_not_know_is_noted_in_one_line(askew: Here, tmp_path: Path) -> None:
    for name, texts in (("german", GERMAN), ("english", ENGLISH)):
        (tmp_path / name).mkdir()
        for number, text in enumerate(texts):
            (tmp_path / name / f"{number}.txt").write_text(text, "utf-8")
    assert askew("index", "y", "english", "--task", "question-answering").err == ""
    [note] = askew("index", "x", "german", "--task", "question-answering").err.splitlines()
    assert re.search(r"all-MiniLM-L6-v2 .*\bGerman\b", note)
    better = re.findall(r"askew migrate x --to (\S+)$", note)
    assert "de" in cards.get(better[0]).languages
    assert f"askew models pull {better[0]}, then" in note
    assert askew("index", "x", "german").err == ""  # nothing is new
    [note] = askew("index", "z", "german", "--task", "question-answering", "--model", MODEL, "--json").err.splitlines()
    assert "German" in note
    assert "asymmetric" in note
    assert askew("index", "h", "german", "--task", "question-answering", "--model", "hashing").err == ""


def test_a_language_that_the_model_does_not_know_is_noted_for_files_too(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "german.txt").write_text("\n".join(GERMAN), "utf-8")
    (tmp_path / "english.txt").write_text("\n".join(ENGLISH), "utf-8")
    for command in (("duplicates",), ("cluster",)):
        told = askew(*command, "german.txt", "--model", MODEL).err
        assert told.count("German") == 1
        assert re.search(r"--model \S*multilingual\S*", told)
        assert "German" not in askew(*command, "english.txt", "--model", MODEL).err


def test_a_first_attempt_that_fails_leaves_no_index_behind(askew: Here, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    outcome = askew("index", "x", "rows.jsonl", "--task", "paraphrase", "--model", "text-embedding-3-small")
    refused(outcome, "OPENAI_API_KEY")
    assert not (tmp_path / "x.askew").exists()
    make(askew)
    (tmp_path / "long.jsonl").write_text('{"text": "' + "word " * 100_001 + '"}\n')
    assert askew("index", "x", "long.jsonl").code == 0


def test_options_of_a_faq_are_refused_for_an_index(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    for option in ("--question-model", "--answer-model"):
        refused(askew("index", "x", "rows.jsonl", "--task", "paraphrase", option, "hashing"), option)
    assert not (tmp_path / "x.askew").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_a_small_table_needs_little_memory(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,a tent\n")
    code = (
        "import resource, sys; from askew.cli import main;"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30));"
        "sys.argv[1:] = 'index b a.csv --task question-answering --model hashing'.split(); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 document" in done.stdout


def test_verify_compares_what_times_do_not_tell(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    make(askew)
    assert askew("index", "x", "rows.jsonl", "--verify", "--json").json["changed"] == 0
    before = (tmp_path / "rows.jsonl").stat()
    (tmp_path / "rows.jsonl").write_text(ROWS.replace("red", "tan"))
    os.utime(tmp_path / "rows.jsonl", ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert (tmp_path / "rows.jsonl").stat().st_size == before.st_size
    assert askew("index", "x", "rows.jsonl", "--verify", "--json").json["changed"] == 1
