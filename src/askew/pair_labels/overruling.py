"""Cross-encoder second opinion, which may overrule verdicts that rules can only guess."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.pair_labels.verdict import Kind, Verdict

GUESSED = frozenset({Kind.PARAPHRASE, Kind.RELATED, Kind.CONTRADICTS})
"""Verdicts that the wording does not settle. Different values and identical words are facts that no model overrules."""
UNLIKE, ALIKE = 0.1, 0.9
"""Scores at which the cross-encoder is confident."""


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


def _second(first: Verdict, score: float, bounds: tuple[float, float]) -> Verdict:
    unlike, alike = bounds
    if first.kind is Kind.PARAPHRASE and score <= unlike:
        return Verdict(Kind.RELATED, f"the cross-encoder sees no paraphrase ({score:.2f})")
    if first.kind is not Kind.PARAPHRASE and score >= alike:
        reason = f"the cross-encoder is confident ({score:.2f}), overruling: {first.reason}"
        return Verdict(Kind.PARAPHRASE, reason, first.evidence_a, first.evidence_b)
    return first
