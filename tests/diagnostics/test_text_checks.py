from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.patients import Make, entry, plain_texts, spread

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import draw, neighbours, search_passages
from askew.diagnostics.text_checks import boilerplate, repeated_answers, short_passages, truncation, unknown_languages
from askew.models import cards
from askew.progress import silent

HEADER = "Brown & Sons Ltd. – internal – do not copy without leave"


def found(case: DiagnosticContext) -> Finding:
    [finding] = boilerplate(case, draw(case.index.store))
    return finding


@pytest.mark.parametrize("between", ["\n", ". "])
def test_a_header_of_every_page(patient: Make, between: str) -> None:
    finding = found(patient([f"{HEADER}{between}{text}" for text in plain_texts(80)]))
    assert finding.level is Level.ADVICE
    assert 0.2 < finding.figure < 0.7
    assert "Brown & Sons" in finding.sentence
    assert "100 % of the documents" in finding.sentence


def test_one_in_few_documents_or_between_long_texts(patient: Make) -> None:
    texts = plain_texts(100)
    assert found(patient([f"{HEADER}\n{text}" if i < 10 else text for i, text in enumerate(texts)])).figure == 0
    finding = found(patient([f"{HEADER}\n{(text + ' ') * 40}" for text in texts]))
    assert finding.level is Level.NOTE


def test_documents_that_are_the_same_altogether_are_another_finding(patient: Make) -> None:
    assert found(patient([*plain_texts(60), *["The same notice stands here again."] * 40])).level is Level.FINE
    assert found(patient([*plain_texts(9), *["The same notice stands here again."] * 90])).level is Level.UNKNOWN


def found_short(case: DiagnosticContext) -> Finding:
    sample = draw(case.index.store)
    [finding] = short_passages(case, sample, neighbours(sample))
    return finding


def test_passages_without_a_word(patient: Make) -> None:
    finding = found_short(patient([*plain_texts(98), "--- * ---", "…"]))
    assert (finding.level, finding.figure) == (Level.ADVICE, 0.02)
    assert "2 % of the passages have no words, the first in 'd98'" in finding.sentence


def test_very_short_ones_that_come_up_everywhere(patient: Make) -> None:
    texts, rows = [*plain_texts(190), *["OK, thanks!"] * 10], spread(200, 512, common=1.0)
    rows[190:] = spread(10, 512, common=4.0)
    finding = found_short(patient(texts, rows))
    assert finding.level is Level.ADVICE
    assert finding.figure > 3
    assert "as 'OK, thanks!'" in finding.sentence


def test_very_short_ones_that_do_not(patient: Make) -> None:
    texts = [*plain_texts(190), *["OK, thanks!"] * 10]
    assert found_short(patient(texts, spread(200, 512))).level is Level.FINE
    assert np.isclose(found_short(patient(texts, spread(200, 512))).figure, 0.05)


GERMAN = "Wer am Freitag in das Büro kommt, soll den Schlüssel mitbringen, denn es ist nicht vor neun Uhr offen, Nummer"
CHINESE = "星期五来办公室的人应该带上钥匙，因为九点以前门是不开的。"


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weightless model's card, if it knew English only."""
    card = replace(cards.get("hashing"), languages=("en",))
    monkeypatch.setattr("askew.diagnostics.finding.cards.get", lambda name: card)


def found_languages(case: DiagnosticContext) -> Finding:
    [finding] = unknown_languages(case, draw(case.index.store))
    return finding


@pytest.mark.usefixtures("english")
def test_texts_that_the_model_cannot_read_are_counted_by_language(patient: Make) -> None:
    foreign = [*[f"{GERMAN} {i}." for i in range(20)], *[f"{CHINESE}{i}" for i in range(10)]]
    finding = found_languages(patient([*plain_texts(70), *foreign]))
    assert (finding.level, finding.figure) == (Level.ADVICE, 0.3)
    assert "30 % of the passages" in finding.sentence
    assert "(20 % de, 10 % zh)" in finding.sentence
    assert "--languages en,de,zh" in finding.remedy


@pytest.mark.usefixtures("english")
def test_a_quotation_or_two_are_no_matter(patient: Make) -> None:
    finding = found_languages(patient([*plain_texts(98), f"{GERMAN} 1.", f"{GERMAN} 2."]))
    assert finding.level is Level.FINE
    assert found_languages(patient(plain_texts(98))).figure == 0


def test_a_model_of_no_language_knows_all(patient: Make, tmp_path: Path) -> None:
    assert cards.get("hashing").languages == ("any",)
    assert found_languages(patient([f"{CHINESE}{i}" for i in range(60)])).level is Level.FINE


def found_repeats(case: DiagnosticContext) -> Finding:
    [finding] = repeated_answers(case, search_passages(case.index, draw(case.index.store), silent))
    return finding


def twice(patient: Make, task: str = "question-answering", change: str = "") -> DiagnosticContext:
    """Sixty documents, thirty of them twice."""
    texts, rows = plain_texts(60), spread(60, 512)
    texts[30:] = [text + change for text in texts[:30]]
    rows[30:] = rows[:30]
    return patient(texts, rows, task)


def test_half_the_documents_twice(patient: Make) -> None:
    finding = found_repeats(twice(patient))
    assert finding.level is Level.ADVICE
    assert finding.figure == 1
    assert "100 % of the pairs word for word" in finding.sentence
    assert finding.remedy == "askew duplicates patient --threshold 0.95"


def test_a_copy_with_another_word_is_a_copy_and_not_word_for_word(patient: Make) -> None:
    assert "0 % of the pairs word for word" in found_repeats(twice(patient, change=" Truly.")).sentence


def test_where_duplicates_are_looked_for_they_are_no_harm(patient: Make) -> None:
    assert found_repeats(twice(patient, "duplicate-questions")).level is Level.NOTE


def test_near_vectors_of_other_words_are_no_copies(patient: Make) -> None:
    rows = spread(60, 512)
    rows[30:] = rows[:30]
    texts = [f"{word} " * 9 for word in plain_texts(60)]
    assert (
        found_repeats(patient([text[::-1] if i % 2 else text for i, text in enumerate(texts)], rows)).level
        is Level.FINE
    )


@pytest.mark.parametrize(("count", "level"), [(60, Level.FINE), (10, Level.UNKNOWN)])
def test_nothing_repeats(patient: Make, count: int, level: Level) -> None:
    assert found_repeats(patient(plain_texts(count))).level is level


def cut(patient: Make, seen: int) -> DiagnosticContext:
    case = patient(["whole"] * 9)
    case.index.store.write([entry("long", "text", spread(1, 512)[0], tokens=1000, seen=seen)])
    return replace(case, sizes=case.index.sizes())


def test_whole_documents_are_fine(patient: Make) -> None:
    assert truncation(patient(["whole"]))[0].level is Level.FINE


def test_tokens_that_nobody_saw(patient: Make) -> None:
    [finding] = truncation(cut(patient, 256))
    assert finding.level is Level.ADVICE
    assert finding.figure == pytest.approx(744 / 1081)
    assert "10 % of the documents (1) are not seen in full, and 69 % of all tokens (744)" in finding.sentence
    assert "'long' 744 of 1,000" in finding.sentence
    assert finding.remedy == "askew migrate patient --policy chunk --switch"


def test_a_few_tokens_are_a_note(patient: Make) -> None:
    assert truncation(cut(patient, 998))[0].level is Level.NOTE


def test_what_was_accepted_is_a_note(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cut(patient, 256)
    monkeypatch.setattr(case.index, "contract", replace(case.contract, policy="accept"))
    assert truncation(case)[0].level is Level.NOTE
