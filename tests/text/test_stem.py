import pytest

from askew.text.stem import SNOWBALL, light_stem, stem


@pytest.mark.parametrize("language", SNOWBALL)
def test_every_language_has_a_stemmer(language: str) -> None:
    assert stem("kaffe", language)


def test_snowball_joins_a_word_and_what_is_derived_from_it() -> None:
    assert stem("connections", "en") == stem("connected", "en")
    assert stem("livraisons", "fr") == stem("livraison", "fr")
    assert stem("zwroty", "xx") == "zwroty"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "change changes changed changing"),
        ("en", "cancel cancelled canceled cancelling cancels"),
        ("en", "recognise recognizes recognised"),
        ("en", "colour color colours"),
        ("en", "delivery deliveries"),
        ("en", "box boxes"),
        ("en", "operate operates operated operating"),
        ("en", "connection connections"),
        ("de", "mieten mietet gemietet"),
        ("de", "haus hauses häuser"),
    ],
)
def test_inflected_forms_share_a_light_stem(language: str, forms: str) -> None:
    assert len({light_stem(form, language) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "ring rung"),
        ("en", "thing the"),
        ("en", "need ned"),
        ("en", "bus bu"),
        ("en", "price prize"),
        ("en", "car care"),
        ("en", "them theme"),
        ("en", "animals anime"),
        ("en", "electric electricity electronic"),
        ("en", "important import"),
        ("en", "manage manager"),
        ("de", "kaufen verkaufen"),
        ("de", "gültig ungültig"),
    ],
)
def test_different_words_do_not(language: str, forms: str) -> None:
    assert len({light_stem(form, language) for form in forms.split()}) == len(forms.split())
