import subprocess
import sys

import numpy as np
import pytest
from helpers.themes import same_partition, themed

from askew.errors import InputError
from askew.mining.clusters.cluster import cluster
from askew.mining.clusters.settings import METHODS, Settings
from askew.mining.clusters.shapes import Clustering
from askew.similarity import Similarity


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
    assert found.tried[4] == max(found.tried.values())
    assert made(Settings(clusters=6))[0].tried == {}


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
from askew.mining.clusters.cluster import cluster
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
