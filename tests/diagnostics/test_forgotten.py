import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import tiny_families
from helpers.patients import Make
from helpers.tiny_prompts import card_of

from askew.cli.app import run
from askew.diagnostics.finding import Level
from askew.diagnostics.model_checks import missing_prompt
from askew.diagnostics.run import diagnose
from askew.index import Index
from askew.models import cards
from askew.types import Document

PROMPTS = {"default": {"query": "query: ", "document": "passage: "}}


@pytest.fixture
def prompted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weightless model's card, if it had E5's prompts; the index is sealed without."""
    card = replace(cards.get("hashing"), prompts=PROMPTS)
    monkeypatch.setattr("askew.diagnostics.finding.cards.get", lambda name: card)


def test_a_card_without_prompts_forgets_none(patient: Make) -> None:
    [finding] = missing_prompt(patient(["one"]))
    assert finding.level is Level.FINE


@pytest.mark.parametrize(("task", "roles"), [("question-answering", 2), ("paraphrase", 1)])
def test_prompts_of_the_roles_that_the_task_uses_are_missed(
    patient: Make, request: pytest.FixtureRequest, task: str, roles: int
) -> None:
    case = patient(["one"], task=task)
    request.getfixturevalue("prompted")
    found = missing_prompt(case)
    assert [finding.level for finding in found] == [Level.ADVICE] * roles
    assert "puts 'passage: ' before each document, this index nothing" in found[-1].sentence
    query = "--query-prompt 'query: ' " if roles == 2 else ""
    assert found[-1].remedy == f"askew migrate patient {query}--document-prompt 'passage: ' --switch"


def test_an_index_that_was_really_made_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model whose card has prompts as E5's has, and an index without: it is told, and the remedy mends it."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    card = str(card_of(tiny_families.save("bert", tmp_path / "model")))
    none = {"query": "", "document": ""}
    with Index.create("bare", "question-answering", model=card, prompts=none) as index:
        index.add([Document("d0", "the cat sat on the mat"), Document("d1", "a dog can stay home")])
        found = [one for one in diagnose(index, "bare").findings if one.name == "prompts"]
    assert [(one.level, one.remedy) for one in found] == [(Level.ADVICE, found[0].remedy)] * 2
    monkeypatch.setattr("sys.argv", shlex.split(found[0].remedy))
    assert run() == 0
    with Index.open("bare") as index:
        mended = next(one for one in diagnose(index, "bare").findings if one.name == "prompts")
    assert mended.level is not Level.ADVICE
