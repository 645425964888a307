"""Jobs: work that takes longer than a request may, with progress, a result, and an end on demand; and maintenance."""

import logging
import threading
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from askew.errors import AskewError
from askew.progress import Progress, Report
from askew.server.access import Caller
from askew.server.config import ServerLimits
from askew.server.errors import BusyError, NotFoundError, body_of, told


@dataclass(frozen=True)
class Outcome:
    """What work came to. seen: a number for each document that the caller could read while it ran; empty where they may
    read all.
    """

    result: dict[str, Any]
    seen: Mapping[str, int]


Work = Callable[[Report], Outcome]
FEW = 1000
"""Documents that are searched in no time, however many others they replaced."""
log = logging.getLogger("askew.server")


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (Status.QUEUED, Status.RUNNING)


class CancelledJobError(BaseException):
    """Raised in a report of progress, which ends the work. Nothing that catches errors catches it."""


def forgotten() -> NotFoundError:
    return NotFoundError("There is no such job. It may have been forgotten: start it again.")


@dataclass
class Job:
    """A piece of work for a caller, about one index. seen: by id, which documents it may be about, where the caller may
    read only some; see `Jobs.start`.
    """

    id: str
    kind: str
    index: str
    caller: Caller
    seen: Mapping[str, int] = field(default_factory=dict)
    status: Status = Status.QUEUED
    progress: Progress = field(default_factory=lambda: Progress("", 0, 0))
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    cancelled: bool = False

    def as_json(self) -> dict[str, Any]:
        about: dict[str, Any] = {"id": self.id, "kind": self.kind, "index": self.index, "status": self.status}
        about["progress"] = vars(self.progress)
        if self.result is not None:
            about["result"] = self.result
        return {**about, **(self.error or {})}


class Jobs:
    """The jobs of a server, the oldest first; those that are over are forgotten when there are too many."""

    def __init__(self, limits: ServerLimits) -> None:
        self._most = limits.jobs
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "job")

    def start(self, caller: Caller, kind: str, index: str, work: Work, seen: Mapping[str, int]) -> Job:
        """Start work, after that of earlier jobs. Raises BusyError if too many wait.

        seen: a number for each document that the caller may read now; empty where they may read all.
        """
        job = Job(uuid.uuid4().hex, kind, index, caller, seen)
        with self._turn:
            for old in [one for one in self._jobs.values() if one.status not in OPEN]:
                if len(self._jobs) < self._most:
                    break
                del self._jobs[old.id]
            if len(self._jobs) >= self._most:
                raise BusyError("Too many jobs wait. Try again later, or cancel some.")
            self._jobs[job.id] = job
        self._pool.submit(self._run, job, work)
        return job

    def get(self, caller: Caller, id: str) -> Job:
        """Return a job of this caller. Raises NotFoundError for another's, too."""
        job = self._jobs.get(id)
        if job is None or job.caller != caller:
            raise forgotten()
        return job

    def of(self, caller: Caller) -> list[Job]:
        with self._turn:
            return [job for job in self._jobs.values() if job.caller == caller]

    def cancel(self, caller: Caller, id: str) -> Job:
        """End a job at its next report of progress; one that is over stays as it is."""
        job = self.get(caller, id)
        job.cancelled = True
        if job.status is Status.QUEUED:
            job.status = Status.CANCELLED
        return job

    def close(self) -> None:
        """End all jobs, and wait for them."""
        with self._turn:
            for job in self._jobs.values():
                job.cancelled = True
        self._pool.shutdown(cancel_futures=True)

    def _run(self, job: Job, work: Work) -> None:
        def report(progress: Progress) -> None:
            if job.cancelled:
                raise CancelledJobError
            job.progress = progress

        if job.cancelled:
            job.status = Status.CANCELLED
            return
        job.status = Status.RUNNING
        try:
            done = work(report)
            job.seen = {**job.seen, **done.seen}
            job.result, job.status = done.result, Status.DONE
        except CancelledJobError:
            job.status = Status.CANCELLED
        except AskewError as error:
            job.error, job.status = body_of(error), Status.FAILED
        except Exception as error:
            log.error("a job failed: %s", type(error).__name__)
            job.error, job.status = told("InternalError", "The job failed."), Status.FAILED


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
        except CancelledJobError:
            return
        except AskewError as error:
            log.warning("an index was not optimised: %s", type(error).__name__)

    def _report(self, progress: Progress) -> None:
        if self._over:
            raise CancelledJobError
