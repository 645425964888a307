"""Maintenance of the indexes that are written to: space reclaimed and approximate indexes built, in the background."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from askew.errors import AskewError
from askew.progress import Progress, Report

FEW = 1000
"""Documents that are searched in no time, however many others they replaced."""
log = logging.getLogger("askew.server")


class StoppedError(BaseException):
    """Raised in a report of progress when the server stops. Nothing that catches errors catches it."""


class Maintenance:
    """Indexes are optimised once as many documents were written or deleted as they hold, so that it takes a bounded
    share of the work. optimise: does it to the index of this name; it may be ended at any report.
    """

    def __init__(self, optimise: Callable[[str, Report], None]) -> None:
        self._optimise = optimise
        self._touched: Counter[str] = Counter()
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "maintain")
        self._over = False

    def touched(self, name: str, documents: int, stored: int) -> None:
        """Count documents that were written or deleted in an index. stored: those that it holds now."""
        with self._turn:
            self._touched[name] += documents
            if self._over or self._touched[name] < max(FEW, stored):
                return
            del self._touched[name]
            self._pool.submit(self._run, name)

    def close(self) -> None:
        """End at the next report: whatever is not done by then is done later."""
        with self._turn:
            self._over = True
        self._pool.shutdown(cancel_futures=True)

    def _run(self, name: str) -> None:
        try:
            self._optimise(name, self._report)
        except StoppedError:
            return
        except AskewError as error:
            log.warning("an index was not optimised: %s", type(error).__name__)

    def _report(self, progress: Progress) -> None:
        if self._over:
            raise StoppedError
