import pytest
from helpers.read import split

from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.values import Value, comparable, same, unmatched, values


def read(text: str, language: str = "en") -> tuple[Value, ...]:
    return values(split(text, language), lexicon(language))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("within 2 weeks", "within 14 days"),
        ("1.5 litres", "1500 ml"),
        ("at 8 pm", "at 20:00"),
        ("at 8:00", "at 8 pm"),
        ("on 3 March 2024", "on 2024-03-03"),
        ("in March 2024", "in 2024"),
        ("part A-1234", "part A1234"),
        ("class 9", "class9"),
        ("150mbps", "150 mbps"),
        ("£12", "12 pounds"),
        ("5 %", "five percent"),
        ("5 per cent", "5%"),
        ("under 15k", "under Rs.15,000"),
        ("about 60 days", "2 months and 62 days"),
        ("every Tuesday", "on Tuesdays"),
        ("v2.4", "version 2.4"),
        ("season 2016-17", "season 2016-2017"),
        ("autumn", "in autumn"),
    ],
)
def test_the_same_said_otherwise(a: str, b: str) -> None:
    assert read(a)
    assert unmatched(read(a), read(b)) == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("within 2 weeks", "within 3 weeks"),
        ("1.5 litres", "1.5 kg"),
        ("at 8 am", "at 8 pm"),
        ("on 3 March", "on 13 March"),
        ("part A-1234", "part A-1243"),
        ("€12", "£12"),
        ("Windows 10", "Windows 11"),
        ("Python 3.1", "Python 3.10"),
        ("version 2.4.1", "version 2.14.1"),
        ("on Monday", "on Tuesday"),
        ("the red one", "the blue one"),
        ("3rd floor", "4th floor"),
        ("C++", "C#"),
    ],
)
def test_other_values(a: str, b: str) -> None:
    assert unmatched(read(a), read(b))
    assert unmatched(read(b), read(a))


def test_what_excludes_what() -> None:
    [days], [weeks], [kilos], [monday], [code], [year], [march] = (
        read(text) for text in ("3 days", "2 weeks", "5 kg", "Monday", "X200", "in 2020", "in March")
    )
    assert comparable(days, weeks)
    assert not comparable(days, kilos)
    assert not comparable(days, monday)
    assert not comparable(code, days)
    assert comparable(march, year)
    assert same(days, days)


def test_a_week_counts_only_in_place_of_another() -> None:
    [week] = read("in a week")
    assert week.soft
    assert same(week, read("in 7 days")[0])


def test_a_value_is_of_whole_words_and_none_is_in_two() -> None:
    found = read("pay €3 or 5 euros on 3 March 2024 at 8 pm for the Tarn 65")
    assert [(value.kind, value.first, value.last) for value in found] == [
        *(("number", 1, 2), ("number", 4, 5), ("date", 7, 9), ("time", 11, 12), ("number", 16, 16)),
    ]
    assert found[-1].owner == "tarn"
