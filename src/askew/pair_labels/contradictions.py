"""Contradictions: one text negates what the other states, or has its antonym."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

from askew.pair_labels.alignment import Alignment, Place
from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.reading import Denial, Reading, overlap
from askew.pair_labels.verdict import Kind
from askew.pair_labels.words import Word
from askew.text.stem import light_stem
from askew.types import Span

ABOUT_THE_SAME = 0.5
"""The share of the shorter text's content words that must be in the other before a difference counts as a conflict."""

BESIDE_OPPOSITES = 0.4
"""Lower than for the other rules, since the antonyms themselves are not shared."""
SHORT = 2  # words of a gap in which a particle counts
ROOT = 4  # letters a word must have without its prefix
LONGEST_GRADED = 6
"""Letters of an English adjective with degrees; longer ones take more and most."""
UMLAUTS = str.maketrans("aou", "äöü")
ADJECTIVE = ("abl", "ibl", "al", "ent", "ant", "at", "iv", "ct", "ou", "plet", "ur", "id", "ir", "er", "ar")
"""Stems with these endings may be negated by in-, im-, il-, ir-; others only look so (form, inform)."""
SHARED = 0.6
"""The share of the shorter text's content words, negated ones aside, that must be in the other."""


@dataclass(frozen=True)
class Conflict:
    """A conflict between two texts.

    rule: negation, opposite, number, date, name, code, … a, b: the words in the two texts.
    """

    kind: Kind
    rule: str
    reason: str
    a: tuple[Span, ...]
    b: tuple[Span, ...]


Conflicts = tuple[Conflict, ...]


def quoted(reading: Reading, *spans: Span) -> str:
    """Quote the words as written in the text."""
    return ", ".join(f"“{reading.text[span.start : span.end]}”" for span in spans)


def opposed(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for antonyms of which each text has only one, unless a negation cancels them."""
    found = [(x, y) for x, y in _antonyms(a, b) if _counts(a, b, x, y, aligned)]
    if len({_quantifies(a, x) or _quantifies(b, y) for x, y in found}) > 1:
        return ()  # always open, never closed
    return tuple(
        Conflict(Kind.CONTRADICTS, "opposite", f"{_said(a, x)} and {_said(b, y)} are opposites", *_spans(a, b, x, y))
        for x, y in found
        if _denied(a, x) == _denied(b, y)
    )


def cancelled(a: Reading, b: Reading) -> bool:
    """Return whether a negation in one text and an antonym in the other amount to the same: not open, closed."""
    return any(_denied(a, x) != _denied(b, y) for x, y in _antonyms(a, b))


def _antonyms(a: Reading, b: Reading) -> Iterator[tuple[int, int]]:
    theirs: dict[str, int] = {}
    for place, word in _own(b, a):
        theirs.setdefault(word.plain, place)
        theirs.setdefault(word.base, place)
    for place, word in _own(a, b):
        known = _known(word.base, a.lexicon.language)
        if word.plain != word.base:
            known = known | _known(word.plain, a.lexicon.language)
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
    return _listed(language).get(key, frozenset()).union(prefixed, _paired(key, language))


def _paired(key: str, language: str) -> Iterator[str]:
    for pair in lexicon(language).paired:
        for prefix, other in (pair, pair[::-1]):
            if key.startswith(prefix) and len(key) >= len(prefix) + ROOT - 1:
                yield other + key[len(prefix) :]


def _prefixed(key: str, prefix: str, language: str) -> Iterator[str]:
    """Yield the word with the prefix added or removed."""
    for long in (prefix + key, key):
        short = long.removeprefix(prefix)
        denies = not prefix.startswith("i") or short.endswith(ADJECTIVE)
        if long != short and len(short) >= ROOT and denies and long not in _unprefixed(language):
            yield short if long == key else long


def _counts(a: Reading, b: Reading, x: int, y: int, aligned: Alignment) -> bool:
    particles = a.lexicon.particles
    if _turned(a, b, x, y):
        return False
    if a.words[x].form in particles or b.words[y].form in particles:
        return any(
            (hole.a1 <= x < hole.a2 <= hole.a1 + SHORT and hole.b1 <= y < hole.b2 <= hole.b1 + SHORT)
            or (hole.a1 == x < hole.a2 <= x + 2 * SHORT and hole.b1 == y < hole.b2 <= y + 2 * SHORT)
            for hole in aligned.holes
        )
    if _one_deal(a, b, x, y):
        return False
    if _quantifies(a, x) or _quantifies(b, y):
        return overlap(a, b) >= SHARED or aligned.exchanged(Place(x), Place(y))
    return overlap(a, b) >= BESIDE_OPPOSITES or aligned.exchanged(Place(x), Place(y))


def _quantifies(reading: Reading, place: int) -> bool:
    return reading.words[place].form in reading.lexicon.quantifiers


def converse(a: Reading, b: Reading) -> bool:
    """Return whether one relation is told from its two sides: A is above B, B is below A."""
    return any(_turned(a, b, x, y) or _one_deal(a, b, x, y) for x, y in _antonyms(a, b))


def _one_deal(a: Reading, b: Reading, x: int, y: int) -> bool:
    """Return whether both describe one transaction from two sides: Do you sell …, can I buy …"""
    persons = {_doer(a, x), _doer(b, y)}
    return _are_converse(a, b, x, y) and len(persons) > 1 and "" not in persons


def _are_converse(a: Reading, b: Reading, x: int, y: int) -> bool:
    return {a.words[x].base, b.words[y].base} <= _stems(a.lexicon.language)


def _turned(a: Reading, b: Reading, x: int, y: int) -> bool:
    """Return whether the two words are converse, or compare, and their arguments have changed sides."""
    compared = all(any(word.form in side.lexicon.comparison for word in side.words) for side in (a, b))
    if not compared and not _are_converse(a, b, x, y):
        return False
    left, right = _arguments(a, b, x), _arguments(b, a, y)
    return bool(left and right) and left[0] != right[0] and left[0] in right and right[0] in left


def _arguments(a: Reading, b: Reading, pivot: int) -> list[str]:
    """Return content words, persons and single letters, the subject first: before B, A is A before B."""
    letters = {word.form for side in (a, b) for word in side.words if word.capital and not word.first}
    found: list[str] = []
    for place, word in enumerate(a.words):
        letter = len(word.form) == 1 and word.capital and word.form in letters
        person = "" if word.upper else a.lexicon.persons.get(word.form, "")
        if place != pivot and (letter or person or a.carries(place)):
            found.append(person or word.base)
    fronted = not pivot and a.words[pivot].function and len(found) > 1
    return [found[1], found[0], *found[2:]] if fronted else found


def _doer(reading: Reading, place: int) -> str:
    """Return the last person mentioned before this word."""
    persons = reading.lexicon.persons
    return next((persons[word.form] for word in reversed(reading.words[:place]) if word.form in persons), "")


def _denied(reading: Reading, place: int) -> bool:
    """Return whether the word is negated, or said of what there is none of: no seat is free."""
    return any(
        denial.head == place or (place in denial.clause and _none(reading, denial)) for denial in reading.denials
    )


def _none(reading: Reading, denial: Denial) -> bool:
    form = reading.words[denial.place].form
    return denial.head >= 0 and form in reading.lexicon.nominal and form not in reading.lexicon.lifting


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
    """Map stems to the stems of their listed antonyms, in each degree: cheap, cheapest."""
    found: dict[str, set[str]] = {}
    for pair in lexicon(language).opposites:
        for forms in zip(*(_degrees(word, language) for word in pair), strict=True):
            for own, other in (forms, forms[::-1]):
                for a, b in product(own, other):
                    found.setdefault(light_stem(a, language), set()).add(light_stem(b, language))
    return {word: frozenset(others) for word, others in found.items()}


def _degrees(word: str, language: str) -> tuple[tuple[str, ...], ...]:
    """Return how a word may be written in each degree of an adjective, itself where there is more or most."""
    if language == "de":
        umlaut = word.translate(UMLAUTS)
        most = tuple(f"{root}{end}" for root in (word, umlaut) for end in ("ste", "sten", "este", "esten"))
        return (word,), (f"{word}er", f"{umlaut}er"), most
    if len(word) > LONGEST_GRADED:
        return (word,), (word,), (word,)
    root = word.removesuffix("e")
    root = f"{root[:-1]}i" if root.endswith("y") else root
    return (word,), *((f"{root}{end}", f"{root}{root[-1:]}{end}") for end in ("er", "est"))


def denied(a: Reading, b: Reading) -> Conflicts:
    """Return a conflict for each word that one text negates and the other has without negation."""
    if not (a.denials or b.denials) or not _about_the_same(a, b) or _excepted(a, b):
        return ()
    left = [_conflict(a, b, denial, other) for denial, other in _negated(a, b)]
    right = [_reversed(_conflict(b, a, denial, other)) for denial, other in _negated(b, a)]
    if bool(left) != bool(right) and _free(b if left else a, a if left else b):
        return ()
    return (*left, *right) or _odd(a, b)


def _excepted(a: Reading, b: Reading) -> bool:
    """Return whether one text says unless where the other says if not."""
    excepted = [not side.lexicon.exceptions.isdisjoint(side.forms) for side in (a, b)]
    return excepted[0] != excepted[1] and len(a.denials) + excepted[0] == len(b.denials) + excepted[1]


def _about_the_same(a: Reading, b: Reading) -> bool:
    """Return whether the texts share enough content words besides the negated ones."""
    heads = {reading.words[denial.head].base for reading in (a, b) for denial in reading.denials if denial.head >= 0}
    left, right = a.content.keys() - heads, b.content.keys() - heads
    return len(left & right) >= SHARED * min(len(left), len(right))


def _free(a: Reading, b: Reading) -> bool:
    """Return whether `a` negates something `b` does not mention: it may be the same negation in other words."""
    return any(denial.head < 0 or a.words[denial.head].base not in b.content for denial in a.denials)


def _negated(a: Reading, b: Reading) -> Iterator[tuple[Denial, int]]:
    """Yield the negations of `a` with the same word in `b`, where `b` does not negate it; words that a text also
    uses without negation are skipped.
    """
    kept = {b.words[n].base for denial in b.denials for n in (denial.head, *denial.clause) if n >= 0}
    for denial in a.denials:
        if _asked_how(a, denial, b):
            continue
        if denial.head < 0:
            yield from _whole(a, b, denial)
            continue
        word = a.words[denial.head].base
        if word in b.content and word not in kept and not _undenied(a, denial):
            yield denial, b.content[word]


def _undenied(a: Reading, denial: Denial) -> bool:
    """Return whether the negated word is repeated: I cannot swim. How do I learn to swim?"""
    return sum(word.base == a.words[denial.head].base for word in a.words) > 1


def _whole(a: Reading, b: Reading, denial: Denial) -> Iterator[tuple[Denial, int]]:
    """Yield a negation with an unknown head if the other text has its whole clause and no negation."""
    words = [a.words[n].base for n in denial.clause if a.carries(n)]
    if words and not b.denials and all(word in b.content for word in words):
        yield Denial(denial.place, denial.clause[-1]), b.content[words[-1]]


def _asked_how(a: Reading, denial: Denial, b: Reading) -> bool:
    """Return whether one text states an inability and the other asks how: I cannot log in, how do I log in?"""
    near = {word.form for word in a.words[max(denial.place - 2, 0) : denial.place + 1]}
    return b.asked.what == "how" and a.asked.what != "how" and bool(near & a.lexicon.abilities)


def _odd(a: Reading, b: Reading) -> Conflicts:
    """Return a conflict for identical words except for a negation without a known head."""
    if (len(a.denials) - len(b.denials)) % 2 == 0 or a.content.keys() != b.content.keys() or cancelled(a, b):
        return ()
    if any(_asked_how(a, denial, b) for denial in a.denials) or any(_asked_how(b, denial, a) for denial in b.denials):
        return ()
    if any(denial.head >= 0 and _undenied(reading, denial) for reading in (a, b) for denial in reading.denials):
        return ()
    spans = [tuple(reading.span(denial.place, denial.place) for denial in reading.denials) for reading in (a, b)]
    more = quoted(a, *spans[0]) or quoted(b, *spans[1])
    return (Conflict(Kind.CONTRADICTS, "negation", f"only one of them has {more}", spans[0], spans[1]),)


def _conflict(a: Reading, b: Reading, denial: Denial, other: int) -> Conflict:
    first, last = sorted((denial.place, denial.head))
    spans = (a.span(denial.place, denial.place), a.span(denial.head, denial.head))
    whole = a.span(first, last)
    said = b.span(other, other)
    reason = f"one says {quoted(a, whole)}, the other {quoted(b, said)}"
    return Conflict(Kind.CONTRADICTS, "negation", reason, _ordered(spans), (said,))


def _ordered(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    return tuple(sorted(set(spans), key=lambda span: span.start))


def _reversed(found: Conflict) -> Conflict:
    return Conflict(found.kind, found.rule, found.reason, found.b, found.a)
