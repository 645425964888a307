import pytest
from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import ask_passages, draw
from askew.diagnostics.text_checks import repeated_answers
from askew.progress import silent


def found(case: DiagnosticContext) -> Finding:
    [finding] = repeated_answers(case, ask_passages(case.index, draw(case.index.store), silent))
    return finding


def twice(patient: Make, task: str = "question-answering", change: str = "") -> DiagnosticContext:
    """Sixty documents, thirty of them twice."""
    texts, rows = plain_texts(60), spread(60, 512)
    texts[30:] = [text + change for text in texts[:30]]
    rows[30:] = rows[:30]
    return patient(texts, rows, task)


def test_half_the_documents_twice(patient: Make) -> None:
    finding = found(twice(patient))
    assert finding.level is Level.ADVICE
    assert finding.figure == 1
    assert "100 % of the pairs word for word" in finding.sentence
    assert finding.remedy == "askew duplicates patient --threshold 0.95"


def test_a_copy_with_another_word_is_a_copy_and_not_word_for_word(patient: Make) -> None:
    assert "0 % of the pairs word for word" in found(twice(patient, change=" Truly.")).sentence


def test_where_duplicates_are_looked_for_they_are_no_harm(patient: Make) -> None:
    assert found(twice(patient, "duplicate-questions")).level is Level.NOTE


def test_near_vectors_of_other_words_are_no_copies(patient: Make) -> None:
    rows = spread(60, 512)
    rows[30:] = rows[:30]
    texts = [f"{word} " * 9 for word in plain_texts(60)]
    assert found(patient([text[::-1] if i % 2 else text for i, text in enumerate(texts)], rows)).level is Level.FINE


@pytest.mark.parametrize(("count", "level"), [(60, Level.FINE), (10, Level.UNTOLD)])
def test_nothing_repeats(patient: Make, count: int, level: Level) -> None:
    assert found(patient(plain_texts(count))).level is level
