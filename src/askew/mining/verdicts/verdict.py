"""What two texts can be to each other, and what that does to their score."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from askew.types import Span


class Kind(StrEnum):
    """identical: but for case, punctuation and spaces. near-identical: but for a slip of the pen, an ending or a small
    word. contains: one stands in the other almost word for word, and that one says clearly more. other-values: one
    template with another number, date, name or product. contradicts: one denies what the other says or asks. related:
    about one matter, and not the same.
    """

    IDENTICAL = "identical"
    NEAR_IDENTICAL = "near-identical"
    PARAPHRASE = "paraphrase"
    CONTAINS = "contains"
    OTHER_VALUES = "other-values"
    CONTRADICTS = "contradicts"
    RELATED = "related"


DUPLICATE = frozenset({Kind.IDENTICAL, Kind.NEAR_IDENTICAL, Kind.PARAPHRASE})
"""The kinds that say the same. What contains another says more, and is kept apart."""

TRUST: Mapping[Kind, float] = {Kind.RELATED: 0.75, Kind.OTHER_VALUES: 0.5, Kind.CONTRADICTS: 0.5}
"""How much of its score a pair keeps that does not say the same. Half a cosine is below every threshold at which texts
are taken for duplicates, and the order among such pairs stays what it was.
"""


@dataclass(frozen=True)
class Verdict:
    """evidence_a, evidence_b: the stretches of the two texts that decide it; none for a paraphrase."""

    kind: Kind
    reason: str
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()


def adjusted(score: float, verdict: Verdict) -> float:
    """The score to rank by: never higher than it was, and lower where the two do not say the same."""
    return min(score, score * TRUST.get(verdict.kind, 1.0))
