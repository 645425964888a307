import pytest

from askew.pair_labels.lexicon import LANGUAGES, lexicon, starters, units
from askew.text.stem import light_stem


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_list_has_its_words(language: str) -> None:
    known = lexicon(language)
    assert len(known.opposites) > {"en": 250, "de": 120}[language]
    assert {"weekday", "season", "colour"} <= {kind for kind, _ in known.kinds.values()}
    assert sorted(set(known.months.values())) == list(range(1, 13))
    assert known.lifting <= known.nominal <= known.negators | {"lack", "lacks", "lacked"}
    assert {"when", "where", "why", "how much"} <= {what for held in known.questions.values() for _, what in held}


@pytest.mark.parametrize("language", LANGUAGES)
def test_opposites_differ_and_no_word_of_theirs_is_a_negation(language: str) -> None:
    known = lexicon(language)
    for a, b in known.opposites:
        assert light_stem(a, language) != light_stem(b, language), (a, b)
    assert known.particles <= {word for pair in known.opposites for word in pair}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_opening_of_a_question_comes_first(language: str) -> None:
    for held in lexicon(language).questions.values():
        assert [len(opening) for opening, _ in held] == sorted((len(opening) for opening, _ in held), reverse=True)


def test_units_are_of_one_dimension_with_their_factor() -> None:
    assert units()["weeks"] == ("time", 7 * 86400)
    assert units()["km"][0] == units()["miles"][0] == "length"
    assert {"weeks", "seven", "monday", "january", "€"} <= starters("en")
