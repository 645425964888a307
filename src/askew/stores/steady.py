"""Retries of reads that run concurrently with a writer."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from askew.errors import StoreError

P = ParamSpec("P")
T = TypeVar("T")
LOOKS = 10
"""Attempts of a read."""


def retried(read: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function of several reads: repeat it on KeyError, as a writer may delete what it has just found."""

    @wraps(read)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(LOOKS):
            try:
                return read(*args, **kwargs)
            except KeyError:
                continue
        raise StoreError(f"The index changed during each of {LOOKS} attempts to search it; try again.")

    return attempt


def steady(act: Callable[[], T]) -> T:
    """Call `act` with the retries of `retried`."""
    return retried(act)()
