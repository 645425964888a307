"""Do passages lie so near to many others that a search cannot tell them apart?"""

import numpy as np

from askew.checking.case import Case
from askew.checking.finding import Finding, fine, percent, too_few
from askew.checking.sample import LEAST, K, Sample, Within

NEAR = 0.9
"""Of the way from what any two passages score to the same text: of all models alike, whatever their floor is."""
MUCH = 0.01


def crowding(case: Case, sample: Sample, among: Within) -> list[Finding]:
    """Passages whose vector is nearly the same as that of ten others or more of the sample."""
    if len(sample.documents) < LEAST:
        return [too_few("crowding", len(sample.documents), LEAST)]
    nearness = (among.last - sample.alike) / max(1 - sample.alike, 1e-6)
    crowded = np.flatnonzero(nearness >= NEAR)
    share = len(crowded) / len(sample)
    if share < MUCH:
        return [fine("crowding", share, f"Few passages ({percent(share)}) lie nearly where {K} others do.")]
    first = " ".join(sample.texts[crowded[0]].split())[:60]
    owner = str(sample.owners[crowded[0]])
    return [
        Finding(
            "crowding",
            share,
            f"{percent(share)} of the passages have nearly the same vector as {K} others of {len(sample):,}, the first "
            f"{owner!r} ({first!r}…): which of them is found is chance.",
            f"askew duplicates {case.name} --threshold 0.95, and take out what they share (templates, headers)",
        )
    ]
