"""What an adapter does with texts before it encodes them."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError

T = TypeVar("T", bound=Hashable)


def once(items: Sequence[T]) -> tuple[list[T], NDArray[np.int64]]:
    """Each item once, in the order of its first place, and for each item given the row of the one that is equal."""
    place = {item: row for row, item in enumerate(dict.fromkeys(items))}
    return list(place), np.fromiter((place[item] for item in items), np.int64, len(items))


def checked(texts: Sequence[str]) -> list[str]:
    """The texts, or `InputError` for one that holds half a character, which no tokenizer and no wire can take."""
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as fault:
        raise InputError(f"A text holds a lone surrogate, which is no character: {fault}.") from fault
    return list(texts)
