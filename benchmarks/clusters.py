"""Do clusters agree with the classes that people gave? The 2,225 articles of bbc-news, 5 classes.

Each method beside what it competes with, on the same vectors of all-MiniLM-L6-v2: plain k-means of scikit-learn that is
told the number of classes, and sentence-transformers' community_detection. Then 100,000 vectors, for speed alone.
"""

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from askew.mining.clusters.cluster import cluster
from askew.mining.clusters.communities import communities
from askew.mining.clusters.scores import Agreement, agreement
from askew.mining.clusters.settings import Settings
from goals import Goal, finish
from synthetic import Mixture

from askew import Document, Index
from askew.similarity import Similarity
from askew.types import FloatMatrix

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "bbc-news" / "articles.tsv"
THRESHOLD, SMALLEST = 0.6, 5
MANY = 100_000
ASKEW = {
    "askew kmeans, number chosen": Settings(),
    "askew kmeans, 5": Settings(clusters=5),
    "askew agglomerative, number chosen": Settings("agglomerative"),
    "askew communities": Settings("communities", threshold=THRESHOLD),
    "askew communities, assigned": Settings("communities", threshold=THRESHOLD, assign=True),
    "askew hdbscan": Settings("hdbscan"),
    "askew hdbscan, assigned": Settings("hdbscan", assign=True),
}

Labelled = Callable[[], Sequence[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a TSV file with id, title, text and label")
    data = parser.parse_args().data
    if not data.exists():
        sys.exit(f"bbc-news is not at {data}: name a TSV file with id, title, text and label with --data.")
    documents, given = read(data)
    vectors = encoded(documents)
    texts = [f"{document.title} {document.text}" for document in documents]
    print(f"\n{'':<38}{'clusters':>9}{'outliers':>10}{'V':>8}{'ARI':>8}{'NMI':>8}{'seconds':>9}")
    found = {name: measured(name, of(texts, vectors, settings), given) for name, settings in ASKEW.items()}
    found["scikit-learn"] = measured("scikit-learn KMeans, 5", lambda: kmeans(vectors, 5), given)
    found["peer"] = measured("sentence-transformers communities", lambda: detected(vectors), given)
    faster = many()
    chosen = found["askew kmeans, number chosen"]
    print()
    finish(
        [
            Goal("clusters-v-measure", chosen.v_measure, 0.7),
            Goal("clusters-communities-v-measure", found["askew communities"].v_measure - found["peer"].v_measure, 0.0),
            Goal("clusters-communities-100k", faster, 1.0, "x"),
        ]
    )


def read(path: Path) -> tuple[list[Document], list[str]]:
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Document(row["id"], row["text"], row["title"]) for row in rows], [row["label"] for row in rows]


def encoded(documents: list[Document]) -> FloatMatrix:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, Index.create(Path(name) / "x", "article-similarity") as index:
        index.add(documents)
        vectors = index.store.vectors(index.store.keys())
        sizes = index.sizes()
    taken = time.perf_counter() - start
    print(f"{len(documents):,} texts encoded in {taken:.0f} s; of {sizes.truncated:,} only the beginning")
    return vectors


def of(texts: list[str], vectors: FloatMatrix, settings: Settings) -> Labelled:
    return lambda: cluster(texts, vectors, Similarity.COSINE, settings).labels.tolist()


def kmeans(vectors: FloatMatrix, clusters: int) -> Sequence[int]:
    from sklearn.cluster import KMeans

    labels: Sequence[int] = KMeans(clusters, random_state=0).fit_predict(vectors).tolist()
    return labels


def detected(vectors: FloatMatrix, threshold: float = THRESHOLD) -> Sequence[int]:
    from sentence_transformers.util import community_detection

    labels = [-1] * len(vectors)
    for number, members in enumerate(community_detection(vectors, threshold=threshold, min_community_size=SMALLEST)):
        for member in members:
            labels[member] = number
    return labels


def measured(name: str, act: Labelled, given: list[str]) -> Agreement:
    start = time.perf_counter()
    labels = np.array(act())
    taken = time.perf_counter() - start
    made = agreement(labels, given)
    count, outside = len(set(labels.tolist()) - {-1}), float((labels < 0).mean())
    print(
        f"{name:<38}{count:>9}{outside:>10.1%}{made.v_measure:>8.3f}{made.ari:>8.3f}{made.nmi:>8.3f}{taken:>9.2f}",
        flush=True,
    )
    return made


def many() -> float:
    """How many times as fast communities of 100,000 vectors are found as by the peer."""
    mixture = Mixture(384)
    vectors = np.concatenate([mixture.block(start, MANY // 2) for start in (0, MANY // 2)])
    start = time.perf_counter()
    labels = communities(vectors, 0.75, SMALLEST)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    other = np.array(detected(vectors, 0.75))
    peer = time.perf_counter() - start
    print(f"\ncommunities of {MANY:,} × {vectors.shape[1]} at 0.75: askew {ours:.0f} s, peer {peer:.0f} s")
    print(f"texts in a community of {SMALLEST} or more: askew {(labels >= 0).sum():,}, peer {(other >= 0).sum():,}")
    return peer / ours


if __name__ == "__main__":
    main()
