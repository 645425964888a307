"""Are there passages without words, or so short that they come up for whatever is asked?"""

import numpy as np

from askew.checking.case import Case
from askew.checking.finding import Finding, fine, percent, too_few
from askew.checking.sample import LEAST, K, Sample, Within

WORDS = 3
"""A passage of no more says hardly anything."""
ATTRACT = 3.0
"""How many times as often as the average they are found."""
SEVERAL = 5


def short(case: Case, sample: Sample, among: Within) -> list[Finding]:
    blank = np.array([not any(char.isalnum() for char in text) for text in sample.texts], bool)
    if blank.any():
        first = str(sample.owners[np.flatnonzero(blank)[0]])
        return [
            Finding(
                "short",
                float(blank.mean()),
                f"{percent(float(blank.mean()))} of the passages hold no word, the first in {first!r}: their vectors "
                "mean nothing, and are found all the same.",
                f"Take them out of the source, or: askew delete {case.name} ID",
            )
        ]
    if len(sample.documents) < LEAST:
        return [too_few("short", len(sample.documents), LEAST)]
    few = np.array([len(text.split()) <= WORDS and len(text) < 20 for text in sample.texts], bool)
    found = float(among.counts[few].mean()) / K if few.any() else 0.0
    if few.sum() < SEVERAL or few.mean() > 0.5 or found < ATTRACT:
        return [fine("short", float(few.mean()), f"{percent(float(few.mean()))} are very short, and draw nothing.")]
    first = sample.texts[np.flatnonzero(few)[0]]
    return [
        Finding(
            "short",
            found,
            f"Passages of {WORDS} words or fewer ({percent(float(few.mean()))}, as {first!r}) are found {found:.1f} "
            "times as often as others, and stand before passages that say something.",
            f"Join them with what they belong to, or: askew delete {case.name} ID",
        )
    ]
