"""Preparation of texts before encoding: deduplication, validation, and titles combined with texts."""

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


def varied() -> list[str]:
    """Return a fixed set of varied texts: questions, sentences, titles, several languages; no two mean the same."""
    from importlib import resources  # which a search does not need

    return resources.files("askew.encoders.onnx").joinpath("calibration.txt").read_text("utf-8").splitlines()


SPACE = "space"
"""Title and text as one string, separated by a space."""
SEGMENT = "segment"
"""Title and text as the two segments of a pair, as in DPR (Karpukhin et al. 2020, arXiv 2004.04906)."""

FIELD = "field"
"""Title in a separate field of the request, which some hosted services support."""


def joined(texts: Sequence[str], titles: Sequence[str]) -> Sequence[str]:
    """Return each text with its title and a space before it; without titles, the texts unchanged."""
    if not titles:
        return texts
    return [f"{title} {text}".strip() if title else text for title, text in zip(titles, texts, strict=True)]
