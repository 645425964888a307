"""The flip test: what changes when query and document change places, as a model sees them?

Both sides are encoded alike, as documents, so that no prompt makes the difference. Where they are of one kind, a query
might as well be a document, and two things follow, whatever the subject:

drift   from a query to the document nearest to it, the vectors go no way in particular; so the mean of these steps is
        near zero. From questions to answers they all go much the same way. Measured as the mean inner product of two
        different steps, over their mean squared length: 0 where they go nowhere together, 1 where all are the same.
return  the query is as near to that document as other documents are that have it for their nearest. The chance that it
        comes behind such a one, documents among themselves being the measure, and so hubs (Radovanović et al. 2010)
        among them: 0.5 where they are of one kind, 1 where no document ever finds back to a query.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.similarity import normalise
from askew.types import FloatMatrix


@dataclass(frozen=True)
class Flip:
    """drift, returned: as described above."""

    drift: float
    returned: float


def flip(queries: FloatMatrix, documents: FloatMatrix) -> Flip:
    """Vectors of both sides, one a row: at least two queries and three documents."""
    asked, held = normalise(queries), normalise(documents)
    across, within = asked @ held.T, held @ held.T
    np.fill_diagonal(within, -np.inf)
    near, own = across.argmax(axis=1), within.argmax(axis=1)
    rows, columns = np.arange(len(asked)), np.arange(len(held))
    ranks = _behind(within[near], across[rows, near])
    usual = _behind(within[own], within[columns, own])  # a document counts itself only where another is as near
    return Flip(_drift(held[near] - asked) - _drift(held[own] - held), _superiority(ranks, usual))


def _drift(steps: FloatMatrix) -> float:
    n, lengths = len(steps), float((steps**2).sum())
    total = steps.sum(axis=0)
    return (float(total @ total) - lengths) / (n - 1) / max(lengths, 1e-12)


def _behind(scores: FloatMatrix, own: FloatMatrix) -> NDArray[np.int64]:
    """How many documents score more than this one."""
    return np.asarray((scores > own[:, None] + 1e-6).sum(axis=1))


def _superiority(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """The chance that a value of `a` is above one of `b`; a tie counts half."""
    more, same = (a[:, None] > b[None]).mean(), (a[:, None] == b[None]).mean()
    return float(more + same / 2)
