"""One subject: where most texts of a corpus are alike, a threshold for texts of many subjects says little."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from askew.confidence.risk_control import Guarantee, try_guarantee
from askew.dedup.corpus import Corpus, calibrated
from askew.errors import AskewError
from askew.types import Group, Pair

SHARE = 0.3
"""Share of texts in groups above which a file is probably about one subject."""
FEWEST = 20
"""Texts below which a share says nothing."""
PROMISE = 0.95
GAP = 0.02
"""Difference between two consecutive scores that is a gap."""
MIDDLE = 0.05
"""Share of the texts on either side of a gap."""


@dataclass(frozen=True)
class Subject:
    """How much of a corpus is in groups. share: of its distinct texts that are in a group with another, 0 to 1.
    threshold: a higher one that would separate them better, and its source: "calibration" or "gap"; None if nothing
    suggests one.
    """

    share: float = 0.0
    threshold: float | None = None
    source: str = ""

    @property
    def is_one(self) -> bool:
        """Whether the texts are probably about one subject, so that alike is not the same."""
        return self.share > SHARE


def subject(
    corpus: Corpus, groups: Sequence[Group], pairs: Sequence[Pair], first: Mapping[str, str], threshold: float
) -> Subject:
    """Measure how much of a corpus is in groups, and look for a better threshold if it is much.

    pairs: those that count as duplicates. first: the id of the first document that a copy is identical to. threshold:
    as used.
    """
    distinct = len(corpus.ids) - len(first)
    sizes = (len({first.get(member, member) for member in group.members}) for group in groups)
    share = sum(size for size in sizes if size > 1) / max(distinct, 1)
    if share <= SHARE or distinct < FEWEST:
        return Subject(0.0 if distinct < FEWEST else share)
    if (found := _promised(corpus)) is not None and found > threshold:
        return Subject(share, found, "calibration")
    found = _gap(pairs)
    return Subject(share, found, "gap") if found is not None and found > threshold else Subject(share)


def _promised(corpus: Corpus) -> float | None:
    try:
        record = calibrated(corpus)
        found = try_guarantee(record.scores, PROMISE, record.confidence)
    except AskewError:  # none was made for this corpus, or SciPy is missing
        return None
    return found.threshold if isinstance(found, Guarantee) else None


def _gap(pairs: Sequence[Pair]) -> float | None:
    """Return the middle of the widest gap between the best scores of the texts, None if there is none."""
    best: dict[str, float] = {}
    for pair in pairs:
        for id in (pair.a, pair.b):
            best[id] = max(best.get(id, -math.inf), pair.score)
    scores = sorted(best.values())
    edge = max(1, round(MIDDLE * len(scores)))
    gaps = [(high - low, low, high) for low, high in pairwise(scores[edge - 1 : len(scores) - edge + 1])]
    width, low, high = max(gaps, default=(0.0, 0.0, 0.0))
    return round((low + high) / 2, 3) if width >= GAP else None
