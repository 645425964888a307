"""A second opinion: a model that reads both texts at once may overrule what the rules can only guess."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.mining.verdicts.verdict import Kind, Verdict

GUESSED = frozenset({Kind.PARAPHRASE, Kind.RELATED, Kind.CONTRADICTS})
"""What the words alone do not settle. Other values and equal words are facts, which no model overrules."""
UNLIKE, ALIKE = 0.1, 0.9
"""Where a model is sure."""


class PairScorer(Protocol):
    """A cross-encoder whose one number says whether two texts say the same, as one trained on duplicate questions."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n,): 0 for surely not the same, 1 for surely the same."""


def overruled(
    verdicts: Sequence[Verdict],
    pairs: Sequence[tuple[str, str]],
    scorer: PairScorer,
    bounds: tuple[float, float] = (UNLIKE, ALIKE),
) -> list[Verdict]:
    """Each pair is read in both orders, for the verdict has none. Within the bounds the model is not sure."""
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
        return Verdict(Kind.RELATED, f"the model that reads both sees no paraphrase ({score:.2f})")
    if first.kind is not Kind.PARAPHRASE and score >= alike:
        reason = f"the model that reads both is sure ({score:.2f}), against: {first.reason}"
        return Verdict(Kind.PARAPHRASE, reason, first.evidence_a, first.evidence_b)
    return first
