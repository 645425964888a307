"""Exact duplicates after normalisation, compared by hash: about 40 bytes of memory per text."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from askew.text.normalise import normalise

DIGEST = 16  # bytes: the probability of any collision among a billion texts is 1.5e-21


def identical(texts: Iterable[str], *, normalised: bool = False) -> NDArray[np.int64]:
    """Return, for every text, the position of the first text identical to it (possibly its own): (n,).

    normalised: the texts are normal forms already.
    """
    digests = bytearray()
    for text in texts:
        form = text if normalised else normalise(text)
        digests += blake2b(form.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()
    high, low = np.frombuffer(digests, np.uint64).reshape(-1, 2).T
    order = np.lexsort((low, high))  # stable: the first of equal texts stays first
    high, low = high[order], low[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    first = np.empty(len(order), np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    return first


def classes(first: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of each set of two or more identical texts, ascending; the sets are ordered by first text."""
    order = np.argsort(first, kind="stable")
    starts = np.flatnonzero(np.diff(first[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    for number in np.flatnonzero(ends - starts > 1):
        yield order[starts[number] : ends[number]]
