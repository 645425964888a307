"""Pair labels, how they adjust a pair's score, and the cross-encoder that may overrule them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.types import FloatMatrix, Span

UNLIKE, ALIKE = 0.1, 0.9
"""Scores at which the cross-encoder is confident."""


class Kind(StrEnum):
    """Pair labels.

    identical: except for case, punctuation and spaces. near-identical: except for a typo, an inflection or a small
    word that the other may stand for. contains: one text includes the other almost word for word and clearly says
    more. other-values: same template with a different number, date, name, product, sign or preposition. contradicts:
    one negates what the other states or asks. related: same topic, different meaning.
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


GUESSED = frozenset({Kind.PARAPHRASE, Kind.RELATED, Kind.CONTRADICTS})
"""Verdicts that the wording does not settle. Different values and identical words are facts that no model overrules."""


Opinion = Callable[[Sequence[Verdict], Sequence[tuple[str, str]]], list[Verdict]]
"""A model's second opinion: verdicts and their pairs in, verdicts out."""


class PairScorer(Protocol):
    """A cross-encoder that scores whether two texts mean the same, such as one trained on duplicate questions."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return (n,): 0 means certainly different, 1 certainly the same."""


def overruled(
    verdicts: Sequence[Verdict],
    pairs: Sequence[tuple[str, str]],
    scorer: PairScorer,
    bounds: tuple[float, float] = (UNLIKE, ALIKE),
) -> list[Verdict]:
    """Score each pair in both orders, since verdicts are symmetric. Scores within the bounds change nothing."""
    open_ones = [n for n, verdict in enumerate(verdicts) if verdict.kind in GUESSED]
    read = [pairs[n] for n in open_ones]
    scores = scorer.score([*read, *((b, a) for a, b in read)]).reshape(2, -1).mean(axis=0)
    decided = list(verdicts)
    for n, score in zip(open_ones, scores.tolist(), strict=True):
        decided[n] = _second(verdicts[n], score, bounds)
    return decided


class PairClassifier(Protocol):
    """A cross-encoder of natural language inference: does the second text of a pair follow from the first?"""

    labels: tuple[str, ...]

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> FloatMatrix:
        """Return the probability of each label (n, labels)."""


def inferred(
    verdicts: Sequence[Verdict], pairs: Sequence[tuple[str, str]], model: PairClassifier, sure: float = ALIKE
) -> list[Verdict]:
    """Read each pair in both orders. A contradiction counts by its mean; texts say the same only if each follows from
    the other. sure: the probability from which the model decides; below it, and for what is neutral, nothing changes.
    """
    open_ones = [n for n, verdict in enumerate(verdicts) if verdict.kind in GUESSED]
    read = [pairs[n] for n in open_ones]
    both = model.probabilities([*read, *((b, a) for a, b in read)]).reshape(2, len(read), len(model.labels))
    against = both[:, :, model.labels.index("contradiction")].mean(axis=0)
    same = both[:, :, model.labels.index("entailment")].min(axis=0)
    decided = list(verdicts)
    for place, n in enumerate(open_ones):
        decided[n] = _inferred(verdicts[n], float(against[place]), float(same[place]), sure)
    return decided


def _inferred(first: Verdict, against: float, same: float, sure: float) -> Verdict:
    if against >= sure and first.kind is not Kind.CONTRADICTS:
        reason = f"the cross-encoder infers a contradiction ({against:.2f}), overruling: {first.reason}"
        return Verdict(Kind.CONTRADICTS, reason, first.evidence_a, first.evidence_b)
    if same >= sure and first.kind is not Kind.PARAPHRASE:
        reason = f"the cross-encoder infers each from the other ({same:.2f}), overruling: {first.reason}"
        return Verdict(Kind.PARAPHRASE, reason, first.evidence_a, first.evidence_b)
    return first


def _second(first: Verdict, score: float, bounds: tuple[float, float]) -> Verdict:
    unlike, alike = bounds
    if first.kind is Kind.PARAPHRASE and score <= unlike:
        return Verdict(Kind.RELATED, f"the cross-encoder sees no paraphrase ({score:.2f})")
    if first.kind is not Kind.PARAPHRASE and score >= alike:
        reason = f"the cross-encoder is confident ({score:.2f}), overruling: {first.reason}"
        return Verdict(Kind.PARAPHRASE, reason, first.evidence_a, first.evidence_b)
    return first
