import pytest
from helpers.read import split

from askew.pair_labels.dates import Date, Day, date, time
from askew.pair_labels.lexicon import lexicon


def read(text: str, language: str, place: int = 0) -> Date:
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
        ("5-3-2024", "en"),
    ],
)
def test_one_day_in_many_ways(text: str, language: str) -> None:
    start = text.startswith("the")
    found = read(text, language, int(start))
    assert found.days == (Day(2024, 3, 5),)
    assert found.length == len(split(text, language)) - start


def test_a_day_that_can_be_read_in_two_ways_has_two() -> None:
    assert set(read("3/4/2024", "en").days) == {Day(2024, 4, 3), Day(2024, 3, 4)}
    assert read("25/4/2024", "en").days == (Day(2024, 4, 25),)


def test_what_is_not_said_is_zero_and_agrees_with_all() -> None:
    [may] = read("in May", "en", 1).days
    assert may == Day(0, 5, 0)
    assert may.agrees(Day(2024, 5, 3))
    assert not may.agrees(Day(2024, 6, 3))
    assert not Day(2024, 0, 0).agrees(Day(0, 5, 0))
    assert read("05.05. geht", "de").days == (Day(0, 5, 5),)


@pytest.mark.parametrize("text", ["may I come", "march on", "12 people", "99.99.2024"])
def test_what_is_no_date(text: str) -> None:
    assert read(text, "en") == Date((), 0)


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
