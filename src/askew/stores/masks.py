"""A cache of filter masks, valid until the index changes.

People page through a filtered search, and the users of a server share filters. Evaluating a filter that keeps half
of 100,000 documents takes 9 ms, more than the scan that follows.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from askew.stores.where import Node

Mask = NDArray[np.bool_]
"""One flag per row of the vector file: True if the row is kept."""

Rows = NDArray[np.int64]

HELD = 16
"""Masks kept in memory, each one byte per row."""


class Masks:
    """The masks of one snapshot. Callers hold the catalogue's lock."""

    def __init__(self) -> None:
        self._held: dict[Node, Mask] = {}

    def get(self, node: "Node", find: Callable[[], Mask]) -> Mask:
        """Return the cached mask for this filter, or compute it. It is shared and therefore read-only."""
        mask = self._held.pop(node) if node in self._held else find()
        mask.setflags(write=False)
        self._held[node] = mask
        if len(self._held) > HELD:
            del self._held[next(iter(self._held))]
        return mask


def covered(first: Rows, count: Rows) -> Rows:
    """Return every row of these ranges."""
    if (count == 1).all():
        return first
    before = np.cumsum(count) - count
    return np.repeat(first - before, count) + np.arange(int(count.sum()))
