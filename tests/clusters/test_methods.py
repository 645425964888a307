import numpy as np
import pytest
from helpers.themes import same_partition, themed
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from sklearn.cluster import AgglomerativeClustering

from askew.clusters import methods
from askew.clusters.methods import communities, gathered, hdbscan, hierarchy, kmeans
from askew.errors import InputError
from askew.progress import Progress


def plain(count: int, edges: list[tuple[int, int]], least: int) -> list[int]:
    """Naive implementation of the rule."""
    near = {i: {i} for i in range(count)}
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    free, labels, number = set(range(count)), [-1] * count, 0
    while True:
        sizes = {i: len(near[i] & free) for i in sorted(free)}
        best = max(sizes, key=lambda i: (sizes[i], -i), default=None)
        if best is None or sizes[best] < least:
            return labels
        for member in near[best] & free:
            labels[member] = number
        free -= near[best]
        number += 1


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(1, 14))
    possible = [(a, b) for a in range(count) for b in range(a + 1, count)]
    return count, draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []


@settings(max_examples=200, deadline=None)
@given(graphs(), st.integers(1, 4))
def test_it_is_the_rule(graph: tuple[int, list[tuple[int, int]]], least: int) -> None:
    count, edges = graph
    found = gathered(count, np.array(edges, np.int64).reshape(-1, 2), least)
    assert found.tolist() == plain(count, edges, least)


def test_every_member_is_a_neighbour_of_its_centre_and_the_largest_comes_first() -> None:
    _, vectors, _ = themed(each=40, noise=0.9)
    labels = communities(vectors, 0.6, 4)
    scores = vectors @ vectors.T
    sizes = []
    for number in range(labels.max() + 1):
        members = np.flatnonzero(labels == number)
        assert (scores[np.ix_(members, members)].min(axis=1).max()) >= 0.6 - 1e-6
        sizes.append(len(members))
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= 4


def test_clear_themes_are_found_whole() -> None:
    _, vectors, truth = themed()
    assert same_partition(communities(vectors, 0.7, 5), truth)


def test_nothing_reaches_the_threshold() -> None:
    assert communities(np.eye(6, dtype=np.float32), 0.5, 2).tolist() == [-1] * 6


def test_what_belongs_together_is_together() -> None:
    _, vectors, truth = themed()
    assert same_partition(kmeans(vectors, 4), truth)


def test_it_says_the_same_twice() -> None:
    _, vectors, _ = themed(noise=2.0)
    assert (kmeans(vectors, 7) == kmeans(vectors, 7)).all()


def test_texts_that_are_the_same_make_fewer_clusters_and_no_warning() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 0]]
    assert len(set(kmeans(vectors, 4).tolist())) == 2


def test_of_longer_vectors_the_dot_product_counts() -> None:
    """Two directions with a high cosine but very different lengths."""
    vectors = np.array([[1, 0], [1.1, 0], [9, 0.5], [9.1, 0.4], [0, 1], [0, 1.2]], np.float32)
    assert same_partition(kmeans(vectors, 2), [0, 0, 1, 1, 0, 0])


@pytest.mark.parametrize("clusters", [1, 2, 4, 9])
def test_by_cosine_it_is_wards_as_scikit_learn_has_it(clusters: int) -> None:
    _, vectors, _ = themed(noise=1.0)
    other = AgglomerativeClustering(clusters, linkage="ward").fit_predict(vectors)
    assert same_partition(hierarchy(vectors, ward=True)(clusters), other)


@pytest.mark.parametrize("clusters", [2, 5])
def test_by_the_dot_product_it_is_average_linkage_over_the_scores(clusters: int) -> None:
    rng = np.random.default_rng(5)
    vectors = (rng.normal(size=(40, 6)) * rng.uniform(0.5, 3, (40, 1))).astype(np.float32)
    given = methods.square(vectors)
    other = AgglomerativeClustering(clusters, linkage="average", metric="precomputed").fit_predict(given)
    assert same_partition(hierarchy(vectors, ward=False)(clusters), other)


@pytest.mark.parametrize("ward", [True, False])
def test_texts_at_equal_distances_make_as_many_clusters_as_asked(ward: bool) -> None:
    cut = hierarchy(np.eye(6, dtype=np.float32), ward=ward)
    assert [len(set(cut(clusters).tolist())) for clusters in range(1, 7)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("ward", [True, False])
def test_copies_of_a_text_are_never_apart(ward: bool) -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(3, 16)).astype(np.float32)
    labels = hierarchy(np.repeat(rows / np.linalg.norm(rows, axis=1, keepdims=True), 4, axis=0), ward=ward)(8)
    assert same_partition(labels, np.repeat(np.arange(3), 4))


def test_one_text_is_one_cluster() -> None:
    assert hierarchy(np.ones((1, 3), np.float32), ward=True)(1).tolist() == [0]


def test_dense_places_are_clusters_and_what_lies_between_is_not() -> None:
    _, vectors, truth = themed(each=30)
    stray = np.full((1, 16), -0.25, np.float32)  # farther from every cluster than from each other
    labels = hdbscan(np.concatenate((vectors, stray)), 10)
    assert labels[-1] == -1
    kept = labels[:-1] >= 0
    assert kept.mean() > 0.9
    assert same_partition(labels[:-1][kept], np.array(truth)[kept])


def test_lengths_count_by_the_dot_product() -> None:
    rng = np.random.default_rng(2)
    near = np.array([5, 0, 0]) + 0.01 * rng.normal(size=(12, 3))
    far = np.array([0, 5, 0]) + 0.01 * rng.normal(size=(12, 3))
    labels = hdbscan(np.concatenate((near, far)).astype(np.float32), 5)
    assert same_partition(labels, [0] * 12 + [1] * 12)


def test_fewer_texts_than_a_cluster_needs_are_outliers() -> None:
    assert hdbscan(np.ones((4, 3), np.float32), 5).tolist() == [-1] * 4


def test_by_cosine_it_is_one_less_the_cosine() -> None:
    _, vectors, _ = themed()
    made = methods.square(vectors)
    assert np.allclose(made, 1 - vectors @ vectors.T, atol=1e-6)
    assert (made == made.T).all()
    assert (np.diag(made) == 0).all()


def test_no_distance_is_negative_and_the_order_is_that_of_the_dot_product() -> None:
    rng = np.random.default_rng(3)
    vectors = (rng.normal(size=(60, 8)) * rng.uniform(0.2, 5, (60, 1))).astype(np.float32)
    made, scores = methods.square(vectors), vectors @ vectors.T
    assert (made >= 0).all()
    off = ~np.eye(60, dtype=bool)
    assert (np.argsort(made[off], kind="stable") == np.argsort(-scores[off], kind="stable")).mean() > 0.99


@pytest.mark.parametrize("rows", [1, 7, 1024])
def test_the_condensed_form_is_the_upper_triangle(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "ROWS", rows)
    _, vectors, _ = themed(each=5)
    assert np.allclose(squareform(methods.condensed(vectors)), methods.square(vectors), atol=1e-6)


def test_more_than_the_memory_holds_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"^agglomerative .*\b10,000,000 texts .*\b800,000\.0 GB .*\bkmeans\b"):
        methods.refuse(10_000_000, 8, "agglomerative")
    methods.refuse(100, 8, "agglomerative")


@pytest.mark.parametrize(("count", "lengths"), [(1500, False), (3000, False), (1500, True)])
def test_many_texts_have_symmetric_distances_and_dense_regions(count: int, lengths: bool) -> None:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(count, 32)).astype(np.float32)
    vectors = rows if lengths else rows / np.linalg.norm(rows, axis=1, keepdims=True)
    made = methods.square(vectors)
    assert (made == made.T).all()
    assert hdbscan(vectors, 5).shape == (count,)


def test_many_starts_of_k_means_are_told_and_wards_is_among_them() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(120), 8)
    vectors = (rng.normal(size=(120, 32))[truth] + 0.3 * rng.normal(size=(960, 32))).astype(np.float32)
    told: list[Progress] = []
    assert same_partition(kmeans(vectors, 120, report=told.append), truth)
    assert told[-1].done == told[-1].total
    assert kmeans(vectors, 5, starts=0).max() == 4
