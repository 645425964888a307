from functools import partial

import numpy as np
import pytest
from helpers.themes import themed

from askew.errors import InputError
from askew.mining.clusters import number
from askew.mining.clusters.kmeans import kmeans
from askew.progress import Progress


@pytest.mark.parametrize("subjects", [3, 5])
def test_the_number_of_themes_has_the_best_silhouette(subjects: int) -> None:
    _, vectors, _ = themed(subjects=subjects)
    told: list[Progress] = []
    tried = number.tried(vectors, number.candidates(len(vectors)), partial(kmeans, vectors), told.append)
    assert number.best(tried) == subjects
    assert told[-1].done == told[-1].total == len(tried)


def test_candidates_leave_each_cluster_five_texts() -> None:
    assert number.candidates(3) == [2]
    assert number.candidates(40) == [2, 3, 4, 5, 6, 7, 8]
    assert number.candidates(10**6)[-1] == 100
    with pytest.raises(InputError, match=r"^2 texts .*--clusters"):
        number.candidates(2)


def test_of_two_that_are_as_good_it_is_the_smaller() -> None:
    assert number.best({8: 0.2, 3: 0.2, 5: 0.1}) == 3


def test_a_sample_stands_at_even_distances() -> None:
    vectors = np.arange(100, dtype=np.float32).reshape(100, 1)
    assert number.sampled(vectors, 4).ravel().tolist() == [0, 33, 66, 99]
    assert number.sampled(vectors, 100) is vectors
