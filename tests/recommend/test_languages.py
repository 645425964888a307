import pytest

from askew.recommend.languages import language, languages, tongues

SPOKEN = {
    "en": "The ships that were in the harbour have left, and it is not known when they will be back.",
    "de": "Die Schiffe sind nicht im Hafen, und es ist auch nicht bekannt, wann sie nach Hause kommen werden.",
    "fr": "Les bateaux ne sont pas dans le port, et on ne sait pas quand ils vont revenir avec les marins.",
    "es": "Los barcos no están en el puerto, y no se sabe cuándo van a volver con los marineros de la ciudad.",
    "sw": "Meli ya watu wa mji huo ni kubwa na nzuri kwa safari ya baharini katika mwaka huu.",
    "ru": "Корабли вышли из порта, и никто не знает, когда они вернутся, но это было не так давно.",
    "uk": "Кораблі вийшли з порту, і ніхто не знає, коли вони повернуться, але це було не так давно.",
    "el": "Τα πλοία έφυγαν από το λιμάνι.",
    "th": "เรือออกจากท่าแล้ว",
    "ko": "배가 항구를 떠났다.",
    "zh": "船已经离开了港口。",
    "ja": "船は港を出ました。",
}


@pytest.mark.parametrize("code", SPOKEN)
def test_a_language_is_told_by_script_and_words_of_grammar(code: str) -> None:
    assert language(SPOKEN[code]) == code


@pytest.mark.parametrize("text", ["", "12 345", "Acme GmbH", "💡"])
def test_a_text_that_says_too_little_tells_none(text: str) -> None:
    assert language(text) == ""


def test_shares_are_of_the_texts_that_tell_and_slips_are_left_out() -> None:
    found = languages([SPOKEN["en"]] * 60 + [SPOKEN["de"]] * 38 + [SPOKEN["el"]] * 2 + ["x1"] * 50)
    assert found == pytest.approx({"en": 0.6, "de": 0.38})
    assert languages(["", "x1"]) == {}


def test_every_language_has_words_and_ways_to_ask() -> None:
    assert [code for code, known in tongues().items() if not known.words or not (known.asks or known.within)] == []
