import subprocess
import sys

import numpy as np
import pytest
from helpers.themes import same_partition, themed

from askew.clusters.cluster import assigned, cluster, representatives, usual_threshold
from askew.clusters.measures import centres, closeness, cohesion
from askew.clusters.settings import METHODS, Clustering, Settings
from askew.errors import InputError
from askew.progress import Progress
from askew.similarity import Similarity, normalise


def made(
    settings: Settings, noise: float = 0.25, similarity: Similarity = Similarity.COSINE
) -> tuple[Clustering, list[int]]:
    texts, vectors, truth = themed(noise=noise)
    return cluster(texts, vectors, similarity, settings), truth


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("similarity", list(Similarity))
def test_each_method_finds_the_themes_by_itself(method: str, similarity: Similarity) -> None:
    threshold = 0.7 if method == "communities" else None
    found, truth = made(Settings(method, threshold=threshold), similarity=similarity)
    inside = found.labels >= 0
    assert inside.mean() > 0.9
    assert same_partition(found.labels[inside], np.array(truth)[inside])
    assert found.silhouette > 0.5


def test_clusters_are_numbered_by_size_and_tell_of_their_texts() -> None:
    texts, vectors, truth = themed(subjects=3)
    kept = [i for i in range(60) if truth[i] or i < 30]  # of the first subject half
    found = cluster([texts[i] for i in kept], vectors[kept], Similarity.COSINE, Settings(clusters=3))
    assert [group.size for group in found.clusters] == [20, 20, 10]
    assert [group.number for group in found.clusters] == [0, 1, 2]
    for group in found.clusters:
        assert (found.labels == group.number).sum() == group.size
        assert all(found.labels[i] == group.number for i in group.representatives)
        assert 0.5 < group.cohesion <= 1
        assert group.name == ", ".join(group.terms[:3])
    assert "canvas" in found.clusters[2].name


def test_the_number_is_chosen_and_told() -> None:
    found, _ = made(Settings())
    assert found.settings.clusters == len(found.clusters) == 4
    assert found.tried[4].score == max(one.score for one in found.tried.values())
    assert made(Settings(clusters=6))[0].tried == {}


def test_the_method_is_the_more_stable_one_and_every_choice_has_its_reason() -> None:
    found, _ = made(Settings(), noise=1.2)
    assert set(found.stability) == {"kmeans", "agglomerative"}
    assert found.stability[found.method] == max(found.stability.values())
    assert 0 < min(found.stability.values()) <= 1
    assert len(found.reasons) == 2
    texts, vectors, _ = themed(each=5)
    few = cluster(texts, vectors, Similarity.COSINE, Settings(clusters=4))
    assert (few.method, few.stability, len(few.reasons)) == ("kmeans", {}, 1)
    told, _ = made(Settings("kmeans", clusters=4))
    assert (told.stability, told.reasons) == ({}, ())


def test_communities_take_their_threshold_from_the_data() -> None:
    _, vectors, _ = themed(each=30, noise=0.9)
    found, _ = made(Settings("communities"), noise=0.9)
    assert (found.labels < 0).mean() < 0.4
    assert found.settings.threshold is not None
    assert 0 < found.settings.threshold < 1
    near = np.sort(vectors @ vectors.T - 2 * np.eye(len(vectors)), axis=1)[:, -4]
    assert usual_threshold(vectors, 4) == pytest.approx(np.percentile(near, 20), abs=2e-3)
    longer = vectors * np.linspace(1, 3, len(vectors), dtype=np.float32)[:, None]
    assert cluster([""] * 120, longer, Similarity.DOT, Settings("communities")).clusters


def test_copies_do_not_set_the_threshold() -> None:
    _, vectors, _ = themed(each=10, noise=0.9)
    assert usual_threshold(np.concatenate([vectors] * 6), 1) < 0.999
    assert (
        len(cluster(["same"] * 9, np.ones((9, 3), np.float32), Similarity.COSINE, Settings("communities")).clusters)
        == 1
    )


def test_texts_with_nothing_in_common_are_no_community() -> None:
    vectors = np.eye(20, dtype=np.float32)
    assert usual_threshold(vectors, 4) == 0.999
    found = cluster([f"text {n}" for n in range(20)], vectors, Similarity.COSINE, Settings("communities"))
    assert found.clusters == ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_two_or_three_texts_make_clusters_or_a_sentence(method: str, count: int) -> None:
    vectors = np.eye(3, dtype=np.float32)[:count]
    given = 1 if method in ("auto", "kmeans", "agglomerative") else None
    found = cluster(["a", "b", "c"][:count], vectors, Similarity.COSINE, Settings(method, clusters=given))
    assert len(found.labels) == count
    if given and count < 3:
        with pytest.raises(InputError, match="--clusters"):
            cluster(["a", "b", "c"][:count], vectors, Similarity.COSINE, Settings(method))


@pytest.mark.parametrize(
    "settings", [Settings(), Settings("agglomerative"), Settings("communities"), Settings("hdbscan")]
)
def test_each_stage_of_progress_moves_and_ends_at_its_total(settings: Settings) -> None:
    texts, vectors, _ = themed(noise=0.9)
    told: list[Progress] = []
    cluster(texts, vectors, Similarity.COSINE, settings, told.append)
    stages = {one.what: [each for each in told if each.what == one.what] for one in told}
    assert len(stages) >= 2
    for stage in stages.values():
        assert all(0 <= one.done <= one.total for one in stage)
        assert stage[-1].done == stage[-1].total > 0


def test_small_clusters_are_outliers_until_they_are_assigned() -> None:
    texts, vectors, truth = themed(each=10, subjects=3)
    texts, vectors = [*texts, "stray"], np.concatenate((vectors, np.eye(16, dtype=np.float32)[[9]]))
    alone = cluster(texts, vectors, Similarity.COSINE, Settings(clusters=4))
    assert alone.clusters[-1].size == 1
    without = cluster(texts, vectors, Similarity.COSINE, Settings(clusters=4, min_size=2))
    assert without.outliers == [30]
    assert len(without.clusters) == 3
    back = cluster(texts, vectors, Similarity.COSINE, Settings(clusters=4, min_size=2, assign=True))
    assert back.outliers == []
    assert same_partition(back.labels[:30], truth)


def test_where_nothing_clusters_there_is_no_cluster() -> None:
    found = cluster(
        ["a", "b", "c"], np.eye(3, dtype=np.float32), Similarity.COSINE, Settings("communities", assign=True)
    )
    assert found.clusters == ()
    assert found.outliers == [0, 1, 2]
    assert found.silhouette == 0


def test_texts_that_are_all_the_same_are_one_cluster() -> None:
    found = cluster(["same"] * 12, np.ones((12, 3), np.float32), Similarity.COSINE)
    assert [group.size for group in found.clusters] == [12]


def test_cosine_forgets_lengths() -> None:
    texts, vectors, _ = themed(noise=1.0)
    longer = vectors * np.linspace(1, 9, len(vectors), dtype=np.float32)[:, None]
    one, other = (cluster(texts, rows, Similarity.COSINE, Settings(clusters=5)) for rows in (vectors, longer))
    assert one.labels.tolist() == other.labels.tolist()


RUN = """
import json
from helpers.themes import themed
from askew.clusters.cluster import cluster
from askew.similarity import Similarity
texts, vectors, _ = themed(noise=1.5)
made = cluster(texts, vectors, Similarity.COSINE)
print(json.dumps([made.labels.tolist(), [group.name for group in made.clusters]]))
"""


def test_another_process_says_the_same() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", RUN], cwd="tests", capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1] != ""


def test_texts_without_vectors_and_vectors_without_numbers_are_refused() -> None:
    with pytest.raises(InputError, match=r"\b2 texts .*\b3 vectors"):
        cluster(["a", "b"], np.eye(3, dtype=np.float32), Similarity.COSINE)
    with pytest.raises(InputError, match=r"\bnan\b"):
        cluster(["a", "b"], np.array([[np.nan], [1]], np.float32), Similarity.COSINE)


VECTORS = np.array([[1, 0], [0.8, 0], [0, 1], [0, 0.8], [0.7, 0.1]], np.float32)


def test_an_outlier_goes_to_the_nearest_middle_and_nothing_else_moves() -> None:
    labels = np.array([0, 0, 1, 1, -1])
    assert assigned(VECTORS, labels).tolist() == [0, 0, 1, 1, 0]
    assert labels[4] == -1


def test_without_clusters_or_without_outliers_nothing_changes() -> None:
    assert assigned(VECTORS, np.full(5, -1)).tolist() == [-1] * 5
    assert assigned(VECTORS, np.array([0, 0, 1, 1, 0])).tolist() == [0, 0, 1, 1, 0]


def test_a_long_middle_does_not_draw_what_is_nearer_to_another() -> None:
    vectors = np.array([[20, 0], [20, 1], [1, 0.5], [1, 0.4], [1.2, 0.5]], np.float32)
    assert assigned(vectors, np.array([0, 0, 1, 1, -1]))[4] == 1


def test_middles_and_how_close_a_text_is_to_its_own() -> None:
    labels = np.array([0, 0, 1, 1, -1])
    assert centres(VECTORS, labels) == pytest.approx(np.array([[0.9, 0], [0, 0.9]]))
    found = closeness(VECTORS, labels)
    assert found[:4] == pytest.approx([0.9, 0.72, 0.9, 0.72])
    assert np.isnan(found[4])


def test_the_nearest_to_the_middle_stand_first_and_the_same_text_counts_once() -> None:
    vectors = np.array([[0.0], [4.0], [2.1], [1.4], [9.0], [2.0]], np.float32)
    texts = ["zero", "four", "two", "b", "two", "two"]
    # Their mean is 3.08; the last text repeats the third.
    assert representatives(texts, vectors, np.arange(6)) == [1, 2, 3]


def test_only_members_and_not_the_longest_text() -> None:
    vectors = np.array([[1.0], [1.6], [2.0], [3.0], [50.0]], np.float32)
    texts = ["a", "b" * 900, "c", "d", "e"]
    assert representatives(texts, vectors, np.array([0, 1, 2, 3])) == [2, 0, 3]
    assert representatives(["only " * 99], vectors, np.array([0])) == [0]


def test_the_longest_vector_does_not_stand_for_all() -> None:
    vectors = np.array([[1, 0], [1.1, 0], [0.9, 0], [30, 0]], np.float32)
    assert 3 not in representatives(["one", "two", "six", "ten"], vectors, np.arange(4))[:1]


def test_cohesion_is_the_mean_score_of_two() -> None:
    vectors = np.random.default_rng(1).normal(size=(9, 4)).astype(np.float32)
    scores = (vectors @ vectors.T)[np.triu_indices(9, 1)]
    assert cohesion(vectors) == pytest.approx(scores.mean(), abs=1e-5)
    assert cohesion(np.array([[3, 4]], np.float32)) == 25


def test_representatives_differ_from_each_other() -> None:
    rng = np.random.default_rng(1)
    copies = [f"Order {n} has not arrived." for n in range(40)]
    texts = [*copies, "The courier lost my parcel.", "Where is my delivery?", "It was sent to the wrong address."]
    rows = np.concatenate((0.05 * rng.normal(size=(40, 8)), rng.normal(size=(3, 8)))) + np.eye(8)[0]
    found = representatives(texts, normalise(rows.astype(np.float32)), np.arange(43))
    assert len(found) == 3
    assert sum(place < 40 for place in found) == 1


def test_representatives_differ_in_meaning_too() -> None:
    vectors = normalise(np.array([[1, 0], [1, 0.01], [1, -0.01], [1, 0.9], [1, -0.8]], np.float32))
    found = representatives(["red tent", "crimson shelter", "scarlet canopy", "stove", "kayak"], vectors, np.arange(5))
    assert len({0, 1, 2} & set(found)) == 1
    assert {3, 4} <= set(found)


@pytest.mark.parametrize("method", METHODS)
def test_equal_texts_share_a_cluster(method: str) -> None:
    texts, vectors, _ = themed(each=4, subjects=3)
    texts, vectors = [*texts, *[texts[0]] * 30], np.concatenate([vectors, np.repeat(vectors[:1], 30, axis=0)])
    found = cluster(texts, vectors, Similarity.COSINE, Settings(method))
    assert len({int(label) for text, label in zip(texts, found.labels, strict=True) if text == texts[0]}) == 1


@pytest.mark.parametrize("method", METHODS)
def test_texts_that_are_all_equal_are_at_most_one_cluster(method: str) -> None:
    vectors = np.repeat(np.eye(1, 8, dtype=np.float32), 40, axis=0)
    found = cluster(["the same"] * 40, vectors, Similarity.COSINE, Settings(method))
    assert len(found.clusters) <= 1
