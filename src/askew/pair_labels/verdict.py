"""Pair labels, and how they adjust a pair's score."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from askew.types import Span


class Kind(StrEnum):
    """Pair labels.

    identical: except for case, punctuation and spaces. near-identical: except for a typo, an inflection or a small
    word. contains: one text includes the other almost word for word and clearly says more. other-values: same template
    with a different number, date, name or product. contradicts: one negates what the other states or asks. related:
    same topic, different meaning.
    """

    IDENTICAL = "identical"
    NEAR_IDENTICAL = "near-identical"
    PARAPHRASE = "paraphrase"
    CONTAINS = "contains"
    OTHER_VALUES = "other-values"
    CONTRADICTS = "contradicts"
    RELATED = "related"


DUPLICATE = frozenset({Kind.IDENTICAL, Kind.NEAR_IDENTICAL, Kind.PARAPHRASE})
"""Labels of texts that mean the same. A text that contains another says more, and is kept."""

TRUST: Mapping[Kind, float] = {Kind.RELATED: 0.75, Kind.OTHER_VALUES: 0.5, Kind.CONTRADICTS: 0.5}
"""Factor applied to the score of pairs that do not mean the same. Half a cosine is below every duplicate threshold,
and the order among such pairs is preserved.
"""


@dataclass(frozen=True)
class Verdict:
    """A pair's label with its reason.

    evidence_a, evidence_b: the decisive spans of the two texts; empty for a paraphrase.
    """

    kind: Kind
    reason: str
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()


def adjusted(score: float, verdict: Verdict) -> float:
    """Return the score for ranking: never higher than before, and lower if the two do not mean the same."""
    return min(score, score * TRUST.get(verdict.kind, 1.0))
