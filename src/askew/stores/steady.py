"""Searching while somebody writes."""

from collections.abc import Callable
from typing import TypeVar

from askew.errors import StoreError

T = TypeVar("T")
LOOKS = 10


def steady(act: Callable[[], T]) -> T:
    """A writer beside us may take away what was just found (KeyError); then it is looked for again."""
    for _ in range(LOOKS):
        try:
            return act()
        except KeyError:
            continue
    raise StoreError("The index is being changed faster than it can be searched; try again.")
