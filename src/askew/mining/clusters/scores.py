"""How well clusters agree with labels that people gave."""

from collections.abc import Sequence
from dataclasses import dataclass

from askew.errors import InputError
from askew.mining.clusters.shapes import Labels


@dataclass(frozen=True)
class Agreement:
    """v_measure: 1 where each cluster holds one label and each label is one cluster. ari: adjusted Rand index, 0 for
    chance. nmi: mutual information, by the geometric mean of the entropies (by the arithmetic one it is the V-measure).
    labelled: texts that have a label; the others do not count, and outliers are one cluster. classes: labels there are.
    """

    v_measure: float
    ari: float
    nmi: float
    labelled: int
    classes: int


def agreement(labels: Labels, given: Sequence[str]) -> Agreement:
    """given: for each text its label, "" where it has none."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, v_measure_score

    known = [i for i, label in enumerate(given) if label]
    if not known:
        raise InputError("None of the texts has a label to compare the clusters with.")
    truth, found = [given[i] for i in known], labels[known].tolist()
    return Agreement(
        v_measure=float(v_measure_score(truth, found)),
        ari=float(adjusted_rand_score(truth, found)),
        nmi=float(normalized_mutual_info_score(truth, found, average_method="geometric")),
        labelled=len(known),
        classes=len(set(truth)),
    )
