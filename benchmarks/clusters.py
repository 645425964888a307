"""Do clusters agree with the classes that people gave? Articles of bbc-news (5 classes), questions of banking77 (77).

Each method of askew beside scikit-learn's of the same kind and sentence-transformers' community_detection, on the same
vectors of all-MiniLM-L6-v2, with the number of clusters left open and with the number of classes told. The maps' points
are measured by trustworthiness: whether neighbours in the plane are neighbours. `--large`: also 20,000 questions, those
of banking77 and of squad-dev, where the article that a question is about is its class. `--many`: 100,000 vectors, for
speed.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from goals import Goal, finish
from synthetic import Mixture

from askew import Document, Index
from askew.clusters.cluster import cluster
from askew.clusters.measures import Agreement, agreement
from askew.clusters.methods import communities
from askew.clusters.projection import project
from askew.clusters.settings import Settings
from askew.similarity import Similarity
from askew.types import FloatMatrix

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = {"bbc-news": ("bbc-news/articles.tsv", 1000), "banking77": ("banking77/train.tsv", 1500)}
"""File with text and label, maybe a title, and how many of its rows are taken, by chance."""
THRESHOLD, SMALLEST = 0.6, 5
MANY = 100_000
NEIGHBOURS = 10
LARGE = 20_000

Labelled = Callable[[], Sequence[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder with the sets")
    parser.add_argument("--large", action="store_true", help=f"also cluster {LARGE:,} questions (15 minutes)")
    parser.add_argument("--many", action="store_true", help="also measure the speed with 100,000 vectors")
    given = parser.parse_args()
    goals = []
    for name, (path, rows) in SETS.items():
        if not (given.data / path).exists():
            sys.exit(f"{name} is not at {given.data / path}: name the folder with --data.")
        goals += compared(name, *read(given.data / path, rows))
    if given.large:
        goals += compared("questions", *read_large(given.data))
    if given.many:
        goals.append(Goal("clusters-communities-100k", many(), 1.0, "x"))
    print()
    finish(goals)


def compared(name: str, documents: list[Document], given: list[str]) -> list[Goal]:
    vectors = encoded(documents)
    texts = [f"{document.title} {document.text}" for document in documents]
    classes = len(set(given))
    head = f"{name}: {len(texts):,} texts, {classes} classes"
    print(f"\n{head:<44}{'clusters':>9}{'outliers':>10}{'V':>8}{'ARI':>8}{'seconds':>9}")
    ours = {
        "askew auto": Settings(),
        "askew kmeans, number chosen": Settings("kmeans"),
        "askew agglomerative, number chosen": Settings("agglomerative"),
        "askew communities": Settings("communities"),
        "askew communities, assigned": Settings("communities", assign=True),
        f"askew communities at {THRESHOLD:g}": Settings("communities", threshold=THRESHOLD),
        "askew hdbscan": Settings("hdbscan"),
        "askew hdbscan, assigned": Settings("hdbscan", assign=True),
        f"askew auto, {classes}": Settings(clusters=classes),
        f"askew kmeans, {classes}": Settings("kmeans", classes),
        f"askew agglomerative, {classes}": Settings("agglomerative", classes),
    }
    found = {way: measured(way, of(texts, vectors, settings), given) for way, settings in ours.items()}
    for way, act in peers(vectors, classes).items():
        found[way] = measured(way, act, given)
    for projection in ("pca", "tsne"):
        trusted(vectors, projection)
    far = found[f"askew communities at {THRESHOLD:g}"].v_measure - found["sentence-transformers communities"].v_measure
    best = max(found[way].v_measure for way in peers(vectors, classes))
    return [
        Goal(f"clusters-{name}-v-measure", found["askew auto"].v_measure, 0.7),
        Goal(f"clusters-{name}-v-measure-against-peers", found[f"askew auto, {classes}"].v_measure - best, 0.0),
        Goal(f"clusters-{name}-communities-v-measure", far, -0.005),
    ]


def peers(vectors: FloatMatrix, classes: int) -> dict[str, Labelled]:
    from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans

    return {
        f"scikit-learn KMeans, {classes}": lambda: KMeans(classes, random_state=0).fit_predict(vectors).tolist(),
        f"scikit-learn KMeans, {classes}, 10 starts": lambda: (
            KMeans(classes, n_init=10, random_state=0).fit_predict(vectors).tolist()
        ),
        f"scikit-learn Agglomerative, {classes}": lambda: (
            AgglomerativeClustering(classes).fit_predict(vectors).tolist()
        ),
        "scikit-learn HDBSCAN": lambda: HDBSCAN(copy=True).fit_predict(vectors).tolist(),
        "sentence-transformers communities": lambda: detected(vectors),
    }


def trusted(vectors: FloatMatrix, projection: str) -> None:
    from sklearn.manifold import trustworthiness

    start = time.perf_counter()
    points = project(vectors, Similarity.COSINE, projection)
    taken = time.perf_counter() - start
    value = trustworthiness(vectors, points, n_neighbors=NEIGHBOURS, metric="cosine")
    print(f"map by {projection}: trustworthiness of {NEIGHBOURS} neighbours {value:.3f}, {taken:.1f} s", flush=True)


def read(path: Path, rows: int) -> tuple[list[Document], list[str]]:
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8") as file:
        held = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    taken = np.sort(np.random.default_rng(0).permutation(len(held))[:rows]).tolist()
    documents = [Document(str(place), held[place]["text"], held[place].get("title", "")) for place in taken]
    return documents, [held[place]["label"] for place in taken]


def read_large(data: Path) -> tuple[list[Document], list[str]]:
    """Return all questions of banking77, and as many of squad-dev as make LARGE, with their intents and articles."""
    documents: list[Document] = []
    labels: list[str] = []
    for part in ("train", "test"):
        made, given = read(data / f"banking77/{part}.tsv", LARGE)
        documents += made
        labels += given
    titles = {row["_id"]: row["title"] for row in _lines(data / "squad-dev/corpus.jsonl")}
    texts = {row["_id"]: row["text"] for row in _lines(data / "squad-dev/queries.jsonl")}
    with (data / "squad-dev/qrels.tsv").open(encoding="utf-8") as file:
        about = {row["query-id"]: titles[row["corpus-id"]] for row in csv.DictReader(file, delimiter="\t")}
    queries = np.random.default_rng(0).permutation(list(texts))
    for query in queries[: LARGE - len(documents)].tolist():
        documents.append(Document(query, texts[query]))
        labels.append(about[query])
    return [Document(str(place), one.text) for place, one in enumerate(documents)], labels


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


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
        f"{name:<44}{count:>9}{outside:>10.1%}{made.v_measure:>8.3f}{made.ari:>8.3f}{taken:>9.2f}",
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
