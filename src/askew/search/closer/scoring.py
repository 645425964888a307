"""A document's score from several of its passages, where one alone does not say enough."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from askew.search.ranking import Ranked
from askew.stores import Store
from askew.types import FloatMatrix


def mean_of_best(store: Store, query: FloatMatrix, ranking: Sequence[Ranked], best: int, k: int) -> list[Ranked]:
    """The k best of these documents by the mean of their `best` highest passages, computed anew from all of them.

    query: (dim,). A document with fewer passages has the mean of those it has.
    """
    ranges = store.extents([entry.document for entry in ranking])
    keys = [key for held in ranges for key in held]
    scores = store.vectors(keys) @ query
    ends = np.cumsum([len(held) for held in ranges])[:-1]
    means = [float(np.sort(part)[::-1][:best].mean()) for part in np.split(scores, ends)] if ranking else []
    order = sorted(range(len(ranking)), key=lambda place: (-means[place], place))
    return [replace(ranking[place], score=means[place]) for place in order[:k]]
