"""Question-type conflicts: two questions about the same thing that ask for different answers."""

from askew.pair_labels.conflict import Conflict, Conflicts, quoted
from askew.pair_labels.reading import Reading
from askew.pair_labels.verdict import Kind

THE_REST = 0.75
"""The share of content words, question words aside, that must be in common."""


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
