"""A cluster of two nodes with a processor each, on the loopback interface, for all tests of this folder."""

import gc
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from askew.jobs.cluster import ALONE, SETTINGS, RayCluster, connected

MEMORY = 100_000_000
"""Bytes of a node's object store: the least that Ray accepts is 75 MB."""


class Nodes:
    """The machines of the cluster. client: the port of Ray Client."""

    def __init__(self, made: Any, client: int) -> None:
        self._made, self.client = made, client

    @property
    def address(self) -> str:
        return str(self._made.address)

    @contextmanager
    def another(self, **environment: str) -> Iterator[Any]:
        """Add a node, with variables for its workers, for the block; it may die there."""
        node = self._made.add_node(num_cpus=1, object_store_memory=MEMORY, env_vars=environment)
        try:
            yield node
        finally:
            self._made.remove_node(node, allow_graceful=False)


@pytest.fixture(autouse=True, scope="module")
def garbage() -> Iterator[None]:
    """Collect the sockets that Ray leaves open with the module that made them, which ignores them."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in {**SETTINGS, **ALONE}.items():
            patch.setenv(name, value)
        from ray.cluster_utils import Cluster as Machines

        with socket.create_server(("127.0.0.1", 0)) as free:
            client = free.getsockname()[1]
        head = {"num_cpus": 1, "object_store_memory": MEMORY, "ray_client_server_port": client}
        made = Machines(initialize_head=True, head_node_args={**head, "include_dashboard": False})
        try:
            made.add_node(num_cpus=1, object_store_memory=MEMORY)
            patch.setenv("RAY_ADDRESS", made.address)
            yield Nodes(made, client)
        finally:
            made.shutdown()


@pytest.fixture(scope="session")
def cluster(nodes: Nodes) -> Iterator[RayCluster]:
    """A connection that all tests share: every other one would start workers of its own, which takes seconds."""
    with connected("ray") as found:
        assert found is not None
        yield found
