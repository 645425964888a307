"""Mismatches: another value or name in the same place, swapped roles, another question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from askew.pair_labels import names as naming
from askew.pair_labels import values as valuing
from askew.pair_labels.alignment import Alignment
from askew.pair_labels.contradictions import ABOUT_THE_SAME, Conflict, Conflicts, converse, quoted
from askew.pair_labels.names import Name
from askew.pair_labels.reading import KEPT, Reading, overlap
from askew.pair_labels.values import Value
from askew.pair_labels.verdict import Kind

SAME_WORDS = 0.8
"""Share of content words that must be in both."""
MOST = 24  # words; in longer sentences words can swap places by chance
THE_REST = 0.75
"""The share of content words, question words aside, that must be in common."""


def substituted(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for each value or name that excludes one of the other text; additional information is no
    conflict.
    """
    found = [_substitution(a, b, x, y, _rule(x, y)) for x, y in _values(a, b, aligned)]
    found += [_substitution(a, b, x, y, "name") for x, y in _names(a, b, aligned)]
    return tuple(found)


def _values(a: Reading, b: Reading, aligned: Alignment) -> Iterator[tuple[Value, Value]]:
    theirs = valuing.unmatched(b.values, a.values)
    for x in valuing.unmatched(a.values, b.values):
        for y in theirs:
            swapped = aligned.exchanged(x, y)
            if (valuing.comparable(x, y) and (swapped or _unasked(a, b, x, y))) or (swapped and _remeasured(x, y)):
                yield x, y
                theirs.remove(y)
                break


def _remeasured(x: Value, y: Value) -> bool:
    """Return whether only the unit differs: a walk of 5 minutes, of 5 km."""
    return x.kind == y.kind == "number" and x.unit != y.unit and "" not in (x.unit, y.unit) and x.raw == y.raw


def _unasked(a: Reading, b: Reading, x: Value, y: Value) -> bool:
    """Return whether the values exclude each other regardless of position."""
    if x.soft or y.soft:
        return x.unit == y.unit != "" and 0.5 in (x.raw, y.raw)  # an hour, half an hour
    if x.kind == y.kind and (x.unit == y.unit != "" or x.kind not in ("number", "code")):
        return True
    return (x.kind == y.kind or "code" not in (x.kind, y.kind)) and overlap(a, b) >= ABOUT_THE_SAME


def _names(a: Reading, b: Reading, aligned: Alignment) -> Iterator[tuple[Name, Name]]:
    right = naming.unmatched(b.names, a.names, a.forms, a.lexicon)
    for x in naming.unmatched(a.names, b.names, b.forms, a.lexicon):
        for y in right:
            if aligned.exchanged(x, y):
                yield x, y
                right.remove(y)
                break


def _rule(x: Value, y: Value) -> str:
    if x.kind == y.kind == "number":
        return "model" if x.owner and x.owner == y.owner else "number"
    return "code" if "code" in (x.kind, y.kind) else x.kind


def _substitution(a: Reading, b: Reading, x: Value | Name, y: Value | Name, rule: str) -> Conflict:
    spans = a.span(x.first, x.last), b.span(y.first, y.last)
    reason = f"different {rule}: {quoted(a, spans[0])} vs {quoted(b, spans[1])}"
    return Conflict(Kind.OTHER_VALUES, rule, reason, (spans[0],), (spans[1],))


@dataclass(frozen=True)
class Part:
    """The word at `place`, identified by `key`, with the function words that mark its role ("from")."""

    key: str
    place: int
    marker: tuple[str, ...]


def exchanged(a: Reading, b: Reading) -> Conflicts:
    """Return the conflict of two texts whose arguments are swapped."""
    if max(len(a.words), len(b.words)) > MOST or a.text == b.text:
        return ()
    shared, union = len(a.content.keys() & b.content.keys()), len(a.content.keys() | b.content.keys())
    if shared < SAME_WORDS * union:
        return ()
    for persons in (False, True):
        left, right = parts(a, persons), parts(b, persons)
        for x, y in (*_markers(left, right), *_order(a, b, left, right)):
            if _declined(a, b, left, right, x, y) or converse(a, b):
                return ()
            return (_swap(a, b, left, right, x, y),)
    return ()


@lru_cache(maxsize=KEPT)
def parts(reading: Reading, persons: bool) -> tuple[Part, ...]:
    """Return the arguments; a word after "and" has the role of the word before. persons: I and you count too."""
    found: list[Part] = []
    marker: list[str] = []
    joined = False
    for place, word in enumerate(reading.words):
        person = reading.lexicon.persons.get(word.form, "") if persons else ""
        if word.form in reading.lexicon.symmetric and found:
            joined = True
        elif word.form in reading.lexicon.markers:
            marker.append(word.form)
        if person or place in reading.valued or reading.carries(place):
            shown = found[-1].marker if joined and not marker else tuple(marker)
            found.append(Part(person or word.base, place, shown))
            marker, joined = [], False
    return tuple(found)


def _declined(a: Reading, b: Reading, left: Sequence[Part], right: Sequence[Part], x: str, y: str) -> bool:
    """Return whether the articles tell who does what, in any order: den Mann beißt der Hund."""
    articles = [
        {part.key: reading.words[part.place - 1].form for part in side if part.key in (x, y) and part.place}
        for reading, side in ((a, left), (b, right))
    ]
    return articles[0] == articles[1] and not a.lexicon.oblique.isdisjoint(articles[0].values())


def _markers(a: Sequence[Part], b: Sequence[Part]) -> Iterator[tuple[str, str]]:
    """Yield two words that swapped markers. Adjacent words are a compound: a Google internship."""
    left, right = ({part.key: part for part in side} for side in (a, b))
    if len(left) < len(a) or len(right) < len(b):
        return  # a repeated word has two roles
    moved = [part.key for part in a if part.key in right and part.marker != right[part.key].marker]
    for x, y in combinations(moved, 2):
        apart = all(abs(side[x].place - side[y].place) > 1 for side in (left, right))
        if apart and left[x].marker == right[y].marker and left[y].marker == right[x].marker:
            yield x, y


def _order(a: Reading, b: Reading, left: Sequence[Part], right: Sequence[Part]) -> Iterator[tuple[str, str]]:
    """Yield two words around a third that swapped places, with everything else unchanged."""
    parts = {part.place: part.key for part in left}, {part.place: part.key for part in right}
    x, y = (_spoken(reading, held) for reading, held in zip((a, b), parts, strict=True))
    differ = [n for n, (one, other) in enumerate(zip(x, y, strict=False)) if one != other]
    if len(x) == len(y) and len(differ) == 2 and (x[differ[0]], x[differ[1]]) == (y[differ[1]], y[differ[0]]):
        between = x[differ[0] + 1 : differ[1]]
        joined = any(word in a.lexicon.symmetric for word in between)
        if between and not joined and {x[n] for n in differ} <= {part.key for part in left}:
            yield x[differ[0]], x[differ[1]]


def _spoken(reading: Reading, parts: Mapping[int, str]) -> list[str]:
    """Return the words without articles, arguments by their key."""
    kept = [n for n, word in enumerate(reading.words) if n in parts or word.form not in reading.lexicon.determiners]
    return [parts.get(n, reading.words[n].base) for n in kept]


def _swap(a: Reading, b: Reading, left: Sequence[Part], right: Sequence[Part], x: str, y: str) -> Conflict:
    spans = [
        tuple(reading.span(part.place, part.place) for part in side if part.key in (x, y))
        for reading, side in ((a, left), (b, right))
    ]
    compares = any(word.form in a.lexicon.comparison for word in a.words)
    asked = a.text.rstrip().endswith("?") and b.text.rstrip().endswith("?")
    kind = (Kind.RELATED if asked else Kind.CONTRADICTS) if compares else Kind.OTHER_VALUES
    return Conflict(kind, "roles", f"{quoted(a, *spans[0])} are swapped", spans[0], spans[1])


def asked_otherwise(a: Reading, b: Reading) -> Conflicts:
    """Return the conflict of two questions that differ in type."""
    left, right = a.asked, b.asked
    if not left.what or not right.what or left.what == right.what:
        return ()
    matters = [reading.content.keys() - _stems(reading) for reading in (a, b)]
    if len(matters[0] & matters[1]) < THE_REST * len(matters[0] | matters[1]):
        return ()
    spans = a.span(left.first, left.last), b.span(right.first, right.last)
    reason = f"one asks {quoted(a, spans[0])}, the other {quoted(b, spans[1])}"
    return (Conflict(Kind.RELATED, "question", reason, (spans[0],), (spans[1],)),)


def _stems(reading: Reading) -> frozenset[str]:
    """Return the stems of the question words."""
    held = range(reading.asked.first, reading.asked.last + 1)
    return frozenset(w.base for n, w in enumerate(reading.words) if n in held or w.form in reading.lexicon.asked)
