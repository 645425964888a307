import subprocess
import sys

import pytest

from askew.errors import UnknownNameError
from askew.models import cards
from askew.text.language import UNKNOWN, language, language_code, language_name, languages, likeliest
from askew.text.words import SCRIPTS, word_lists

SPOKEN = {
    "en": ("What do I do if I lost my card?", "card not working since yesterday", "how to cancel my order"),
    "de": ("Die Schiffe sind nicht im Hafen", "Wo ist mein Paket?", "Passwort zurücksetzen"),
    "fr": ("Où est mon colis ?", "J'ai perdu ma carte, que faire ?"),
    "es": ("¿Dónde está mi paquete?", "Los barcos no están en el puerto"),
    "it": ("Dove si trova il mio pacco?", "Ho perso la carta, cosa devo fare?"),
    "pt": ("Perdi o meu cartão, o que devo fazer?",),
    "nl": ("Waar is mijn pakket?", "Ik ben mijn pas kwijt, wat nu?"),
    "pl": ("Zgubiłem kartę, co mam zrobić?", "Gdzie jest moja paczka?"),
    "tr": ("Siparişimi iptal edebilir miyim?",),
    "vi": ("Tôi bị mất thẻ, phải làm gì?",),
    "sw": ("Meli ya watu wa mji huo ni kubwa na nzuri",),
    "fi": ("Missä pakettini on?",),
    "ru": ("Где моя посылка?",),
    "uk": ("Кораблі вийшли з порту, і ніхто не знає, коли вони повернуться",),
    "fa": ("چگونه رمز عبور خود را بازنشانی کنم؟",),
    "ar": ("متى بني الجسر؟",),
    "hi": ("पुल कब बना था",),
    "el": ("Τα πλοία", "Τι είναι το Engineering News Record;"),
    "he": ("איפה",),
    "th": ("เรือออกจากท่าแล้ว",),
    "ko": ("배가 항구를 떠났다.",),
    "zh": ("船已经离开了港口。",),
    "ja": ("船は港を出ました。", "パスワード"),
    "ca": ("He perdut la targeta, què he de fer?",),
}


@pytest.mark.parametrize("code", SPOKEN)
def test_short_texts_are_identified(code: str) -> None:
    assert [language(text) for text in SPOKEN[code]] == [code] * len(SPOKEN[code])


@pytest.mark.parametrize("text", ["", "12 345", "Acme GmbH", "💡", "ok", "Tesla", "𐌰𐌱"])
def test_without_evidence_the_language_is_unknown(text: str) -> None:
    assert language(text) == UNKNOWN


def test_shares_are_of_the_texts_whose_language_is_known() -> None:
    en, de, el = (SPOKEN[code][0] for code in ("en", "de", "el"))
    assert languages([en] * 60 + [de] * 38 + [el] * 2 + ["x1"] * 50) == pytest.approx({"en": 0.6, "de": 0.38})
    assert languages(["", "x1"]) == {}


@pytest.mark.parametrize("name", ["de", "DE", "de-AT", "de_DE", "German", "deutsch", " Deutsch "])
def test_a_language_is_known_by_code_and_by_its_names(name: str) -> None:
    assert language_code(name) == "de"


def test_names_of_languages() -> None:
    assert [language_code(name) for name in ("português", "日本語", "nb", "zh-Hans", "ceb")] == [
        "pt", "ja", "no", "zh", "ceb",
    ]  # fmt: skip
    assert [language_name(code) for code in ("de", "nb", "tlh")] == ["German", "Norwegian", "tlh"]
    spoken = {code for card in map(cards.get, cards.built_in()) for code in card.languages} - {"any"}
    spoken |= {code for script in SCRIPTS.values() for code in script.languages}
    assert [code for code in spoken if language_name(code) == code] == []
    with pytest.raises(UnknownNameError, match="German"):
        language_code("Germann")


def test_the_likeliest_of_two_languages_is_always_one_of_them() -> None:
    assert likeliest(["Der Test war gültig."], ("en", "de")) == "de"
    assert likeliest(["The test was valid."], ("en", "de")) == "en"
    assert likeliest(["Où est mon colis ?"], ("en", "de")) == "en"


def test_clear_english_and_other_scripts_need_no_model() -> None:
    code = (
        "import sys; from askew.text.language import language; from askew.text import display, normalise, stem, words;"
        "assert [language(t) for t in ('What do I do if I lost my card?', 'เรือออกจากท่าแล้ว')] == ['en', 'th'];"
        "sys.exit(bool({'py3langid', 'snowballstemmer', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_language_has_function_words_and_question_words() -> None:
    assert [code for code, known in word_lists().items() if not known.words or not (known.asks or known.within)] == []
    assert set(word_lists()) <= frozenset().union(*(script.languages for script in SCRIPTS.values()))
