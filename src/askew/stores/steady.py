"""Retries for searches that run concurrently with a writer."""

from collections.abc import Callable
from typing import TypeVar

from askew.errors import StoreError

T = TypeVar("T")
LOOKS = 10


def steady(act: Callable[[], T]) -> T:
    """Retry `act` on KeyError: a concurrent writer may delete what was just found."""
    for _ in range(LOOKS):
        try:
            return act()
        except KeyError:
            continue
    raise StoreError(f"The index changed during each of {LOOKS} attempts to search it; try again.")
