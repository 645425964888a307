import pytest

from askew.recommend.asking import answers_itself, asks, inquires

ASKING = [
    ("How do I reset my password?", "en"),
    ("how to reset a password", "en"),
    ("is the airport in the city", "en"),
    ("I lost my card. What should I do?", "en"),
    ("What should I do? I lost my card.", "en"),
    ("He said: “Who goes there?”", "en"),
    ("wie viele einwohner hat wien", "de"),
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
def test_a_question_is_known_by_its_mark_or_its_words(text: str, code: str) -> None:
    assert asks(text, (code,))


@pytest.mark.parametrize(("text", "code"), STATING)
def test_what_states_is_no_question(text: str, code: str) -> None:
    assert not asks(text, (code,))


def test_words_ask_only_in_the_languages_that_are_spoken() -> None:
    assert inquires("wer kommt mit", ("de",))
    assert not inquires("wer kommt mit", ("en", "a language without lists"))


def test_an_entry_is_a_question_with_more_than_a_sentence_after_it() -> None:
    assert answers_itself("When do parcels go out? On Mondays. They take two days.", ("en",))
    assert not answers_itself("When do parcels go out? On Mondays. Is that early?", ("en",))
    assert not answers_itself("Parcels go out on Mondays. They take two days. That is all.", ("en",))
