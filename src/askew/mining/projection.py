"""Vectors as points of a plane, to be looked at. The same vectors give the same points.

What lies near in the plane is not always near in truth: two dimensions keep a part of what there is. PCA keeps what it
can of all distances and is quick; t-SNE and UMAP keep neighbours, and make clusters stand out more than they do.
"""

import warnings
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from askew.environment import require
from askew.errors import InputError, UnknownNameError
from askew.similarity import Similarity, prepare
from askew.types import FloatMatrix

PCA, TSNE, UMAP = PROJECTIONS = ("pca", "tsne", "umap")
SEED = 0
FEWEST = 4
"""Vectors that t-SNE and UMAP want at the least."""
PERPLEXITY = 30
NEIGHBOURS = 15
KEPT = 50
"""Principal components that t-SNE starts from: it takes less time, and what is left out is mostly noise."""

Points = NDArray[np.float64]
"""(n, 2)."""


def project(vectors: FloatMatrix, similarity: Similarity, method: str = PCA) -> Points:
    """By cosine of vectors of length one, by the dot product of the vectors as they are."""
    if method not in PROJECTIONS:
        raise UnknownNameError("projection", method, PROJECTIONS)
    if method != PCA and len(vectors) < FEWEST:
        raise InputError(
            f"{method} needs {FEWEST} texts or more, and there are {len(vectors)}. Use the projection pca."
        )
    rows = prepare(np.ascontiguousarray(vectors, np.float32), similarity)
    if method == PCA:
        return components(rows, 2)
    return settled(_tsne(rows) if method == TSNE else _umap(rows, similarity))


def components(vectors: FloatMatrix, count: int) -> Points:
    """What the principal components say of each vector, (n, count); 0 where there are fewer.

    Each points to where its largest weight is positive, so that no picture is the mirror of another.
    """
    rows = vectors.astype(np.float64)
    rows -= rows.mean(axis=0) if len(rows) else 0
    _, axes = np.linalg.eigh(rows.T @ rows)
    axes = axes[:, ::-1][:, :count]
    largest = np.abs(axes).argmax(axis=0)
    found = rows @ (axes * np.sign(axes[largest, np.arange(axes.shape[1])]))
    return np.pad(found, ((0, 0), (0, max(0, count - found.shape[1]))))


def settled(points: Points) -> Points:
    """Turned to its own principal axes, the longer one across."""
    return components(points.astype(np.float32), 2)


def _tsne(rows: FloatMatrix) -> Points:
    require("sklearn", "scikit-learn", "clusters", "The projection tsne")
    from sklearn.manifold import TSNE as Method  # noqa: N811  # beside the word for it

    kept = components(rows, min(KEPT, *rows.shape)).astype(np.float32)
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    made = Method(init="pca", perplexity=perplexity, random_state=SEED).fit_transform(kept)
    return np.asarray(made, np.float64)


def _umap(rows: FloatMatrix, similarity: Similarity) -> Points:
    """By the Euclidean distance where the model scores by the dot product, for which UMAP has no distance."""
    require("umap", "umap-learn", "umap", "The projection umap")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads that a fixed seed allows no use of, and of its own dependencies
        made = import_module("umap").UMAP(
            n_neighbors=min(NEIGHBOURS, len(rows) - 1),
            metric="cosine" if similarity is Similarity.COSINE else "euclidean",
            init="spectral" if len(rows) > NEIGHBOURS else "random",
            random_state=SEED,
            n_jobs=1,
        )
        return np.asarray(made.fit_transform(rows), np.float64)
