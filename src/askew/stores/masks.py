"""The rows that the last few filters keep, remembered for as long as nothing changes.

People page through one filtered search, and a server's users share their filters: which half of 100,000 documents
is kept takes 9 ms to find anew, more than the scan that follows.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from askew.stores.where import Node

Mask = NDArray[np.bool_]
"""One for each row of the vector file: is it kept?"""

HELD = 16
"""A byte a row each."""


class Masks:
    """Of one moment. Threads take turns, as they do on the catalogue."""

    def __init__(self) -> None:
        self._held: dict[Node, Mask] = {}

    def get(self, node: Node, find: Callable[[], Mask]) -> Mask:
        """What was found for this filter before, or is found now. Nobody may write to it: others hold it as well."""
        mask = self._held.pop(node) if node in self._held else find()
        mask.setflags(write=False)
        self._held[node] = mask
        if len(self._held) > HELD:
            del self._held[next(iter(self._held))]
        return mask
