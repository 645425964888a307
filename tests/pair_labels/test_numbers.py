import math

import pytest
from helpers.read import split

from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.numbers import Date, Day, Number, date, number, time


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


def read_date(text: str, language: str, place: int = 0) -> Date:
    return date(split(text, language), place, lexicon(language))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2024-03-05", "en"),
        ("5 March 2024", "en"),
        ("March 5, 2024", "en"),
        ("March 5th 2024", "en"),
        ("the 5th of March 2024", "en"),
        ("5. März 2024", "de"),
        ("05.03.2024", "de"),
        ("5.3.24", "de"),
        ("5-3-2024", "de"),
    ],
)
def test_one_day_in_many_ways(text: str, language: str) -> None:
    start = text.startswith("the")
    found = read_date(text, language, int(start))
    assert found.days == (Day(2024, 3, 5),)
    assert found.length == len(split(text, language)) - start


def test_a_day_that_can_be_read_in_two_ways_has_two() -> None:
    assert set(read_date("3/4/2024", "en").days) == {Day(2024, 4, 3), Day(2024, 3, 4)}
    assert set(read_date("3-4-2024", "en").days) == {Day(2024, 4, 3), Day(2024, 3, 4)}
    assert read_date("3-4-2024", "de").days == (Day(2024, 4, 3),)
    assert read_date("25/4/2024", "en").days == (Day(2024, 4, 25),)


def test_what_is_not_said_is_zero_and_agrees_with_all() -> None:
    [may] = read_date("in May", "en", 1).days
    assert may == Day(0, 5, 0)
    assert may.agrees(Day(2024, 5, 3))
    assert not may.agrees(Day(2024, 6, 3))
    assert not Day(2024, 0, 0).agrees(Day(0, 5, 0))
    assert read_date("05.05. geht", "de").days == (Day(0, 5, 5),)


@pytest.mark.parametrize("text", ["may I come", "march on", "12 people", "99.99.2024"])
def test_what_is_no_date(text: str) -> None:
    assert read_date(text, "en") == Date((), 0)


@pytest.mark.parametrize(
    ("text", "language", "minutes", "certain"),
    [
        ("8 pm", "en", 1200, True),
        ("8.30 am", "en", 510, True),
        ("20:00", "en", 1200, True),
        ("8:00", "en", 480, False),
        ("12 am", "en", 0, True),
        ("noon", "en", 720, True),
        ("20 Uhr", "de", 1200, True),
    ],
)
def test_times_of_day(text: str, language: str, minutes: int, certain: bool) -> None:
    found = time(split(text, language), 0, lexicon(language))
    assert (found.minutes, found.certain, found.length) == (minutes, certain, len(split(text, language)))


def test_a_number_alone_is_no_time() -> None:
    assert time(split("8 boxes"), 0, lexicon("en")).length == 0
    assert time(split("8.30 euros"), 0, lexicon("en")).length == 0
