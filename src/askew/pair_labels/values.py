"""Values in a text: numbers with units, dates, times, product codes, weekdays, colours."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from askew.pair_labels.lexicon import Lexicon, starters, units
from askew.pair_labels.numbers import HALF, THOUSANDS, YEAR, Day, date, number, share, time
from askew.pair_labels.words import NO_DIGITS, Word

CODE = re.compile(r"[^\W_]*[+#]+|(?=.*\d)(?=.*[^\W\d_]).+|\d+(?:[:/]\d+)+")
RATIO = re.compile(r"(\d{1,9})/(\d{0,8}[1-9]\d{0,8})")
MONEY = frozenset("$ € £ ¥ ₹ usd eur gbp inr rs cad aud chf cny jpy sek".split())  # noqa: SIM905
KINDRED = (frozenset({"pound", "sterling"}), frozenset({"temperature", "celsius"}), frozenset({"share", "percent"}))
"""Dimensions of which a value may be one of the other."""
CURRENCIES = frozenset(
    "euro dollar sterling pound yen rupee canadian australian franc yuan krona bitcoin ether".split()  # noqa: SIM905
)
DEGREES = frozenset({"°", "degrees", "degree", "grad"})
SCALES = {"c": "celsius", "celsius": "celsius", "f": "fahrenheit", "fahrenheit": "fahrenheit"}
NUMERIC = frozenset({"number", "code", "date", "time"})
ROUGHLY = 0.1  # relative tolerance of a number after "about"
HALF_DAY = 720  # minutes
LONG = 7  # digits; such a number is rather an order or a telephone, of which each digit counts


@dataclass(frozen=True)
class Value:
    """The words first..last (both included). kind: number, code, date, time, or one of the lexicon's (weekday,
    colour).

    amount: in the base unit. unit: its dimension, "" without one. key: identifies a code or the member of a kind.
    owner: the capitalised word before a number, as in "Tarn 65". written: spellings of the number joined with a
    neighbour, such as class9, to match codes. soft: counts only if the other text has a value in its place. rough:
    approximate.
    """

    kind: str
    first: int
    last: int
    amount: float = 0.0
    raw: float = 0.0
    unit: str = ""
    key: str = ""
    days: tuple[Day, ...] = ()
    owner: str = ""
    written: frozenset[str] = frozenset()
    soft: bool = False
    rough: bool = False


Found = tuple[Value, ...]
"""At most one value."""


def values(words: Sequence[Word], lexicon: Lexicon) -> tuple[Value, ...]:
    """Return the values in text order; no word belongs to two."""
    found: list[Value] = []
    place, possible = 0, starters(lexicon.language)
    while place < len(words):
        if not _possible(words[place], possible):
            place += 1
            continue
        read = next(filter(None, (reader(words, place, lexicon) for reader in READERS)), ())
        found += read
        place = read[0].last + 1 if read else place + 1
    return tuple(found)


def _possible(word: Word, starters: frozenset[str]) -> bool:
    """Quickly rule out words that begin no value; "und" occurs in German numerals such as einundzwanzig."""
    return word.digits or word.form in starters or word.form[-1] in "+#" or "und" in word.form


def unmatched(a: Sequence[Value], b: Sequence[Value]) -> list[Value]:
    """Return the values of `a` that are missing from `b`."""
    return [value for value in a if not any(same(value, other) for other in b)]


def same(a: Value, b: Value) -> bool:
    """Match 2 weeks and 14 days, 8 pm and 20:00, 3 March 2024 and 2024-03-03, A-1234 and A1234."""
    if {a.kind, b.kind} <= {"number", "code"}:
        return _same_number(a, b) if a.kind == b.kind == "number" else bool(a.written & b.written)
    if a.kind != b.kind:
        return any(told(x, y) for told in (_year_of, _hour_of, _place_of) for x, y in ((a, b), (b, a)))
    if a.kind == "date":
        if len(a.days) == len(b.days) > 1:  # one notation, whichever it is
            return a.days[0].agrees(b.days[0])
        return any(day.agrees(other) for day in a.days for other in b.days)
    if a.kind == "time":
        gap = abs(a.amount - b.amount)
        return gap == 0 or (gap == HALF_DAY and not (a.key and b.key))  # 8:00 may be 20:00 without am or pm
    return a.key == b.key


def comparable(a: Value, b: Value) -> bool:
    """Return whether one excludes the other unless they are the same."""
    if a.kind == b.kind == "number":
        units = {a.unit, b.unit}
        return len(units) == 1 or "" in units or units in KINDRED or units <= CURRENCIES
    if "date" in (a.kind, b.kind):
        return a.kind == b.kind or _is_year(a) or _is_year(b)
    if a.kind != b.kind and any(x.kind == "code" and not any(map(str.isdigit, x.key)) for x in (a, b)):
        return False  # C++ and a number
    return a.kind == b.kind or ({a.kind, b.kind} <= NUMERIC and not a.unit and not b.unit)


def _is_year(value: Value) -> bool:
    return value.kind == "number" and bool(YEAR.fullmatch(value.key))


def _same_number(a: Value, b: Value) -> bool:
    if math.isnan(a.amount) or math.isnan(b.amount):
        return a.key == b.key
    if a.owner and b.owner and a.key[0].isdigit() and b.key[0].isdigit():
        return a.key == b.key  # in a version, 3.1 is not 3.10
    if a.key.isdigit() and b.key.isdigit() and a.unit == b.unit and len(a.key) >= LONG:
        return a.key.lstrip("0") == b.key.lstrip("0")
    if {a.unit, b.unit} == {"share", "percent"}:
        return abs(a.amount - b.amount) < 1  # a third is 33 %
    if a.unit == b.unit or {a.unit, b.unit} in KINDRED:
        within = ROUGHLY if a.rough or b.rough else 1e-12
        return math.isclose(a.amount, b.amount, rel_tol=within, abs_tol=1e-9) or (a.unit != b.unit and a.raw == b.raw)
    return "" in (a.unit, b.unit) and a.raw == b.raw


def _year_of(a: Value, b: Value) -> bool:
    return a.kind == "date" and b.kind == "number" and any(b.raw in (d.year, d.day) for d in a.days)


def _hour_of(a: Value, b: Value) -> bool:
    return a.kind == "time" and b.kind == "number" and b.raw * 60 % HALF_DAY == a.amount % HALF_DAY


def _place_of(a: Value, b: Value) -> bool:
    return a.kind == "ordinal" and b.kind == "number" and a.raw == b.raw


def _date(words: Sequence[Word], place: int, lexicon: Lexicon) -> Found:
    found = date(words, place, lexicon)
    return (Value("date", place, place + found.length - 1, days=found.days),) if found.length else ()


def _time(words: Sequence[Word], place: int, lexicon: Lexicon) -> Found:
    found = time(words, place, lexicon)
    key = "certain" if found.certain else ""
    return (Value("time", place, place + found.length - 1, float(found.minutes), key=key),) if found.length else ()


def _share(words: Sequence[Word], place: int, lexicon: Lexicon) -> Found:
    found = share(words, place, lexicon)
    last = place + found.length - 1
    return (Value("number", place, last, found.amount, found.amount, "share"),) if found.length else ()


def _number(words: Sequence[Word], place: int, lexicon: Lexicon) -> Found:
    word = words[place]
    money = word.form in MONEY and place + 1 < len(words)
    found = number(words, place + money, lexicon)
    if not found.length:
        return _one(words, place, lexicon)
    after = place + money + found.length
    if year := _second_year(words, place):
        return (Value("number", place, place, float(year), float(year), key=year),)
    if found.ordinal:
        return (Value("ordinal", place, place, found.amount, found.amount, key=f"{found.amount:g}", soft=found.soft),)
    unit = Unit(*units()[word.form], 0) if money else _unit(words, after)
    last = after - 1 + unit.length
    soft = found.soft and not unit.dimension
    owner = words[place - 1].form if place and _owns(words[place - 1]) and not unit.dimension else ""
    key = words[place + money].form
    rough = place > 0 and words[place - 1].form in lexicon.about
    amount, written = unit.base(_money(key, found.amount, unit)), _written(words, place + money, key)
    return (Value("number", place, last, amount, found.amount, unit.dimension, key, (), owner, written, soft, rough),)


def _money(key: str, amount: float, unit: "Unit") -> float:
    """Read 1.000 as a thousand: money has two decimals at most."""
    thousands = unit.dimension in CURRENCIES and THOUSANDS.fullmatch(key)
    return float(NO_DIGITS.sub("", key)) if thousands and amount < 1000 else amount


def _second_year(words: Sequence[Word], place: int) -> str:
    """Return the second year of a range: 2017 for 2016-17."""
    before, word = words[place - 1] if place else words[place], words[place]
    if len(word.form) == 2 and YEAR.fullmatch(before.form) and before.end + 1 == word.start:
        return before.form[:2] + word.form
    return ""


def _written(words: Sequence[Word], place: int, key: str) -> frozenset[str]:
    before = words[place - 1].form + key if place else key
    after = key + words[place + 1].form if place + 1 < len(words) else key
    return frozenset((key, before, after))


def _one(words: Sequence[Word], place: int, lexicon: Lexicon) -> Found:
    """Parse "a week", "ein Jahr", "an hour and a half", "half an hour", "eine halbe Stunde"."""
    article = words[place].form in lexicon.articles
    half = place + article
    halved = half < len(words) and words[half].form in lexicon.halves
    start = half + halved
    start += halved and not article and start < len(words) and words[start].form in lexicon.articles
    unit = _unit(words, start) if article or halved else NO_UNIT
    if not unit.dimension:
        return ()
    last = start + unit.length - 1
    more = tuple(word.form for word in words[last + 1 : last + 1 + len(HALF)]) == HALF
    count = 0.5 if halved else 1.5 if more else 1.0
    last += more * len(HALF)
    return (Value("number", place, last, unit.base(count), count, unit.dimension, f"{count:g}", soft=count == 1),)


class Unit(NamedTuple):
    """A dimension, the factor to its base unit, and the number of words that express it."""

    dimension: str
    factor: float
    length: int

    def base(self, amount: float) -> float:
        """Convert to the base unit."""
        if self.dimension == "celsius" and self.factor < 1:
            return round((amount - 32) * self.factor, 9) + 0.0
        return amount * self.factor


NO_UNIT = Unit("", 1.0, 0)


def _unit(words: Sequence[Word], place: int) -> Unit:
    if place >= len(words):
        return NO_UNIT
    form, following = words[place].form, words[place + 1].form if place + 1 < len(words) else ""
    if form == "per" and following == "cent":
        return Unit("percent", 1.0, 2)
    if form in DEGREES and (scale := SCALES.get(following)):
        return Unit("celsius", 5 / 9 if scale == "fahrenheit" else 1.0, 2)
    dimension, factor = units().get(form, ("", 1.0))
    return Unit(dimension, factor, 1 if dimension else 0)


def _owns(word: Word) -> bool:
    return word.capital and not word.function and not word.digits


def _coded(words: Sequence[Word], place: int, _: Lexicon) -> Found:
    form = words[place].form
    if not CODE.fullmatch(form):
        return ()
    key = "".join(character for character in form if character.isalnum() or character in "+#.")
    key = key.removeprefix("v") if re.fullmatch(r"v[\d.]+", key) else key
    key = form if form.replace(":", "/").replace("/", "").isdigit() else key
    share = RATIO.fullmatch(form)
    written = (key, f"{int(share[1]) / int(share[2]):g}") if share else (key,)
    return (Value("code", place, place, key=key, written=frozenset(written)),)


def _member(words: Sequence[Word], place: int, lexicon: Lexicon) -> Found:
    kind, member = lexicon.kinds.get(words[place].form, ("", 0))
    return (Value(kind, place, place, key=str(member)),) if kind else ()


READERS: Sequence[Callable[[Sequence[Word], int, Lexicon], Found]] = (_date, _share, _time, _number, _coded, _member)
