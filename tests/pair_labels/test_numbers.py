import math

import pytest
from helpers.read import split

from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.numbers import Number, number


def read(text: str, language: str = "en") -> Number:
    return number(split(text, language), 0, lexicon(language))


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("7", "en", 7),
        ("1,200.50", "en", 1200.5),
        ("1.200,50", "de", 1200.5),
        ("1,000", "en", 1000),
        ("1.000", "de", 1000),
        ("3.141", "en", 3.141),
        ("3,50", "en", 3.5),
        ("1,000,000", "en", 1_000_000),
        ("2.5 million", "en", 2_500_000),
        ("15k", "en", 15_000),
        ("twenty-one", "en", 21),
        ("twenty one", "en", 21),
        ("two hundred and fifty", "en", 250),
        ("three thousand two hundred", "en", 3200),
        ("einundzwanzig", "de", 21),
        ("zwei Millionen", "de", 2_000_000),
    ],
)
def test_numbers_in_digits_and_words(text: str, language: str, amount: float) -> None:
    found = read(text, language)
    assert found.amount == pytest.approx(amount)
    assert found.length == len(split(text, language))
    assert not found.soft


@pytest.mark.parametrize("text", ["hundreds of them", "million", "and one", "thousands", "kund"])
def test_what_is_no_number(text: str) -> None:
    assert read(text).length == 0


def test_each_number_of_a_row_is_one_of_its_own() -> None:
    assert read("two three") == Number(2.0, 1)
    assert read("seven days") == Number(7.0, 1)


def test_one_and_first_may_be_none() -> None:
    assert read("one of them").soft
    assert read("first of all") == Number(1.0, 1, soft=True, ordinal=True)
    assert read("3rd floor") == Number(3.0, 1, ordinal=True)


def test_a_version_is_no_amount() -> None:
    assert math.isnan(read("2.14.1").amount)
