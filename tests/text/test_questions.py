import pytest

from askew.text.language import asks, is_question, is_question_with_answer

ASKING = [
    ("How do I reset my password?", "en"),
    ("how to reset a password", "en"),
    ("is the airport in the city", "en"),
    ("I lost my card. What should I do?", "en"),
    ("What should I do? I lost my card.", "en"),
    ("He said: “Who goes there?”", "en"),
    ("wie viele einwohner hat wien", "de"),
    ("est-ce que je peux annuler", "fr"),
    ("Πού βρίσκεται το λιμάνι;", "el"),
    ("متى بني الجسر؟", "ar"),
    ("桥是什么时候建的", "zh"),
    ("สะพานสร้างเมื่อใด", "th"),
    ("पुल कब बना था", "hi"),
    ("köprü ne zaman yapıldı", "tr"),
    ("다리는 언제 지어졌나", "ko"),
]
STATING = [
    ("The bridge was built in 1900.", "en"),
    ("What you need is a key.", "en"),
    ("Is it cheap? No. It was dear then, and it is now.", "en"),
    ("vitamin K", "en"),
    ("Was lange währt, wird endlich gut.", "de"),
    ("a; b", "en"),
    ("", "en"),
    ("...", "en"),
]


@pytest.mark.parametrize(("text", "code"), ASKING)
def test_a_question_has_a_mark_or_question_words(text: str, code: str) -> None:
    assert is_question(text, (code,))


@pytest.mark.parametrize(("text", "code"), STATING)
def test_a_statement_is_no_question(text: str, code: str) -> None:
    assert not is_question(text, (code,))


def test_only_the_given_languages_count() -> None:
    assert asks("wer kommt mit", ("de",))
    assert not asks("wer kommt mit", ("en", "a language without lists"))


def test_a_question_with_its_answer() -> None:
    when, answer = "When do parcels go out?", "On Mondays. They take two days."
    assert is_question_with_answer(f"{when} {answer}", ("en",))
    assert not is_question_with_answer(f"{when} On Mondays. Is that early?", ("en",))
    assert not is_question_with_answer(f"Parcels go out on Mondays. {answer}", ("en",))
    assert not is_question_with_answer("", ("en",))
