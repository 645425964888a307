"""Ray cluster: connection, checks of its workers, and tasks whose results do not depend on lost workers."""

import os
import platform
import re
import socket
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from askew.environment import cores, require
from askew.errors import (
    AskewError,
    ContractError,
    Difference,
    InputError,
    ModelError,
    ResourceError,
    StoreError,
    StoreLockedError,
    system_reason,
)
from askew.validation import string
from askew.values import shown
from askew.version import __version__

LOCAL, SCHEME = "ray", "ray://"
KEPT = "What was finished is kept: run the command again to go on from there."
RETRIES = 3
"""Further attempts at a task whose worker was lost."""
PORT = re.compile(r"[1-9][0-9]{0,4}")
CONNECTIONS = 2
"""Attempts to connect: a busy head may take longer to start a process for the client than Ray waits."""
REACH = 5.0
"""Seconds for a connection to the cluster's port."""
ANSWER = 300.0
"""Seconds for a worker to start and say what it runs."""
AHEAD = 2
"""Tasks per slot that are handed to the cluster at a time."""
SETTINGS: Mapping[str, str] = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""For Ray: report nothing to its makers, and leave accelerators as they are, which it otherwise warns of."""
ALONE: Mapping[str, str] = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_worker_niceness": "0"}
"""For Ray: a cluster of this machine alone listens on its loopback interface only, and its workers have the priority of
this process, not a niceness of 15, at which they starve beside any other work.
"""

KINDS: Mapping[str, type[AskewError]] = {
    kind.__name__: kind for kind in (InputError, ModelError, StoreError, StoreLockedError, ResourceError)
}
"""Errors of ours that are made of lines alone."""

T = TypeVar("T")
Ref = Any
"""An object in the cluster; Ray's own type differs between a driver in the cluster and one outside."""


@dataclass(frozen=True)
class Node:
    """A machine of the cluster. python, askew: versions; askew is "" where it is not installed."""

    name: str
    cpus: float
    python: str
    askew: str


@dataclass(frozen=True)
class Refusal:
    """An error of ours in a worker, in parts that survive the way to the driver."""

    kind: str
    lines: tuple[str, ...]
    differences: tuple[Difference, ...] = ()

    def error(self) -> AskewError:
        if self.kind == "ContractError":
            return ContractError(self.lines[0], self.differences)
        return KINDS.get(self.kind, InputError)(self.lines[0], self.lines[1:])


def check_on(on: object) -> str | None:
    """Return a valid `on` argument: None for this process, `ray`, or `ray://HOST:PORT`."""
    if on is None:
        return None
    name = string(on, "on (--on)")
    if name == LOCAL:
        return name
    host, _, port = name.removeprefix(SCHEME).rpartition(":")
    if not name.startswith(SCHEME) or not host or not PORT.fullmatch(port):
        raise InputError(
            f"on (--on) must be ray, or the address of a cluster such as ray://HOST:10001, not {shown(on)}."
        )
    return name


@contextmanager
def connected(on: str | None) -> Iterator["RayCluster | None"]:
    """Connect to a cluster for the block; None without `on`.

    on: `ray://HOST:PORT` (a port of Ray Client) or `ray`: the cluster that this process is connected to already, or the
    one named by $RAY_ADDRESS, or else a new one of this machine alone, for the block only.

    Raises InputError if Ray is not installed, no cluster answers, or its workers run another Python or askew.
    """
    address = check_on(on)
    if address is None:
        yield None
        return
    require("ray", "Ray", "ray", "Work on a cluster")
    alone = address == LOCAL and not os.environ.get("RAY_ADDRESS")
    with _environment({**SETTINGS, **(ALONE if alone else {})}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Ray says of its own future
        import ray

        ours = _connect(ray, address)
        printed = ray._private.worker.print_to_stdstream
        try:
            if ours:  # what it reports of lost nodes would go to stdout, among results
                ray._private.worker.print_to_stdstream = _unprinted
            yield RayCluster(ray, address)
        finally:
            if ours:
                _disconnect(ray)
            ray._private.worker.print_to_stdstream = printed


def _unprinted(*_: object, **__: object) -> None:
    """Print nothing."""


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Set variables that the user has not set, for the block."""
    new = {name: value for name, value in settings.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)


def _connect(ray: Any, address: str) -> bool:
    """Connect, and return whether the connection is ours to close."""
    if ray.is_initialized() and address == LOCAL:
        return False
    place = os.environ.get("RAY_ADDRESS", "") if address == LOCAL else address
    if ":" in place:
        _reach(place)
    if ray.is_initialized():
        raise InputError("This process is connected to a Ray cluster already: pass on='ray' to work there.")
    how: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    if not place:
        how |= {"num_cpus": cores(), "include_dashboard": False}
    for attempt in range(CONNECTIONS):
        try:
            ray.init(place or "local", **how)
            break
        except Exception as error:  # Ray raises many kinds, and RuntimeError for most
            _disconnect(ray)
            if attempt + 1 == CONNECTIONS:
                said = (str(error).strip().splitlines() or [repr(error)])[-1].rstrip(".")
                hint = " Is that its client port, 10001 by default?" if place.startswith(SCHEME) else ""
                raise InputError(f"The cluster {place or LOCAL} cannot be used: {said}.{hint}") from error
    return True


def _reach(address: str) -> None:
    """Raise InputError unless something listens at the address: Ray itself would try for minutes."""
    host, _, port = address.removeprefix(SCHEME).rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), REACH):
            return
    except (OSError, ValueError, OverflowError) as error:
        raise InputError(
            f"No Ray cluster answers at {address} ({error}). Start one with `ray start --head` and name its client "
            "port, 10001 by default, or pass --on ray for a cluster of this machine alone."
        ) from error


def _disconnect(ray: Any) -> None:
    with suppress(Exception):  # a connection that is lost cannot be closed
        ray.shutdown()


class RayCluster:
    """A connection to a cluster whose workers have been checked. nodes: those with processors."""

    def __init__(self, ray: Any, address: str) -> None:
        """Raise InputError if there is no worker, or one that runs something else than this process."""
        self._ray, self._address = ray, address
        with self._translated():
            self.nodes = tuple(_asked(ray))
        check_nodes(self.nodes, address)

    @property
    def node_cpus(self) -> int:
        """Processors that every node has: a task that asks for so many has a node to itself, where all are alike."""
        return max(1, int(min(node.cpus for node in self.nodes)))

    def slots(self, cpus: int) -> int:
        """Return how many tasks of so many processors run at a time."""
        return max(1, sum(int(node.cpus // cpus) for node in self.nodes))

    def put(self, value: object) -> Ref:
        """Copy an object into the cluster; it stays there as long as the reference is held."""
        with self._translated():
            return self._ray.put(value)

    def run(
        self, call: Callable[..., T], tasks: deque[tuple[Any, ...]], cpus: int = 1
    ) -> Iterator[tuple[tuple[Any, ...], T]]:
        """Yield each task, the arguments of `call`, with its result, as it finishes; tasks may be appended meanwhile.

        A task whose worker was lost is tried again elsewhere. If the caller stops, running tasks are cancelled.
        call: a function of a module, as it is sent by its name.

        Raises the error of ours that a worker raised, and ResourceError if a task fails on every attempt.
        """
        remote = self._ray.remote(perform).options(num_cpus=cpus, max_retries=0)
        running: dict[Ref, tuple[tuple[Any, ...], int]] = {}
        again: deque[tuple[tuple[Any, ...], int]] = deque()
        most = AHEAD * self.slots(cpus)
        try:
            while tasks or running or again:
                while (tasks or again) and len(running) < most:
                    task, attempt = again.popleft() if again else (tasks.popleft(), 0)
                    with self._translated():
                        running[remote.remote(__version__, call, task)] = task, attempt
                with self._translated():
                    ready, _ = self._ray.wait(list(running), num_returns=1)
                for ref in ready:
                    task, attempt = running.pop(ref)
                    result = self._result(ref, attempt)
                    if isinstance(result, _Lost):
                        again.append((task, attempt + 1))
                    else:
                        yield task, result
        finally:
            with suppress(Exception):  # a connection that is lost has nothing to cancel
                for ref in running:
                    self._ray.cancel(ref, force=False)

    def _result(self, ref: Ref, attempt: int) -> Any:
        """Return a task's result, or that its worker was lost and another attempt is left."""
        from ray.exceptions import RayError, RayTaskError

        try:
            result = self._ray.get(ref)
        except RayError as error:
            cause = getattr(error, "cause", None) if isinstance(error, RayTaskError) else error
            if not isinstance(cause, RayError):
                failure = f"{type(cause).__name__}: {cause}"
                raise ResourceError(f"A worker of {self._address} failed with {failure}. {KEPT}") from error
            if attempt >= RETRIES:
                raise ResourceError(_given_up(cause, self._address)) from error
            return _Lost()
        except ConnectionError as error:
            raise ResourceError(_disconnected(self._address)) from error
        if isinstance(result, Refusal):
            raise result.error()
        return result

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise what Ray reports about the cluster as a ResourceError."""
        from ray.exceptions import RayError

        try:
            yield
        except ConnectionError as error:
            raise ResourceError(_disconnected(self._address)) from error
        except RayError as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise ResourceError(f"The cluster {self._address} reports: {said[0]}") from error


class _Lost:
    """The result of a task whose worker is gone."""


def _given_up(cause: BaseException, address: str) -> str:
    why = {
        "OutOfMemoryError": "its worker ran out of memory: give workers more memory, or start them with fewer "
        "processors (ray start --num-cpus), as each runs one task per processor",
        "ObjectStoreFullError": "the object store is full: start Ray with a larger one (--object-store-memory)",
        "OutOfDiskError": "a disk is full, to which Ray moves what does not fit into memory: free some space",
    }
    reason = why.get(type(cause).__name__, f"its worker was lost each time ({type(cause).__name__})")
    return f"A task failed on all {RETRIES + 1} attempts on {address}, as {reason}. {KEPT}"


def _disconnected(address: str) -> str:
    return f"The connection to {address} was lost. {KEPT}"


def perform(version: str, call: Callable[..., T], task: Sequence[Any]) -> "T | Refusal":
    """Do a task in a worker, and return an error of ours in a form that can be sent."""
    try:
        if version != __version__:  # a node that has joined since the nodes were asked
            raise InputError(f"A worker runs askew {__version__}, and the job was started by askew {version}.")
        return call(*task)
    except AskewError as error:
        differences = error.differences if isinstance(error, ContractError) else ()
        return Refusal(type(error).__name__, error.lines, differences)
    except (MemoryError, OSError) as error:
        return Refusal("ResourceError", (f"On a worker: {system_reason(error)}",))


def check_nodes(nodes: Sequence[Node], address: str) -> None:
    """Raise InputError unless there are workers, and all run the same Python and askew as this process."""
    if not nodes:
        raise InputError(f"The cluster {address} has no workers with processors. Add some with: ray start --address=…")
    python = platform.python_version()
    same = tuple(python.split(".")[:2])
    rows = [
        f"  {node.name}: Python {node.python}, {f'askew {node.askew}' if node.askew else 'no askew'}"
        for node in nodes
        if node.askew != __version__ or tuple(node.python.split(".")[:2]) != same
    ]
    if rows:
        raise InputError(
            f"Workers of {address} run something else than Python {python} and askew {__version__}, so that their "
            "results could differ. Install the same on every machine, and restart Ray there.",
            rows,
        )


def _asked(ray: Any) -> Iterator[Node]:
    """Ask every node with processors what it runs."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    def versions() -> tuple[str, str]:  # within a function, so that it is sent as code and needs no askew there
        import platform

        try:
            from askew.version import __version__
        except ImportError:
            return platform.python_version(), ""
        return platform.python_version(), __version__

    remote = ray.remote(versions)
    found = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
    new = [node["NodeID"] for node in found if node["NodeID"] not in _versions]
    places = [NodeAffinitySchedulingStrategy(id, soft=False) for id in new]
    refs = [remote.options(num_cpus=0, max_retries=0, scheduling_strategy=place).remote() for place in places]
    _, late = ray.wait(refs, num_returns=len(refs), timeout=ANSWER) if refs else ((), ())
    if late:
        raise ResourceError(f"{len(late)} nodes started no worker within {ANSWER:.0f} seconds: see the logs of Ray.")
    for id, ref in zip(new, refs, strict=True):
        with suppress(ray.exceptions.RayError):  # the node has died since
            _versions[id] = ray.get(ref)
    for node in found:
        if node["NodeID"] in _versions:
            yield Node(node["NodeManagerAddress"], node["Resources"]["CPU"], *_versions[node["NodeID"]])


_versions: dict[str, tuple[str, str]] = {}
"""Of Python and askew, by the id of the node, which another start of Ray does not have again."""
