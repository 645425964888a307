from pathlib import Path

import pytest
from helpers.cli import Here, refused

ROWS = '{"id": "a", "text": "red tents"}\n{"id": "b", "text": "blue kayak"}\n'


def make(askew: Here, *more: str):
    return askew("index", "x", "rows.jsonl", "--task", "paraphrase", "--model", "hashing", *more)


def test_indexing_twice_costs_nothing_the_second_time(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    assert make(askew).out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."
    (tmp_path / "rows.jsonl").write_text(ROWS.replace("red", "green"))
    outcome = askew("index", "x", "rows.jsonl", "--json")
    found = outcome.json
    [file] = found.pop("files")
    assert (file["path"], file["fate"], file["documents"], found.pop("skipped")) == ("rows.jsonl", "read", 2, [])
    counts = {"new": 0, "changed": 1, "unchanged": 1, "truncated": 0, "removed": 0}
    assert found == {**counts, "documents": 2, "passages": 2}


def test_stdin_can_be_indexed(askew: Here) -> None:
    outcome = askew("index", "x", "-", "--format", "jsonl", "--task", "paraphrase", "--model", "hashing", stdin=ROWS)
    assert outcome.out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."


def test_a_new_index_needs_its_task(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    refused(askew("index", "x", "rows.jsonl"), "name its task: --task")
    refused(askew("index", "x", "rows.jsonl", "--task", "fak"), "no task 'fak'", "Did you mean faq?")
    refused(make(askew, "--precision", "int4"), "'int4'", "int8")
    refused(make(askew, "--recall", "2"), "recall")
    refused(make(askew, "--policy", "cut"), "no policy 'cut'", "chunk")
    refused(askew("index", "x", "rows.jsonl", "--task", "paraphrase", "--model", "hash"), "Did you mean hashing?")
    assert not (tmp_path / "x.askew").exists()


def test_settings_other_than_the_sealed_ones_are_refused_side_by_side(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    make(askew)
    outcome = askew("index", "x", "rows.jsonl", "--task", "faq", "--overlap", "3")
    refused(outcome, "task     index: paraphrase  given: faq", "overlap  index: 32          given: 3")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"id": "a", "text": "fine"}\n{"id": "b"\n', ["rows.jsonl:2", "--skip-bad"]),
        (b'{"id": "a", "text": "caf\xe9"}\n', ["rows.jsonl", "UTF-8"]),
        (b'{"id": "a", "colour": "red", "size": "4"}\n', ["--text-field", "colour"]),
        (b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', ["'a'", "rows.jsonl:1", "rows.jsonl:2"]),
        (b"", ["rows.jsonl"]),
    ],
)
def test_bad_input_is_named_and_adds_nothing(askew: Here, tmp_path: Path, content: bytes, words: list[str]) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    make(askew)
    (tmp_path / "rows.jsonl").write_bytes(content)
    refused(askew("index", "x", "rows.jsonl"), *words)
    assert askew("check", "x").out == "Clean: 2 documents in 2 passages.\n"


def test_bad_rows_are_skipped_and_counted_when_asked(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS + "{\n")
    outcome = make(askew, "--skip-bad")
    assert outcome.out.splitlines()[0] == "2 new, 0 changed, 0 unchanged."
    assert "rows.jsonl:3" in outcome.err


def test_missing_files_are_named(askew: Here) -> None:
    refused(askew("index", "x", "nowhere.csv", "--task", "paraphrase", "--model", "hashing"), "nowhere.csv")


def test_what_the_model_cannot_see_is_said(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "text": "' + "word " * 100_001 + '"}\n')
    outcome = make(askew, "--policy", "warn")
    assert "1 document is longer than the 100000 tokens" in outcome.err.replace(",", "")
    refused(
        askew("index", "y", "rows.jsonl", "--task", "paraphrase", "--model", "hashing", "--policy", "error"),
        "1 document is longer",
        "100,001 tokens, 1 would be lost",
    )


def test_delete(askew: Here, handbook: Path) -> None:
    assert askew("delete", "book", "pets.md", "none").out == "1 of 2 documents deleted.\n"
    assert askew("delete", "book", "pets.md").code == 1
    assert askew("delete", "book", "leave.md", "--json").json == {"deleted": 1}
    assert askew("search", "book", "dogs").code == 1


def test_a_model_of_the_other_kind_is_doubted_aloud(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    outcome = askew("index", "x", "rows.jsonl", "--task", "question-answering", "--model", "all-MiniLM-L6-v2")
    for words in ("all-MiniLM-L6-v2", "symmetric tasks", "question-answering is asymmetric"):
        assert words in outcome.err
    assert "askew models choose --task question-answering" in outcome.err
    assert askew("index", "y", "rows.jsonl", "--task", "question-answering").err == ""


def test_a_first_try_that_fails_leaves_no_index_behind(askew: Here, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    outcome = askew("index", "x", "rows.jsonl", "--task", "paraphrase", "--model", "text-embedding-3-small")
    refused(outcome, "OPENAI_API_KEY is not set")
    assert not (tmp_path / "x.askew").exists()
    make(askew)
    (tmp_path / "long.jsonl").write_text('{"text": "' + "word " * 100_001 + '"}\n')
    assert askew("index", "x", "long.jsonl").code == 0


def test_models_of_a_faq_are_refused_for_all_else(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(ROWS)
    for option in ("--question-model", "--answer-model"):
        refused(askew("index", "x", "rows.jsonl", "--task", "paraphrase", option, "hashing"), option, "for a FAQ")
    assert not (tmp_path / "x.askew").exists()
