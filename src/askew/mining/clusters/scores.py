"""Agreement of clusters with human labels: V-measure, adjusted Rand index, NMI."""

from collections.abc import Sequence
from dataclasses import dataclass

from askew.errors import InputError
from askew.mining.clusters.shapes import Labels


@dataclass(frozen=True)
class Agreement:
    """Agreement scores of a clustering with labels.

    v_measure: 1 if clusters and labels coincide. ari: adjusted Rand index, 0 for chance. nmi: mutual information
    normalised by the geometric mean of the entropies (by the arithmetic mean it equals the V-measure). labelled: texts
    with a label; the others are ignored, and outliers form one cluster. classes: number of labels.
    """

    v_measure: float
    ari: float
    nmi: float
    labelled: int
    classes: int


def agreement(labels: Labels, given: Sequence[str]) -> Agreement:
    """Compare the clusters with the given labels, "" for a text without one."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, v_measure_score

    known = [i for i, label in enumerate(given) if label]
    if not known:
        raise InputError("No text has a label to compare the clusters with.")
    truth, found = [given[i] for i in known], labels[known].tolist()
    return Agreement(
        v_measure=float(v_measure_score(truth, found)),
        ari=float(adjusted_rand_score(truth, found)),
        nmi=float(normalized_mutual_info_score(truth, found, average_method="geometric")),
        labelled=len(known),
        classes=len(set(truth)),
    )
