from pathlib import Path

import pytest
from helpers.adaptable import adaptable, write_judged
from helpers.cli import Here, refused

pytest.importorskip("scipy")


@pytest.fixture
def asked(askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    write_judged(adaptable(tmp_path), tmp_path)
    return tmp_path


def test_an_index_is_adapted_and_the_next_step_is_told(askew: Here, asked: Path) -> None:
    data = ("--queries", "queries.jsonl", "--qrels", "qrels.tsv", "--forgetting", "foreign.jsonl")
    found = askew("adapt", "book", *data, "--method", "ridge", "--json").json
    assert found["accepted"]
    assert found["model"] == "book-adapted"
    assert found["held_out"]["trained"] > found["held_out"]["base"]
    assert found["data"]["parts"]["test"]["queries"] == 40
    refused(askew("adapt", "book", *data), "book-adapted")
    said = askew("adapt", "book", *data, "--method", "ridge", "--out", "second")
    assert "askew migrate book --to second" in said.out
    assert askew("migrate", "book", "--to", "second", "--json").json["copied"] == 200


def test_bad_input_is_refused(askew: Here, asked: Path) -> None:
    data = ("--queries", "queries.jsonl", "--qrels", "qrels.tsv", "--forgetting", "foreign.jsonl")
    refused(askew("adapt", "book", *data, "--method", "magic"), "magic")
    refused(askew("adapt", "none", *data), "none")
    (asked / "few.tsv").write_text("q1\td0\t1\n")
    refused(askew("adapt", "book", "--queries", "queries.jsonl", "--qrels", "few.tsv"), "300")
