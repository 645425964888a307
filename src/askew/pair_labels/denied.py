"""Negation conflicts: one text negates what the other states."""

from collections.abc import Iterator

from askew.pair_labels.conflict import Conflict, Conflicts, quoted
from askew.pair_labels.denials import Denial
from askew.pair_labels.opposites import cancelled
from askew.pair_labels.reading import Reading
from askew.pair_labels.verdict import Kind
from askew.types import Span

SHARED = 0.6
"""The share of the shorter text's content words, negated ones aside, that must be in the other."""


def denied(a: Reading, b: Reading) -> Conflicts:
    """Return a conflict for each word that one text negates and the other has without negation."""
    if not (a.denials or b.denials) or not _about_the_same(a, b):
        return ()
    left = [_conflict(a, b, denial, other) for denial, other in _pairs(a, b)]
    right = [_turned(_conflict(b, a, denial, other)) for denial, other in _pairs(b, a)]
    if bool(left) != bool(right) and _free(b if left else a, a if left else b):
        return ()
    return (*left, *right) or _odd(a, b)


def _about_the_same(a: Reading, b: Reading) -> bool:
    """Return whether the texts share enough content words besides the negated ones."""
    heads = {reading.words[denial.head].base for reading in (a, b) for denial in reading.denials if denial.head >= 0}
    left, right = a.content.keys() - heads, b.content.keys() - heads
    return len(left & right) >= SHARED * min(len(left), len(right))


def _free(a: Reading, b: Reading) -> bool:
    """Return whether `a` negates something `b` does not mention: it may be the same negation in other words."""
    return any(denial.head < 0 or a.words[denial.head].base not in b.content for denial in a.denials)


def _pairs(a: Reading, b: Reading) -> Iterator[tuple[Denial, int]]:
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


def _turned(found: Conflict) -> Conflict:
    return Conflict(found.kind, found.rule, found.reason, found.b, found.a)
