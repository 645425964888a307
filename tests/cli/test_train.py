"""`askew train` from the command line: figures, verdict and what to do next; nothing else is printed."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("accelerate", reason="install askew[train]")

from helpers import lessons
from helpers.cli import Here, refused

from askew.models import cards


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    lessons.pairs(tmp_path / "pairs.jsonl")
    lessons.base(tmp_path)
    return tmp_path


def test_a_model_is_trained_judged_and_registered_only_if_better(askew: Here, pairs: Path) -> None:
    command = ["train", "pairs.jsonl", "--task", "question-answering", "--base", "base", "--steps", "5"]
    outcome = askew(*command, "--out", "one", "--json")
    assert outcome.err == ""
    told = outcome.json
    assert told["recipe"] == "contrastive"
    assert told["fitted"]["total"] == 5
    assert told["verdict"]["offered"] is ("one" in cards.names())
    assert not (pairs / "one.run").exists()
    forced = askew(*command, "--out", "two", "--force")
    assert forced.err.count("\n") <= 2  # notes of the verdict
    assert "two is registered" in forced.out
    assert "askew migrate NAME --to two" in forced.out
    assert "two" in cards.names()


def test_bad_input_is_refused(askew: Here, pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["train", "pairs.jsonl", "--task", "question-answering", "--base", "base", "--out", "out"]
    (pairs / "odd.csv").write_text("a,b\n1,2\n")
    refused(askew("train", "odd.csv", *command[2:]), "odd.csv")
    refused(askew(*command, "--batch", "1"), "batch")
    refused(askew(*command, "--towers", "three"), "three")
    refused(askew(*command[:-1], "pairs.jsonl"), "pairs.jsonl")
    refused(askew(*command[:-1], str(pairs / "no" / "out")), "no")
    refused(askew(*command[:5], "no-such-model", "--out", "out"), "no-such-model")
    monkeypatch.setitem(sys.modules, "accelerate", None)
    refused(askew(*command), "askew[train]")
    assert not (pairs / "out").exists()
    assert not (pairs / "out.run").exists()
