"""Two questions about the same that differ in what they ask for."""

from askew.mining.verdicts.conflict import Conflict, Conflicts, quoted
from askew.mining.verdicts.reading import Reading
from askew.mining.verdicts.verdict import Kind

THE_REST = 0.75
"""Of all words with matter, the question's own aside, so many are in both where only the question word differs."""


def asked_otherwise(a: Reading, b: Reading) -> Conflicts:
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
    """Of the words that ask."""
    held = range(reading.asked.first, reading.asked.last + 1)
    return frozenset(w.base for n, w in enumerate(reading.words) if n in held or w.form in reading.lexicon.asked)
