"""What labels say of values: how many of those at or above each value are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError


@dataclass(frozen=True)
class Evidence:
    """values: of what was labelled, highest first. right: of each whether it is. asked: how many there would have been,
    those for which nothing was found among them.
    """

    values: tuple[float, ...]
    right: tuple[bool, ...]
    asked: int


@dataclass(frozen=True)
class Cuts:
    """Of each distinct value, highest first: how many labels lie at or above it, and how many of these are wrong.

    Nothing between equal values is ever a threshold: whoever has the same value shares its fate.
    """

    values: NDArray[np.float64]
    above: NDArray[np.int64]
    wrong: NDArray[np.int64]


def evidence(values: Sequence[float], right: Sequence[bool], asked: int | None = None) -> Evidence:
    """In any order; InputError for a value that is not finite."""
    numbers = np.asarray(values, np.float64)
    if not np.isfinite(numbers).all():
        raise InputError("Some scores are not finite numbers.")
    order = np.argsort(-numbers, kind="stable").tolist()
    ordered = tuple(float(numbers[place]) for place in order)
    return Evidence(ordered, tuple(bool(right[place]) for place in order), len(ordered) if asked is None else asked)


def cuts(labelled: Evidence) -> Cuts:
    values = np.array(labelled.values, np.float64)
    wrong = np.cumsum(~np.array(labelled.right, bool))
    last = np.flatnonzero(np.append(values[1:] != values[:-1], True)[: len(values)])
    return Cuts(values[last], last + 1, wrong[last])
