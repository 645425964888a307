"""Do the lengths of the vectors spoil the scores?"""

import numpy as np

from askew.checking.case import Case
from askew.checking.finding import Finding, fine, percent, too_few
from askew.checking.ranks import spearman
from askew.checking.sample import LEAST, Sample
from askew.similarity import Similarity

ROUNDING = 1e-3
STRONG = 0.3
"""A correlation that is at least so strong with 95 % confidence: medium by Cohen's convention (1988)."""


def lengths(case: Case, sample: Sample) -> list[Finding]:
    """By cosine every vector has length one. By the dot product its length is part of the score, and is to come from
    what the text says, not from how long it is.
    """
    sizes = np.linalg.norm(sample.vectors, axis=1)
    if case.contract.encoder.similarity is Similarity.COSINE:
        wrong = float((np.abs(sizes - 1) > ROUNDING)[sizes > 0].mean()) if (sizes > 0).any() else 0.0
        if not wrong:
            return [fine("lengths", 0, "Every vector has length one, as cosine wants it.")]
        return [
            Finding(
                "lengths",
                wrong,
                f"{percent(wrong)} of the vectors do not have length one, in an index by cosine: the longest win.",
                case.anew(),
            )
        ]
    if len(sample.documents) < LEAST:
        return [too_few("lengths", len(sample.documents), LEAST)]
    related = spearman(sizes, sample.lengths)
    if related.sure < STRONG:
        return [fine("lengths", related.value, f"Vectors of long texts are no longer than others (rank {related}).")]
    wins = "long" if related.value > 0 else "short"
    return [
        Finding(
            "lengths",
            related.value,
            f"By the dot product {wins} passages score higher whatever is asked, as a vector is the longer the "
            f"{wins}er the text (rank correlation {related}).",
            f"Make passages of one length: {case.migrated('--policy chunk')}; or a model by cosine: "
            f"askew models choose --task {case.task}",
        )
    ]
