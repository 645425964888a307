"""Two-dimensional projections for plots: PCA, t-SNE and UMAP. Deterministic.

Points that are close in the plane are not always close in the vector space: two dimensions keep only part of the
structure. PCA preserves distances as far as possible and is fast; t-SNE and UMAP preserve neighbours and exaggerate
clusters. Texts with the same vector have the same point.
"""

import warnings
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from askew.environment import require
from askew.errors import UnknownNameError
from askew.progress import Progress, Report, silent
from askew.similarity import Similarity, prepare
from askew.types import FloatMatrix

AUTO, PCA, TSNE, UMAP = PROJECTIONS = ("auto", "pca", "tsne", "umap")
MOST = 20_000
"""Texts up to which auto takes t-SNE, and above which PCA."""
SEED = 0
FEWEST = 4
"""The least number of distinct vectors that t-SNE and UMAP accept. Up to three lie in a plane, so PCA is exact."""
ALONE = 1000
"""Points up to which t-SNE runs in one thread."""
PERPLEXITY = 30
NEIGHBOURS = 15
KEPT = 50
"""Principal components that t-SNE starts from: faster, and what is dropped is mostly noise."""
DIGITS = 5
"""Decimals, relative to the largest coordinate, in which vectors differ if they are distinct."""

Points = NDArray[np.float64]
"""(n, 2)."""


def chosen(method: str, count: int) -> str:
    """Return the projection that auto takes for this many texts; other names are checked."""
    if method not in PROJECTIONS:
        raise UnknownNameError("projection", method, PROJECTIONS)
    return method if method != AUTO else TSNE if count <= MOST else PCA


def project(vectors: FloatMatrix, similarity: Similarity, method: str = AUTO, report: Report = silent) -> Points:
    """Project the vectors onto a plane; with cosine they are normalised first."""
    method = chosen(method, len(vectors))
    rows = prepare(np.ascontiguousarray(vectors, np.float32), similarity)
    firsts, places = _distinct(rows)
    if method == PCA or len(firsts) < FEWEST:
        return components(rows, 2)
    report(Progress("place texts", 0, len(rows)))
    distinct = rows[firsts]
    points = settled(_tsne(distinct) if method == TSNE else _umap(distinct, similarity))
    report(Progress("place texts", len(rows), len(rows)))
    return points[places]


def _distinct(rows: FloatMatrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of the distinct rows in their order, and for each row which of them it is.

    t-SNE divides by the spread of the points, and many equal points make it slow, or crash.
    """
    scale = float(np.abs(rows).max(initial=0)) or 1.0
    rounded = np.round(rows / scale, DIGITS) + 0.0  # no negative zero
    _, firsts, owners = np.unique(rounded, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    return firsts[order], np.argsort(order)[owners.ravel()]


def components(vectors: FloatMatrix, count: int) -> Points:
    """Return the scores on the first principal components, (n, count), padded with 0.

    The sign of each component is chosen so that its largest weight is positive, so no plot is the mirror image of
    another.
    """
    rows = vectors.astype(np.float64)
    rows -= rows.mean(axis=0) if len(rows) else 0
    _, axes = np.linalg.eigh(rows.T @ rows)
    axes = axes[:, ::-1][:, :count]
    largest = np.abs(axes).argmax(axis=0)
    found = rows @ (axes * np.sign(axes[largest, np.arange(axes.shape[1])]))
    return np.pad(found, ((0, 0), (0, max(0, count - found.shape[1]))))


def settled(points: Points) -> Points:
    """Rotate the points to their principal axes, the longer one horizontal."""
    return components(points.astype(np.float32), 2)


def _tsne(rows: FloatMatrix) -> Points:
    require("sklearn", "scikit-learn", "clusters", "The projection tsne")
    from sklearn.manifold import TSNE as Method  # noqa: N811  # TSNE is the method's name here
    from threadpoolctl import threadpool_limits

    kept = components(rows, min(KEPT, *rows.shape)).astype(np.float32)
    if kept.shape[1] < 2:
        return np.pad(kept, ((0, 0), (0, 1))).astype(np.float64)
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    # Threads wait for each other in every iteration; of few points that is most of the time.
    with threadpool_limits(1 if len(rows) <= ALONE else None):
        made = Method(init="pca", perplexity=perplexity, random_state=SEED).fit_transform(kept)
    return np.asarray(made, np.float64)


def _umap(rows: FloatMatrix, similarity: Similarity) -> Points:
    """Run UMAP, with Euclidean distance for dot-product models, since UMAP has no dot-product metric."""
    require("umap", "umap-learn", "umap", "The projection umap")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fixed seed disables threads, and its dependencies warn too
        made = import_module("umap").UMAP(
            n_neighbors=min(NEIGHBOURS, len(rows) - 1),
            metric="cosine" if similarity is Similarity.COSINE else "euclidean",
            init="spectral" if len(rows) > NEIGHBOURS else "random",
            random_state=SEED,
            n_jobs=1,
        )
        return np.asarray(made.fit_transform(rows), np.float64)
