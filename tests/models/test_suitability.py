from dataclasses import replace
from pathlib import Path

import pytest

from askew import paths
from askew.models import cards
from askew.models.suitability import READ, doubt, foreign_languages, sampled

GERMAN = "Die Rechnung wird am Ende des Monats an Ihre Adresse geschickt, wenn Sie nichts anderes bestellt haben."
FRENCH = "La facture est envoyée à votre adresse à la fin du mois si vous n'avez rien demandé d'autre."
ENGLISH = "The invoice is sent to your address at the end of the month if you have not asked for anything else."
MINILM = cards.get("all-MiniLM-L6-v2")


def again(model: str) -> str:
    return f"again --model {model}"


def test_shares_of_languages_that_a_model_does_not_know() -> None:
    texts = [*[GERMAN] * 6, *[FRENCH] * 2, *[ENGLISH] * 2]
    assert foreign_languages(texts, MINILM) == {"de": 0.6, "fr": 0.2}
    assert foreign_languages([GERMAN, *[ENGLISH] * 10], MINILM) == {}
    assert foreign_languages([*[GERMAN] * 29, FRENCH], MINILM) == {"de": 29 / 30}
    assert foreign_languages(texts, cards.get("multilingual-e5-small")) == {}
    assert foreign_languages(texts, replace(MINILM, languages=("any",))) == {}
    assert foreign_languages(texts, replace(MINILM, languages=("unknown",))) == {}
    assert foreign_languages([], MINILM) == {}


def test_a_doubt_names_languages_and_a_model_that_knows_them() -> None:
    told = doubt([GERMAN, FRENCH], MINILM.name, "faq", again)
    assert "German" in told
    assert "French" in told
    better = told.rpartition("--model ")[2]
    assert {"de", "fr"} <= set(cards.get(better).languages)
    assert doubt([ENGLISH], MINILM.name, "faq", again) == ""
    assert doubt([GERMAN], "of-no-card", "faq", again) == ""


def test_a_doubt_on_the_task_is_only_of_a_chosen_model() -> None:
    assert "asymmetric" in doubt([ENGLISH], MINILM.name, "question-answering", again)
    assert doubt([ENGLISH], MINILM.name, "question-answering", again, chosen=False) == ""
    assert doubt([ENGLISH], "multi-qa-MiniLM-L6-cos-v1", "question-answering", again) == ""


def test_a_card_of_ones_own_tells_its_tasks_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "own_cards", lambda: tmp_path)
    card = replace(MINILM, name="own", trained="", tasks=("paraphrase",))
    monkeypatch.setattr(cards, "get", lambda name: card if name == "own" else original(name))
    monkeypatch.setattr(cards, "names", lambda: [*cards.built_in(), "own"])
    assert "made for paraphrase, not for faq" in doubt([ENGLISH], "own", "faq", again)
    card = replace(card, tasks=())
    assert doubt([ENGLISH], "own", "faq", again) == ""


original = cards.get


def test_texts_are_sampled_from_all_over() -> None:
    assert sampled([1, 2, 3]) == [1, 2, 3]
    found = sampled(range(10_000))
    assert READ <= len(found) < 2 * READ
    assert found[-1] >= 9_900
