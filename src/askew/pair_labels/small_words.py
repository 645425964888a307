"""Function words that decide: prepositions, conjunctions, modal verbs, quantifiers and hedges in each other's place."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

from askew.pair_labels.alignment import Alignment, Hole, close, unexplained
from askew.pair_labels.contradictions import Conflict, Conflicts, quoted
from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.reading import Reading, surely_spoken
from askew.pair_labels.verdict import Kind
from askew.types import Span

NEAR = 3  # words of a gap in which a hedge or an exception counts


def decided(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for small words in the same place of which one does not do for the other."""
    if not aligned.holes or not close(a, b, aligned):
        return ()
    found = tuple(conflict for hole in aligned.holes for conflict in _in_gap(a, b, hole) if _alone(a, b, hole, aligned))
    return found if found and surely_spoken(a, b) else ()


def _alone(a: Reading, b: Reading, hole: Hole, aligned: Alignment) -> bool:
    """Return whether no content word differs elsewhere: a text in other words has other prepositions too."""
    return not any(unexplained(a, b, other) for other in aligned.holes if other is not hole)


def _in_gap(a: Reading, b: Reading, hole: Hole) -> Iterator[Conflict]:
    x, y = a.forms_of(hole.a1, hole.a2), b.forms_of(hole.b1, hole.b2)
    if len(x) > NEAR or len(y) > NEAR:
        return
    if x and y:
        rule = _swaps(a.lexicon.language).get((" ".join(x), " ".join(y)), "")
        asked = any(side.text.rstrip().endswith("?") for side in (a, b))
        excepts = not a.lexicon.exceptions.isdisjoint(x + y)
        if rule and not excepts and not (asked and rule == "modal"):
            yield _conflict(a, b, hole, Kind.RELATED if rule == "modal" else Kind.OTHER_VALUES, rule)
            return
    for own, other, side, first in ((x, b, a, hole.a1), (y, a, b, hole.b1)):
        exception = _excepted(side, own, other)
        if exception or _hedged(side, own, first, y if own is x else x):
            yield _conflict(a, b, hole, Kind.CONTRADICTS, "condition" if exception else "hedge")
            return


def _hedged(a: Reading, own: tuple[str, ...], first: int, other: tuple[str, ...]) -> bool:
    """Return whether what almost happened in this text did in the other; almost 5 km are no hedge."""
    if other or not a.lexicon.hedges.intersection(own):
        return False
    after = first + len(own)
    counts = after < len(a.words) and (after in a.valued or a.words[after].form in a.lexicon.function)
    return after < len(a.words) and not counts


def _excepted(a: Reading, own: tuple[str, ...], b: Reading) -> bool:
    """Return whether only this text makes an exception: unless, except; "if not" is one too."""
    exceptions = a.lexicon.exceptions
    return bool(exceptions.intersection(own)) and exceptions.isdisjoint(b.forms) and len(a.denials) >= len(b.denials)


@cache
def _swaps(language: str) -> Mapping[tuple[str, str], str]:
    """Map two forms, of which one does not do for the other, to the rule that says so."""
    known = lexicon(language)
    plain = {form: form for form in known.prepositions | known.conjunctions} | dict(known.merged)
    joining = known.conjunctions
    alike = {(x, y) for group in known.interchangeable for x in group for y in group}
    opposite = {pair for words in known.opposites for pair in (words, words[::-1])}
    swaps = {
        (x, y): "conjunction" if x in joining else "preposition"
        for one, other in combinations(sorted(plain), 2)
        for x, y in ((one, other), (other, one))
        if plain[x] != plain[y] and (plain[x], plain[y]) not in alike | opposite and (x in joining) == (y in joining)
    }
    for rule, groups in (("modal", known.modals), ("quantifier", known.amounts)):
        for one, other in combinations(groups, 2):
            swaps |= {pair: rule for x in one for y in other for pair in ((x, y), (y, x))}
    return swaps


def _conflict(a: Reading, b: Reading, hole: Hole, kind: Kind, rule: str) -> Conflict:
    left, right = _span(a, hole.a1, hole.a2), _span(b, hole.b1, hole.b2)
    x, y = quoted(a, *left), quoted(b, *right)
    reason = f"different {rule}: {x} vs {y}" if x and y else f"only one has {x or y}"
    return Conflict(kind, rule, reason, left, right)


def _span(reading: Reading, first: int, end: int) -> tuple[Span, ...]:
    return (reading.span(first, end - 1),) if first < end else ()
