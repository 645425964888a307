"""Preparation of texts before encoding: deduplication and validation."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError

T = TypeVar("T", bound=Hashable)


def once(items: Sequence[T]) -> tuple[list[T], NDArray[np.int64]]:
    """Return the distinct items in order of first appearance, and the row among them of each given item."""
    place = {item: row for row, item in enumerate(dict.fromkeys(items))}
    return list(place), np.fromiter((place[item] for item in items), np.int64, len(items))


def checked(texts: Sequence[str]) -> list[str]:
    """Return the texts, or raise `InputError` for a lone surrogate, which can be neither tokenised nor sent."""
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"A text contains a lone surrogate, which is not a valid character: {error}.") from error
    return list(texts)
