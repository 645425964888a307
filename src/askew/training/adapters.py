"""Linear adapters of the query side: a matrix, started at the identity, that moves query vectors to relevant documents.

Nothing is encoded again: an adapter is learnt from the vectors of queries and the stored ones of documents. Two ways
to learn it: ridge regression towards the mean of a query's relevant documents, pulled to the identity instead of to 0
(Hoerl and Kennard 1970); and the contrastive loss InfoNCE (van den Oord et al. 2018, arXiv 1807.03748) over relevant
documents and hard negatives, minimised by L-BFGS.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.environment import require
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import FloatMatrix

RIDGE, CONTRASTIVE, IDENTITY = "ridge", "contrastive", "identity"
PENALTIES: Mapping[str, tuple[float, ...]] = {
    RIDGE: (100.0, 30.0, 10.0, 3.0, 1.0, 0.3),
    CONTRASTIVE: (10.0, 3.0, 1.0, 0.3),
}
"""Penalties of the distance from the identity that are tried, the strongest first. Of the ridge they are multiples of
the mean variance of a query vector's components times the number of queries; of InfoNCE, of its mean over queries."""
RANKS = (32, 0)
"""Ranks of the change that are tried; 0 keeps all of it."""
TEMPERATURE = 0.05
STEPS = 12
"""Maximum number of steps of L-BFGS for each penalty; each starts where the one before ended."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Lessons:
    """What an adapter learns from, as prepared vectors. queries: (n, dim). targets: (n, dim), the normalised mean of
    each query's relevant documents. passages: (m, dim), relevant ones and hard negatives of all. relevant: (n, m).
    """

    queries: FloatMatrix
    targets: FloatMatrix
    passages: FloatMatrix
    relevant: NDArray[np.bool_]


@dataclass(frozen=True)
class Adapter:
    """matrix: (dim, dim), applied to a query vector. rank: of its difference from the identity, 0 for any."""

    method: str
    penalty: float
    rank: int
    matrix: Matrix

    def __call__(self, queries: FloatMatrix) -> FloatMatrix:
        return normalise(np.asarray(queries @ self.matrix.T, np.float32))


def identity(dim: int) -> Adapter:
    return Adapter(IDENTITY, 0.0, 0, np.eye(dim, dtype=np.float32))


def fitted(method: str, lessons: Lessons, report: Report = silent) -> Iterator[Adapter]:
    """Yield an adapter for each penalty and rank that is tried; which of them is best, development data tells."""
    ways = {RIDGE: _ridge, CONTRASTIVE: _contrastive}
    total = len(PENALTIES[method])
    for done, (penalty, matrix) in enumerate(zip(PENALTIES[method], ways[method](lessons), strict=True), 1):
        for rank in RANKS:
            if rank < len(matrix):
                yield Adapter(method, penalty, rank, _low_rank(matrix, rank))
        report(Progress(f"fit {method}", done, total))


def _ridge(lessons: Lessons) -> Iterator[Matrix]:
    """Yield the matrices that minimise the squared error and, weighted, the squared distance from the identity."""
    queries, targets = lessons.queries.astype(np.float64), lessons.targets.astype(np.float64)
    gram, cross = queries.T @ queries, targets.T @ queries
    unit = np.eye(len(gram))
    for penalty in PENALTIES[RIDGE]:
        weight = penalty * np.trace(gram) / len(gram)
        yield np.linalg.solve(gram + weight * unit, (cross + weight * unit).T).T.astype(np.float32)


def _contrastive(lessons: Lessons) -> Iterator[Matrix]:
    require("scipy", "SciPy", "evaluation", "A contrastive adapter")
    from scipy.optimize import minimize

    dim, wanted = lessons.queries.shape[1], evenly(lessons.relevant)
    start = np.eye(dim)
    for penalty in PENALTIES[CONTRASTIVE]:
        found = minimize(
            _loss, start.ravel(), (lessons, wanted, penalty), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
        )
        start = found.x.reshape(dim, dim)
        yield start.astype(np.float32)


def evenly(relevant: NDArray[np.bool_]) -> FloatMatrix:
    """Return the distribution that is even over each query's relevant passages, (n, m)."""
    return np.asarray(relevant / relevant.sum(axis=1, keepdims=True), np.float32)


def _loss(
    flat: NDArray[np.float64], lessons: Lessons, wanted: FloatMatrix, penalty: float
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean InfoNCE of the queries, with all relevant passages of a query as positives, and its gradient.

    wanted: the distribution over passages at which it is least. The penalty is added per dimension.
    """
    dim, count = lessons.queries.shape[1], len(lessons.queries)
    matrix = flat.reshape(dim, dim)
    moved = lessons.queries @ matrix.T.astype(np.float32)
    lengths = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    unit = moved / lengths
    scores = unit @ (lessons.passages.T / np.float32(TEMPERATURE))
    scores -= scores.max(axis=1, keepdims=True)
    near = float(np.vdot(scores, wanted))
    shares = np.exp(scores, out=scores)
    total = shares.sum(axis=1, keepdims=True)
    loss = (float(np.log(total).sum(dtype=np.float64)) - near) / count
    shares /= total
    shares -= wanted
    into = (shares @ lessons.passages) / np.float32(TEMPERATURE * count)
    into = (into - unit * np.einsum("ij,ij->i", into, unit)[:, None]) / lengths
    apart = matrix - np.eye(dim)
    gradient = (into.T @ lessons.queries).astype(np.float64) + 2 * penalty / dim * apart
    return loss + penalty / dim * float((apart**2).sum()), gradient.ravel()


def _low_rank(matrix: Matrix, rank: int) -> Matrix:
    """Return the matrix whose difference from the identity is the best one of this rank (Eckart and Young 1936)."""
    if not rank:
        return matrix
    left, values, right = np.linalg.svd(matrix - np.eye(len(matrix), dtype=np.float32))
    kept = (left[:, :rank] * values[:rank]) @ right[:rank]
    return np.asarray(np.eye(len(matrix)) + kept, np.float32)


def targets(relevant: Sequence[FloatMatrix]) -> FloatMatrix:
    """Return the normalised mean of each query's relevant vectors, (n, dim)."""
    return normalise(np.stack([vectors.mean(axis=0) for vectors in relevant]))
