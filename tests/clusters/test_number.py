import numpy as np
import pytest
from helpers.themes import themed

from askew.clusters import number
from askew.clusters.methods import sampled
from askew.clusters.settings import Tried
from askew.errors import InputError
from askew.progress import Progress
from askew.similarity import Similarity, normalise


def clouds(clusters: int, each: int, noise: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(clusters), each)
    middles = normalise(rng.normal(size=(clusters, 64)).astype(np.float32))
    return normalise((middles[truth] + noise * rng.normal(size=(len(truth), 64)) / 8).astype(np.float32)), truth


@pytest.mark.parametrize("subjects", [3, 5])
def test_the_number_of_themes_scores_best(subjects: int) -> None:
    _, vectors, _ = themed(subjects=subjects)
    told: list[Progress] = []
    tried = number.tried(vectors, told.append)
    assert number.best(tried) == subjects
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1].done == told[-1].total


@pytest.mark.parametrize(("clusters", "each"), [(150, 10), (137, 12)])
def test_more_than_a_hundred_clusters_are_found(clusters: int, each: int) -> None:
    vectors, _ = clouds(clusters, each)
    assert number.best(number.tried(vectors)) == clusters


def test_repeated_texts_do_not_make_many_small_clusters() -> None:
    """The silhouette alone prefers pairs of near copies to the themes."""
    _, vectors, _ = themed(each=30, noise=1.1)
    rng = np.random.default_rng(3)
    twice = normalise(np.repeat(vectors, 2, axis=0) + 0.02 * rng.normal(size=(240, 16)).astype(np.float32))
    tried = number.tried(twice)
    assert number.best(tried) == 4
    assert max(tried, key=lambda count: tried[count].silhouette) == 48


def test_candidates_leave_each_cluster_enough_texts() -> None:
    assert number.candidates(3) == [2]
    assert number.candidates(40) == [2, 3, 4, 5, 6, 7, 8]
    assert number.candidates(1500)[-1] == 150
    assert number.candidates(10**6)[-1] == 400
    with pytest.raises(InputError, match=r"^2 texts .*--clusters"):
        number.candidates(2)


def test_of_neighbours_that_are_nearly_as_good_it_is_the_smallest() -> None:
    assert number.best({8: Tried(0.2, 1), 3: Tried(0.196, 1), 2: Tried(0.1, 1)}) == 3
    assert number.best({8: Tried(0.2, 1), 3: Tried(0.196, 1), 2: Tried(0.195, 1)}) == 2
    assert number.best({8: Tried(-0.2, 1), 3: Tried(-0.1, 0.5)}) == 3


def test_of_peaks_that_are_nearly_as_high_it_is_the_finest() -> None:
    tried = {2: Tried(0.2, 1), 5: Tried(0.1, 1), 8: Tried(0.19, 1), 9: Tried(0.12, 1), 20: Tried(0.15, 1)}
    assert number.best(tried) == 8
    assert number.peaks(tried, 0.7) == [2, 8, 20]


def test_two_languages_do_not_hide_the_themes_within() -> None:
    vectors, _ = clouds(30, 30, noise=0.5)
    sides = np.repeat([[0.9], [-0.9]], len(vectors) // 2, axis=0).astype(np.float32)
    assert number.best(number.tried(normalise(np.concatenate([vectors, sides], axis=1)))) == 30


def test_the_more_stable_method_is_known_by_resampling() -> None:
    vectors, _ = clouds(8, 40, noise=1.5)
    found = number.stabilities(vectors, 8, Similarity.COSINE)
    assert set(found) == {"kmeans", "agglomerative"}
    assert found["kmeans"] > 0.9


def test_a_sample_stands_at_even_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.arange(100, dtype=np.float32).reshape(100, 1)
    assert sampled(vectors) is vectors
    monkeypatch.setattr("askew.clusters.methods.SAMPLE", 4)
    assert sampled(vectors).ravel().tolist() == [0, 33, 66, 99]
