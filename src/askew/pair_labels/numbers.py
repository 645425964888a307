"""Numbers, dates and times of day, in words or digits, as written in English and German."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from askew.pair_labels.lexicon import Lexicon
from askew.pair_labels.words import Word

DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
SHORTENED = re.compile(r"(\d+(?:\.\d+)?)(k|bn|mio|mrd)")
THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
GERMAN_TENS = re.compile(r"(.+)und(.+)")
HUNDRED = 100
SHORT_SCALE = {"k": 1000.0, "bn": 1e9, "mio": 1e6, "mrd": 1e9}

ISO = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
"""With full stops it may be a version."""
SHORT = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})")
DAY_MONTH = re.compile(r"(\d{2})\.(\d{2})")
DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
YEAR = re.compile(r"(?:19|20)\d{2}")
HALF = ("and", "a", "half")
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
AMBIGUOUS = frozenset({"may", "march", "mar", "sep", "dec", "jan", "jun"})
BEFORE_MONTH = frozenset(
    "in by since until till from of last next this every early late mid during im ab bis seit".split()  # noqa: SIM905
)
NOON, HALF_DAY = 12, 12


@dataclass(frozen=True)
class Number:
    """A parsed number.

    `length`: number of words. soft: possibly not a number ("one", "the first"). ordinal: it denotes a rank.
    """

    amount: float
    length: int
    soft: bool = False
    ordinal: bool = False


NONE = Number(0.0, 0)


def number(words: Sequence[Word], place: int, lexicon: Lexicon) -> Number:
    """Parse the number that starts at this word; its length is 0 if there is none."""
    form = words[place].form
    if ordinal := ORDINAL.fullmatch(form):
        return Number(float(ordinal[1]), 1, ordinal=True)
    if shortened := SHORTENED.fullmatch(form):
        return Number(float(shortened[1]) * SHORT_SCALE[shortened[2]], 1)
    if DIGITS.fullmatch(form):
        return _scaled(words, place, _amount(form, lexicon.language == "de"), lexicon)
    if form in lexicon.ordinals:
        return Number(float(lexicon.ordinals[form]), 1, soft=True, ordinal=True)
    return _halved(words, place, _spelled(words, place, lexicon))


def _halved(words: Sequence[Word], place: int, found: Number) -> Number:
    """Add the half of two and a half."""
    end = place + found.length
    half = found.length and tuple(word.form for word in words[end : end + len(HALF)]) == HALF
    return Number(found.amount + 0.5, found.length + len(HALF)) if half else found


def share(words: Sequence[Word], place: int, lexicon: Lexicon) -> Number:
    """Parse a share of a whole that starts at this word, in percent: half of, two thirds of."""
    count, after = 1.0, place
    if words[place].form not in lexicon.fractions:
        counted = _spelled(words, place, lexicon)
        count, after = (counted.amount, place + counted.length) if counted.length else (1.0, place + 1)
    if after + 1 >= len(words) or words[after].form not in lexicon.fractions:
        return NONE
    parts = lexicon.fractions[words[after].form]
    if words[after + 1].form not in (lexicon.wholes if parts == 2 else lexicon.wholes - {"the", "all"}):
        return NONE
    return Number(100.0 * count / parts, after + 1 - place)


def _amount(form: str, german: bool) -> float:
    """Return the value, nan for a version such as 2.14.1."""
    marks = [character for character in form if character in ".,"]
    if not marks:
        return float(form)
    if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:
        return float(form.replace(marks[0], "").replace(marks[-1], "."))
    thousands = "." if german else ","
    if THOUSANDS.fullmatch(form) and (len(marks) > 1 or marks[0] == thousands):
        return float(form.replace(marks[0], ""))
    return float(form.replace(",", ".")) if len(marks) == 1 else float("nan")


def _scaled(words: Sequence[Word], place: int, amount: float, lexicon: Lexicon) -> Number:
    """Apply the scale words that follow: 2.5 million."""
    length = 1
    while place + length < len(words):
        form = words[place + length].form
        scale = lexicon.scales.get(form, SHORT_SCALE.get(form, 0))
        if not scale:
            break
        amount, length = amount * scale, length + 1
    return Number(amount, length)


def _spelled(words: Sequence[Word], place: int, lexicon: Lexicon) -> Number:
    """Parse two hundred and fifty, einundzwanzig, twenty-one; "hundreds" and a bare "million" are not numbers."""
    total, current, length, seen = 0.0, 0.0, 0, 0
    while place + seen < len(words):
        form = words[place + seen].form
        value = _small(form, lexicon)
        if value >= 0 and (not length or current % HUNDRED == 0 or (current % 10 == 0 and value < 10)):
            current += value
        elif form in lexicon.scales and length:
            scale = lexicon.scales[form]
            current = current * scale
            if scale > HUNDRED:
                total, current = total + current, 0.0
        elif form == "and" and length and words[place + seen - 1].form in lexicon.scales:
            seen += 1
            continue
        else:
            break
        seen += 1
        length = seen
    soft = length == 1 and words[place].form in ("one", "eins")
    return Number(total + current, length, soft)


def _small(form: str, lexicon: Lexicon) -> float:
    """Return the value of a number word below a hundred, -1 for any other word."""
    if form in lexicon.numbers:
        return lexicon.numbers[form]
    tens = GERMAN_TENS.fullmatch(form) if lexicon.language == "de" else None
    if tens and tens[2] in lexicon.numbers:
        unit = 1 if tens[1] == "ein" else lexicon.numbers.get(tens[1], -1)
        return lexicon.numbers[tens[2]] + unit if unit >= 0 else -1
    return -1


@dataclass(frozen=True)
class Day:
    """year, month, day; 0 if unspecified."""

    year: int
    month: int
    day: int

    def agrees(self, other: "Day") -> bool:
        pairs = zip((self.year, self.month, self.day), (other.year, other.month, other.day), strict=True)
        known = [a == b for a, b in pairs if a and b]
        return bool(known) and all(known)


@dataclass(frozen=True)
class Date:
    """A date, possibly ambiguous.

    `length`: number of words. `days`: the possible readings, two for 3/4/2024; none if there is no date.
    """

    days: tuple[Day, ...]
    length: int


@dataclass(frozen=True)
class Time:
    """A time of day, in minutes since midnight.

    certain: the half of the day is explicit.
    """

    minutes: int
    certain: bool
    length: int


NO_DATE = Date((), 0)
NO_TIME = Time(0, False, 0)


def date(words: Sequence[Word], place: int, lexicon: Lexicon) -> Date:
    """Parse the date that starts at this word."""
    form = words[place].form
    if found := ISO.fullmatch(form):
        return _dated([Day(int(found[1]), int(found[3]), int(found[4]))], 1)
    if found := SHORT.fullmatch(form):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        year += 2000 if len(found[4]) == 2 else 0
        both = found[2] == "/" or (found[2] == "-" and lexicon.language == "en")  # 03-04 is in March in America
        return _dated(_readings(first, second, year, both), 1)
    if lexicon.language == "de" and (found := DAY_MONTH.fullmatch(form)):
        return _dated(_readings(int(found[1]), int(found[2]), 0, both=False), 1)
    return _named(words, place, lexicon)


def _readings(first: int, second: int, year: int, both: bool) -> list[Day]:
    readings = [Day(year, second, first)]
    return [*readings, Day(year, first, second)] if both and first != second else readings


def _dated(days: list[Day], length: int) -> Date:
    possible = tuple(day for day in days if day.month <= 12 and day.day <= 31)
    return Date(possible, length) if possible else NO_DATE


def _named(words: Sequence[Word], place: int, lexicon: Lexicon) -> Date:
    """Parse 3 March 2024, March 3rd, 5. Mai, the 3rd of March, May 2020, in May."""
    day, month_at = _day(words, place), place
    if day:
        month_at = place + 1
        if month_at < len(words) and words[month_at].form == "of":
            month_at += 1
    if month_at >= len(words) or words[month_at].form not in lexicon.months:
        return NO_DATE
    month, after = lexicon.months[words[month_at].form], month_at + 1
    if not day and after < len(words) and not _year(words, after):
        day = _day(words, after)
        after += bool(day)
    year = _year(words, after) if after < len(words) else 0
    if not day and not year and not _surely(words, month_at):
        return NO_DATE
    return Date((Day(year, month, day),), after + bool(year) - place)


def _surely(words: Sequence[Word], place: int) -> bool:
    """Return whether this word alone is a month: "may" and "march" are also ordinary words."""
    word = words[place]
    if word.form not in AMBIGUOUS:
        return True
    return word.capital and place > 0 and words[place - 1].form in BEFORE_MONTH


def _day(words: Sequence[Word], place: int) -> int:
    found = DAY.fullmatch(words[place].form)
    return int(found[1]) if found and 0 < int(found[1]) <= 31 else 0


def _year(words: Sequence[Word], place: int) -> int:
    return int(words[place].form) if YEAR.fullmatch(words[place].form) else 0


def time(words: Sequence[Word], place: int, lexicon: Lexicon) -> Time:
    """Parse the time of day that starts at this word: 8 pm, 20:00, 9.30 am, 20 Uhr, noon."""
    form = words[place].form
    if form in lexicon.noon:
        return Time(NOON * 60 if form == "noon" else 0, True, 1)
    half = words[place + 1].form if place + 1 < len(words) else ""
    for opening, minutes in lexicon.clock.get(form, ()):
        if (told := _told(words, place, opening, lexicon)) >= 0:
            return Time((60 * told + minutes) % (60 * 24), False, len(opening) + 1)
    clock = CLOCK.fullmatch(form)
    plain = re.fullmatch(r"\d{1,2}", form)
    if clock and (":" in form or half in ("am", "pm", "uhr")):
        hours, minutes = int(clock[1]), int(clock[2])
    elif plain and half in ("am", "pm", "uhr", "o'clock"):
        hours, minutes = int(form), 0
    else:
        return NO_TIME
    length = 1 + (half in ("am", "pm", "uhr", "o'clock"))
    if half in ("am", "pm"):
        hours = hours % HALF_DAY + (HALF_DAY if half == "pm" else 0)
    return Time(hours * 60 + minutes, half in ("am", "pm", "uhr") or hours > HALF_DAY, length)


def _told(words: Sequence[Word], place: int, opening: Sequence[str], lexicon: Lexicon) -> int:
    """Return the hour after a phrase such as half past, -1 without one."""
    after = place + len(opening)
    if after >= len(words) or tuple(word.form for word in words[place:after]) != tuple(opening):
        return -1
    form = words[after].form
    hour = int(form) if re.fullmatch(r"\d{1,2}", form) else _small(form, lexicon)
    return int(hour) if 0 < hour <= NOON else -1
