"""The lease of a writer: one at a time, over all machines, and none for long after its process died.

To become the writer is a commit, whose number is the epoch: of two that try, one makes it. From then on no commit of
the writer before can have the next number, however late it wakes up (a fencing token; Kleppmann 2016, "How to do
distributed locking"). The time until which a lease is held only spares others the attempt, so that clocks that differ
do no harm.
"""

import os
import socket
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from askew.errors import StoreError, StoreLockedError
from askew.lock import PAUSE
from askew.stores.replica import Remote
from askew.stores.replica.log import Commit

SECONDS = 30.0
"""How long a lease lasts unless it is renewed, which happens three times in that time."""
UNTIL = "until"


def machine() -> str:
    """Return what the processes have in common that can see each other."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116
    except (OSError, ValueError):
        return ""


def owner() -> dict[str, Any]:
    return {"host": socket.gethostname(), "pid": os.getpid(), "machine": machine()}


class Lease:
    """A lease that this process holds, renewed by a thread until it is released."""

    def __init__(self, remote: Remote, epoch: int, seconds: float = SECONDS) -> None:
        self.epoch, self._remote, self._seconds = epoch, remote, seconds
        self._owner = owner()
        self._over = threading.Event()
        self._renew()
        thread = threading.Thread(target=_keep, args=(weakref.ref(self), self._over, seconds / 3), daemon=True)
        thread.start()
        weakref.finalize(self, self._over.set)

    def _renew(self) -> None:
        self._remote.keep_lease(self.epoch, {**self._owner, UNTIL: time.time() + self._seconds})

    def release(self) -> None:
        """Let the next writer in at once."""
        if not self._over.is_set() and self._owner["pid"] == os.getpid():
            self._over.set()
            self._remote.keep_lease(self.epoch, {**self._owner, UNTIL: 0.0})

    def end(self) -> None:
        """Renew it no more, and write nothing: its store is deleted."""
        self._over.set()

    def abandon(self) -> None:
        """Let go of what a forked child inherited."""
        self._over = threading.Event()
        self._over.set()


def _keep(lease: "weakref.ref[Lease]", over: threading.Event, pause: float) -> None:
    while not over.wait(pause):
        held = lease()
        if held is None:
            return
        with suppress(StoreError):  # out of reach: the next commit says so, and others wait until the lease is over
            held._renew()
        del held


def check_free(told: Mapping[str, Any], place: str) -> None:
    """Raise StoreLockedError while another process holds this lease."""
    until = float(told.get(UNTIL, 0.0))
    if until <= time.time() or _dead(told):
        return
    at = datetime.fromtimestamp(until, UTC).strftime("%H:%M:%S")
    raise StoreLockedError(
        f"{place} is being written by process {told.get('pid')} on {told.get('host')}, which holds it until {at} UTC "
        "and may hold it longer. Try again once it has finished."
    )


def _dead(told: Mapping[str, Any]) -> bool:
    """Return whether the holder was a process of this machine that is no more."""
    here, pid = machine(), told.get("pid")
    if not here or told.get("machine") != here or not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def acquire(remote: Remote, wait: float, token: str, seconds: float = SECONDS) -> tuple[Lease, Commit]:
    """Become the writer, waiting up to `wait` seconds, and return the lease and the commit by which it was taken.

    Raises StoreLockedError if another process holds it.
    """
    deadline = time.monotonic() + wait
    while True:
        head = remote.head()
        try:
            check_free(remote.lease(head.epoch), remote.place)
        except StoreLockedError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE * 4)
            continue
        taken = fence(head, token)
        if remote.commit(taken):
            return Lease(remote, taken.number, seconds), taken


def fence(head: Commit, token: str) -> Commit:
    """Return the commit after `head` by which its maker becomes the writer."""
    from dataclasses import replace

    from askew.stores.replica.log import Delta

    told = owner()
    number = head.number + 1
    who = f"process {told['pid']} on {told['host']}"
    return replace(head, number=number, epoch=number, token=token, owner=who, delta=Delta())
