from pathlib import Path

import pytest
from helpers import encoder_pairs
from helpers.cli import Here, refused

pytest.importorskip("sentence_transformers")
pytest.importorskip("accelerate")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, name in (("ASKEW_CARDS", "cards"), ("ASKEW_CACHE", "cache")):
        monkeypatch.setenv(variable, str(tmp_path / name))
    encoder_pairs.for_the_guide(tmp_path)


def test_a_tower_is_distilled_paired_and_migrated_to(askew: Here, tmp_path: Path) -> None:
    distil = ("models", "distil-queries", "tower", "--documents", "./document-encoder", "--student", "./small-encoder")
    refused(askew(*distil), "--texts", "--corpus")
    made = askew(*distil, "--texts", "questions.txt", "--steps", "4", "--json").json
    assert (made["name"], made["texts"], made["fitted"]["total"]) == ("tower", 300, 4)
    assert made["agreement"]["found"] > 0.5
    refused(askew(*distil, "--texts", "questions.txt"), "already")
    askew("models", "pair", "ours", "--documents", "our-document-encoder", "--queries", "tower")
    (tmp_path / "a.csv").write_text("id,text\n1,two men are playing chess\n2,my password\n")
    askew("index", "i", "a.csv", "--task", "question-answering", "--model", "our-document-encoder")
    moved = askew("migrate", "i", "--to", "ours", "--switch", "--json").json
    assert (moved["copied"], moved["encoded"]) == (2, 0)
    assert askew("search", "i", "playing chess", "-k", "1", "--json").json["hits"][0]["id"] == "1"


def test_texts_are_taken_from_documents_without_those_of_an_evaluation(askew: Here, tmp_path: Path) -> None:
    lines = (tmp_path / "questions.txt").read_text("utf-8").splitlines()
    (tmp_path / "documents").mkdir()
    for number, line in enumerate(lines[:40]):
        (tmp_path / "documents" / f"{number}.md").write_text(f"# The {line}\n\nOne says {line}. Others say nothing.\n")
    (tmp_path / "asked.txt").write_text(f"the {lines[0]}\n")
    fit = ("models", "fit-queries", "small", "--documents", "./document-encoder", "--corpus", "documents")
    assert askew(*fit, "--limit", "60", "--json").json["texts"] == 60
    (tmp_path / "small").rename(tmp_path / "first")
    every = askew(*fit, "--json").json["texts"]
    (tmp_path / "small").rename(tmp_path / "second")
    assert askew(*fit, "--without", "asked.txt", "--json").json["texts"] == every - 1
    (tmp_path / "small").rename(tmp_path / "third")
    (tmp_path / "loud.txt").write_text(f"{lines[0].upper()}\n{lines[1]}!\n")
    fit = (*fit[:-2], "--texts", "questions.txt")
    assert askew(*fit, "--without", "loud.txt", "--json").json["texts"] <= len(lines) - 1
    refused(askew(*fit[:-2]), "--texts", "--corpus")
