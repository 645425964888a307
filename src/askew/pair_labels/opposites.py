"""Antonyms in two texts: listed pairs, or formed by a negating prefix (valid, invalid)."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from askew.pair_labels.alignment import Alignment, Place
from askew.pair_labels.conflict import Conflict, Conflicts, quoted
from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.reading import Reading, overlap
from askew.pair_labels.verdict import Kind
from askew.pair_labels.words import Word
from askew.text.stem import light_stem
from askew.types import Span

ABOUT_THE_SAME = 0.4
"""Lower than for the other rules, since the antonyms themselves are not shared."""
SHORT = 2  # words of a gap in which a particle counts
ROOT = 4  # letters a word must have without its prefix
ADJECTIVE = ("abl", "ibl", "al", "ent", "ant", "at", "iv", "ct", "ou", "plet", "ur", "id", "ir", "er", "ar")
"""Stems with these endings may be negated by in-, im-, il-, ir-; others only look so (form, inform)."""


def opposed(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for antonyms of which each text has only one, unless a negation cancels them."""
    found = [(x, y) for x, y in _pairs(a, b) if _counts(a, b, x, y, aligned)]
    return tuple(
        Conflict(Kind.CONTRADICTS, "opposite", f"{_said(a, x)} and {_said(b, y)} are opposites", *_spans(a, b, x, y))
        for x, y in found
        if _denied(a, x) == _denied(b, y)
    )


def cancelled(a: Reading, b: Reading) -> bool:
    """Return whether a negation in one text and an antonym in the other amount to the same: not open, closed."""
    return any(_denied(a, x) != _denied(b, y) for x, y in _pairs(a, b))


def _pairs(a: Reading, b: Reading) -> Iterator[tuple[int, int]]:
    theirs: dict[str, int] = {}
    for place, word in _own(b, a):
        theirs.setdefault(word.plain, place)
        theirs.setdefault(word.base, place)
    for place, word in _own(a, b):
        known = {other for key in (word.base, word.plain) for other in _known(key, a.lexicon.language)}
        yield from sorted({(place, theirs[other]) for other in known if other in theirs})


def _own(a: Reading, b: Reading) -> Iterator[tuple[int, Word]]:
    """Yield the words that only `a` has."""
    for place, word in enumerate(a.words):
        if not word.digits and word.base not in b.plain and word.plain not in b.plain:
            yield place, word


@lru_cache(maxsize=1 << 16)
def _known(key: str, language: str) -> frozenset[str]:
    """Return the antonyms of a stem."""
    prefixed = [other for prefix in lexicon(language).prefixes for other in _prefixed(key, prefix, language)]
    return _listed(language).get(key, frozenset()).union(prefixed)


def _prefixed(key: str, prefix: str, language: str) -> Iterator[str]:
    """Yield the word with the prefix added or removed."""
    for long in (prefix + key, key):
        short = long.removeprefix(prefix)
        denies = not prefix.startswith("i") or short.endswith(ADJECTIVE)
        if long != short and len(short) >= ROOT and denies and long not in _unprefixed(language):
            yield short if long == key else long


def _counts(a: Reading, b: Reading, x: int, y: int, aligned: Alignment) -> bool:
    particles = a.lexicon.particles
    if a.words[x].form in particles or b.words[y].form in particles:
        return any(
            hole.a1 <= x < hole.a2 <= hole.a1 + SHORT and hole.b1 <= y < hole.b2 <= hole.b1 + SHORT
            for hole in aligned.holes
        )
    if _one_deal(a, b, x, y):
        return False
    return overlap(a, b) >= ABOUT_THE_SAME or aligned.exchanged(Place(x), Place(y))


def _one_deal(a: Reading, b: Reading, x: int, y: int) -> bool:
    """Return whether both describe one transaction from two sides: Do you sell …, can I buy …"""
    converses = _stems(a.lexicon.language)
    persons = {_doer(a, x), _doer(b, y)}
    return {a.words[x].base, b.words[y].base} <= converses and len(persons) > 1 and "" not in persons


def _doer(reading: Reading, place: int) -> str:
    """Return the last person mentioned before this word."""
    persons = reading.lexicon.persons
    return next((persons[word.form] for word in reversed(reading.words[:place]) if word.form in persons), "")


def _denied(reading: Reading, place: int) -> bool:
    return any(denial.head == place for denial in reading.denials)


def _said(reading: Reading, place: int) -> str:
    return quoted(reading, reading.span(place, place))


def _spans(a: Reading, b: Reading, x: int, y: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    return (a.span(x, x),), (b.span(y, y),)


@cache
def _unprefixed(language: str) -> frozenset[str]:
    return frozenset(light_stem(word, language) for word in lexicon(language).unprefixed)


@cache
def _stems(language: str) -> frozenset[str]:
    return frozenset(light_stem(word, language) for word in lexicon(language).converses)


@cache
def _listed(language: str) -> Mapping[str, frozenset[str]]:
    """Map stems to the stems of their listed antonyms."""
    found: dict[str, set[str]] = {}
    for pair in lexicon(language).opposites:
        a, b = (light_stem(word, language) for word in pair)
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in found.items()}
