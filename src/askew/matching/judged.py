"""Labelled pairs: each pair with its verdict."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from askew.matching.corpus import Corpus
from askew.matching.find import Scored
from askew.mining.near.layers import Layer
from askew.mining.verdicts.judge import judge
from askew.mining.verdicts.overruling import PairScorer, overruled
from askew.mining.verdicts.verdict import Kind, Verdict
from askew.progress import Progress, Report, silent
from askew.types import Pair

EVERY = 500  # pairs per progress report


@dataclass(frozen=True)
class Match:
    """A labelled pair.

    places: positions of a and b.
    """

    pair: Pair
    places: tuple[int, int]
    layer: Layer
    verdict: Verdict
    texts: tuple[str, str]


def judged(
    left: Corpus, right: Corpus, found: Scored, report: Report = silent, cross: PairScorer | None = None
) -> list[Match]:
    """Label the pairs, in the order given, without those of documents deleted since.

    cross: a cross-encoder that overrules what the wording does not settle.
    """
    a, b = (_texts(side, found.keys[:, column]) for column, side in enumerate((left, right)))
    matches = []
    for row, (i, j) in enumerate(found.keys.tolist()):
        if row % EVERY == 0:
            report(Progress("judge pairs", row, len(found.keys)))
        if a[i] and b[j]:
            score = float(found.scores[row])
            pair = Pair(score, left.ids[i], right.ids[j])
            layer = Layer(str(found.layers[row]))
            matches.append(Match(pair, (i, j), layer, judge(a[i], b[j], score), (a[i], b[j])))
    return matches if cross is None else _second(matches, cross)


def _second(matches: Sequence[Match], cross: PairScorer) -> list[Match]:
    verdicts = overruled([match.verdict for match in matches], [match.texts for match in matches], cross)
    return [replace(match, verdict=verdict) for match, verdict in zip(matches, verdicts, strict=True)]


def _texts(corpus: Corpus, places: np.ndarray) -> dict[int, str]:
    once = np.unique(places)
    return dict(zip(once.tolist(), corpus.texts(once), strict=True))


def kinds(matches: Sequence[Match]) -> Counter[Kind]:
    return Counter(match.verdict.kind for match in matches)
