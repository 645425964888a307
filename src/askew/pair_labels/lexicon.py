"""Word lists of a language, read from `lists/*.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from askew.text.words import word_lists

LANGUAGES = ("en", "de")
"""Languages with word lists, the fallback first; the rules for numbers, dates and codes apply to any language."""

Words = frozenset[str]
Opening = tuple[str, ...]


SETS = """
    function auxiliaries determiners pronouns negators refusals absences nominal lifting fillers existence trailing
    about articles noon abilities borders asked lead particles converses unprefixed markers symmetric comparison
    inner never acronyms bare_after wholes halves quantifiers oblique prepositions conjunctions hedges exceptions
    titles
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Lexicon:
    """Word lists, documented in `lists/en.toml`.

    kinds: word to (kind, number of the member). clock: by first word, the phrases before an hour and
    the minutes that they add. questions: by first word, the phrases that open a question and what they ask for, longest
    first. irregular: form to base form. aliases: name to canonical name. persons: pronoun to
    person.
    """

    language: str
    function: Words
    auxiliaries: Words
    determiners: Words
    pronouns: Words
    negators: Words
    refusals: Words
    absences: Words
    nominal: Words
    lifting: Words
    fillers: Words
    existence: Words
    trailing: Words
    about: Words
    articles: Words
    noon: Words
    abilities: Words
    emphases: frozenset[tuple[str, ...]]
    borders: Words
    contracted: Mapping[str, str]
    prepositions: Words
    conjunctions: Words
    merged: Mapping[str, str]
    interchangeable: Sequence[tuple[str, ...]]
    modals: Sequence[tuple[str, ...]]
    amounts: Sequence[tuple[str, ...]]
    hedges: Words
    exceptions: Words
    titles: Words
    wholes: Words
    halves: Words
    numbers: Mapping[str, float]
    scales: Mapping[str, int]
    ordinals: Mapping[str, int]
    fractions: Mapping[str, int]
    months: Mapping[str, int]
    clock: Mapping[str, Sequence[tuple[Opening, int]]]
    kinds: Mapping[str, tuple[str, int]]
    questions: Mapping[str, Sequence[tuple[Opening, str]]]
    asked: Words
    lead: Words
    irregular: Mapping[str, str]
    opposites: Sequence[tuple[str, str]]
    particles: Words
    converses: Words
    quantifiers: Words
    paired: Sequence[tuple[str, str]]
    prefixes: tuple[str, ...]
    unprefixed: Words
    markers: Words
    symmetric: Words
    comparison: Words
    oblique: Words
    persons: Mapping[str, str]
    inner: Words
    never: Words
    acronyms: Words
    aliases: Mapping[str, str]
    bare_after: Words


@cache
def lexicon(language: str) -> Lexicon:
    """Load the word lists of a language."""
    data = _toml(language)
    flat = {**data, **data["roles"], **data["names"], **data["small"], **data["opposites"], **data["asked"]}
    sets = {name: frozenset(flat[name].split()) for name in SETS}
    made: dict[str, Any] = {
        **sets,
        **{name: data[name] for name in ("numbers", "scales", "ordinals", "fractions", "months")},
        "language": language,
        "emphases": frozenset(_lines(data["emphases"])),
        "contracted": {line[0]: line[1] for line in _lines(data["contracted"])},
        "merged": dict(entry.split("=") for entry in flat["merged"].split()),
        **{name: _groups(flat[name]) for name in ("interchangeable", "modals", "amounts")},
        "clock": _clock(data["clock"]),
        "kinds": _kinds(data["kinds"]),
        "questions": _questions(data["questions"]),
        "irregular": _first(data["irregular"]["forms"]),
        "aliases": _first(flat["aliases"]),
        "opposites": tuple((a, b) for a, b in _lines(data["opposites"]["pairs"])),
        "paired": tuple((a, b) for a, b in _lines(data["opposites"]["paired"])),
        "prefixes": tuple(data["opposites"]["prefixes"].split()),
        "persons": dict(entry.split("=") for entry in flat["persons"].split()),
    }
    return Lexicon(**made)


@cache
def units() -> Mapping[str, tuple[str, float]]:
    """Map a unit's word or sign to its dimension and the factor to its base unit."""
    return {word: (dimension, factor) for dimension, held in _toml("units").items() for word, factor in held.items()}


@cache
def starters(language: str) -> Words:
    """Return the words without digits that can begin a value."""
    known = lexicon(language)
    return frozenset(
        (*known.numbers, *known.ordinals, *known.months, *known.kinds, *units(), *known.articles, *known.noon)
    ).union(known.fractions, known.clock, known.halves)


@cache
def leanings() -> Mapping[str, int]:
    """Map a word of one language's lists to 1, if that is `LANGUAGES[0]`, or -1."""
    first, second = (_vocabulary(lexicon(language)) | word_lists()[language].words for language in LANGUAGES)
    return {**dict.fromkeys(first - second, 1), **dict.fromkeys(second - first, -1)}


def _vocabulary(known: Lexicon) -> Words:
    opposed = {word for pair in known.opposites for word in pair}
    tables = (known.months, known.scales, known.numbers, known.kinds, known.irregular)
    return known.function | known.negators | opposed.union(*tables)


def _toml(name: str) -> dict[str, Any]:
    text = resources.files("askew.pair_labels").joinpath("lists", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text.replace("ß", "ss"))  # as case folding writes it


def _lines(text: str) -> list[tuple[str, ...]]:
    return [tuple(line.split()) for line in text.splitlines() if line.strip()]


def _groups(text: str) -> list[tuple[str, ...]]:
    return [tuple(entry.replace("_", " ") for entry in line) for line in _lines(text)]


def _first(text: str) -> dict[str, str]:
    """Map each word to the first of its line."""
    return {form: line[0] for line in _lines(text) for form in line}


def _kinds(data: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    return {
        word: (kind, number)
        for kind, members in data.items()
        for number, member in enumerate(members.split())
        for word in member.split("|")
    }


def _clock(data: Mapping[str, int]) -> dict[str, list[tuple[Opening, int]]]:
    made: dict[str, list[tuple[Opening, int]]] = {}
    for phrase, minutes in data.items():
        opening = tuple(phrase.split())
        made.setdefault(opening[0], []).append((opening, minutes))
    return made


def _questions(data: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[Opening, str]]]:
    found = [(tuple(opening.split()), asks) for asks, openings in data.items() for opening in openings]
    made: dict[str, list[tuple[Opening, str]]] = {}
    for opening, asks in sorted(found, key=lambda entry: -len(entry[0])):
        made.setdefault(opening[0], []).append((opening, asks))
    return made
