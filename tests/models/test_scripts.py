from dataclasses import replace

import pytest

from askew.models import cards
from askew.models.choice import Limits, choose
from askew.models.scripts import script_note, untaught
from askew.text.words import SCRIPTS

ENGLISH = cards.get("all-MiniLM-L6-v2")
QUERIES = {
    "ru": ("как долго можно не работать", "Cyrillic"),
    "uk": ("чи можна взяти собаку", "Cyrillic"),
    "el": ("πόσες μέρες άδεια έχω", "Greek"),
    "he": ("כמה ימי חופשה יש לי", "Hebrew"),
    "ar": ("كم يوما من الإجازة", "Arabic"),
    "fa": ("چند روز مرخصی دارم", "Arabic"),
    "hi": ("मुझे कितनी छुट्टी मिलती है", "Devanagari"),
    "bn": ("আমি কত দিন ছুটি পাব", "Bengali"),
    "ta": ("எனக்கு எத்தனை நாள் விடுப்பு", "Tamil"),
    "th": ("ฉันลาได้กี่วัน", "Thai"),
    "ka": ("რამდენი დღე მაქვს", "Georgian"),
    "hy": ("քանի՞ օր արձակուրդ ունեմ", "Armenian"),
    "am": ("ስንት ቀን ዕረፍት አለኝ", "Ethiopic"),
    "ko": ("휴가는 며칠입니까", "Hangul"),
    "ja": ("休暇は何日ありますか", "Japanese kana"),
    "zh": ("我有几天假期", "Chinese characters"),
}


@pytest.mark.parametrize("language", QUERIES)
def test_a_script_that_the_model_was_not_taught_is_named(language: str) -> None:
    query, shown = QUERIES[language]
    script = SCRIPTS[untaught(query, ["en"])]
    assert script.shown == shown
    assert language in script.languages
    assert untaught(query, ["en", language]) == ""


@pytest.mark.parametrize("language", QUERIES)
def test_the_note_names_a_command_that_finds_models(language: str) -> None:
    told = script_note(QUERIES[language][0], ENGLISH, "question-answering")
    assert told.startswith(f"The query is written in {QUERIES[language][1]}; all-MiniLM-L6-v2 was trained on en. ")
    code = told.rsplit(" ", 1)[1]
    assert told.endswith(f"askew models choose --task question-answering --languages {code}")
    assert code in SCRIPTS_OF[QUERIES[language][1]]
    assert all({code, "any"} & set(choice.card.languages) for choice in choose("question-answering", Limits((code,))))


SCRIPTS_OF = {script.shown: script.languages for script in SCRIPTS.values()}


@pytest.mark.parametrize(
    "query", ["how long can I be away?", "Wie lange darf ich fehlen? Ärgernis", "10.000 €!", "", "🎉"]
)
def test_latin_letters_and_none_at_all_are_no_news_to_an_english_model(query: str) -> None:
    assert untaught(query, ["en"]) == ""


def test_it_is_most_of_the_letters_that_count() -> None:
    assert untaught("what does уютный mean", ["en"]) == ""
    assert untaught("что значит cosy", ["en"]) == "CYRILLIC"


def test_other_forms_of_a_letter_are_the_letter() -> None:
    assert untaught("ｈｏｗ ｌｏｎｇ", ["en"]) == ""
    assert untaught("ﾎﾞｰﾅｽ", ["en"]) == "KATAKANA"


def test_a_model_of_one_other_script_does_not_know_latin_letters() -> None:
    assert untaught("how long can I be away?", ["ru", "uk"]) == "LATIN"
    assert untaught("как долго", ["ru"]) == ""


def test_nothing_is_said_where_the_languages_are_any_or_unknown_here() -> None:
    query = QUERIES["ru"][0]
    assert untaught(query, ["any"]) == ""
    assert untaught(query, ["en", "tlh"]) == ""
    assert script_note(query, cards.get("hashing"), "faq") == ""


def test_many_languages_are_counted() -> None:
    card = replace(ENGLISH, languages=("en", "de", "fr", "es", "it", "nl", "pt"))
    assert "7 languages" in script_note(QUERIES["ja"][0], card, "faq")


def test_every_language_of_every_card_has_a_script() -> None:
    known = {code for script in SCRIPTS.values() for code in script.languages}
    assert {code for name in cards.names() for code in cards.get(name).languages} - {"any", "unknown"} <= known
