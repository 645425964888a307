import pytest

from askew.mining.verdicts.stems import base, stem


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "change changes changed changing"),
        ("en", "cancel cancelled canceled cancelling cancels"),
        ("en", "recognise recognizes recognised"),
        ("en", "colour color colours"),
        ("en", "delivery deliveries"),
        ("en", "box boxes"),
        ("en", "go goes going went gone"),
        ("en", "child children"),
        ("de", "mieten mietet gemietet"),
        ("de", "steigen stieg gestiegen"),
        ("de", "haus hauses häuser"),
    ],
)
def test_the_forms_of_a_word_share_their_base(language: str, forms: str) -> None:
    assert len({base(form, language) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("language", "a", "b"),
    [
        ("en", "ring", "rung"),
        ("en", "thing", "the"),
        ("en", "need", "ned"),
        ("en", "bus", "bu"),
        ("en", "price", "prize"),
        ("de", "kaufen", "verkaufen"),
    ],
)
def test_other_words_do_not(language: str, a: str, b: str) -> None:
    assert base(a, language) != base(b, language)


def test_a_stem_knows_no_irregular_form() -> None:
    assert stem("paid", "en") != stem("pay", "en")
    assert base("paid", "en") == base("pay", "en")
