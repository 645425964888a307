"""Conflicts: evidence that two texts do not mean the same."""

from dataclasses import dataclass

from askew.pair_labels.reading import Reading
from askew.pair_labels.verdict import Kind
from askew.types import Span

ABOUT_THE_SAME = 0.5
"""The share of the shorter text's content words that must be in the other before a difference counts as a conflict."""


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
