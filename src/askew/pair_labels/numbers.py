"""Values of numbers in words or digits."""

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
    return _spelled(words, place, lexicon)


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


def _small(form: str, lexicon: Lexicon) -> int:
    """Return the value of a number word below a hundred, -1 for any other word."""
    if form in lexicon.numbers:
        return lexicon.numbers[form]
    tens = GERMAN_TENS.fullmatch(form) if lexicon.language == "de" else None
    if tens and tens[2] in lexicon.numbers:
        unit = 1 if tens[1] == "ein" else lexicon.numbers.get(tens[1], -1)
        return lexicon.numbers[tens[2]] + unit if unit >= 0 else -1
    return -1
