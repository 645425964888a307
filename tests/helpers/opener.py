from collections.abc import Callable

from askew.stores import Store

Opener = Callable[..., Store]
"""Opens the one store of a test, again and again: `opened(writable=True)`, `opened()`."""
