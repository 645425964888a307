"""What speaks against two texts saying the same."""

from dataclasses import dataclass

from askew.mining.verdicts.reading import Reading
from askew.mining.verdicts.verdict import Kind
from askew.types import Span

ABOUT_THE_SAME = 0.5
"""So much of what the shorter text is about must be in the other before a difference is one between them."""


@dataclass(frozen=True)
class Conflict:
    """rule: negation, opposite, number, date, name, code, … a, b: the words of the two texts."""

    kind: Kind
    rule: str
    reason: str
    a: tuple[Span, ...]
    b: tuple[Span, ...]


Conflicts = tuple[Conflict, ...]


def quoted(reading: Reading, *spans: Span) -> str:
    """The words as they stand in the text."""
    return ", ".join(f"“{reading.text[span.start : span.end]}”" for span in spans)
