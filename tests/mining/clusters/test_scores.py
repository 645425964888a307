import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score, v_measure_score

from askew.errors import InputError
from askew.mining.clusters.scores import agreement


def test_the_same_groups_agree_whatever_their_names() -> None:
    found = agreement(np.array([1, 1, 0, 0]), ["a", "a", "b", "b"])
    assert (found.v_measure, found.ari, found.nmi) == pytest.approx((1, 1, 1))
    assert (found.labelled, found.classes) == (4, 2)


def test_texts_without_a_label_do_not_count_and_outliers_are_one_cluster() -> None:
    labels, given = np.array([0, 0, 1, -1, -1, 1]), ["a", "b", "b", "c", "", "b"]
    found = agreement(labels, given)
    kept, truth = [0, 0, 1, -1, 1], ["a", "b", "b", "c", "b"]
    assert found.labelled == 5
    assert found.v_measure == pytest.approx(v_measure_score(truth, kept))
    assert found.nmi == pytest.approx(normalized_mutual_info_score(truth, kept, average_method="geometric"))
    assert found.ari < 1


def test_no_label_at_all_is_refused() -> None:
    with pytest.raises(InputError, match=r"\blabel\b"):
        agreement(np.array([0, 1]), ["", ""])
