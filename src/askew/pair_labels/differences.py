"""Contradictions between two texts, sentence by sentence, as text."""

from dataclasses import dataclass

from askew.pair_labels.sentencewise import Clash, clashes
from askew.pair_labels.verdict import Kind
from askew.types import Span


@dataclass(frozen=True)
class Difference:
    """A contradiction between two sentences.

    kind: number, negation, opposite, name, … a, b: the two sentences. only_a, only_b: the words that differ.
    """

    kind: str
    a: str
    b: str
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def differences(a: str, b: str) -> list[Difference]:
    """Return the contradictions in the order of `a`; each sentence is compared with the most similar one of `b`."""
    return [_told(a, b, clash) for clash in clashes(a, b) if clash.conflict.kind is not Kind.RELATED]


def _told(a: str, b: str, clash: Clash) -> Difference:
    conflict = clash.conflict
    left, right = (" ".join(sentence.split()) for sentence in (clash.a, clash.b))
    return Difference(conflict.rule, left, right, _words(a, conflict.a), _words(b, conflict.b))


def _words(text: str, spans: tuple[Span, ...]) -> tuple[str, ...]:
    return tuple(text[span.start : span.end] for span in spans)
