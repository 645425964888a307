"""The stores that must keep the contract: how each is created, and opened again."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import xxhash
from helpers.object_storage import BUCKET

from askew.quantisation import Precision
from askew.stores import Layout, Store, remote
from askew.stores.lance import engine as lance_engine
from askew.stores.local.store import LocalStore
from askew.stores.memory import MemoryStore
from askew.stores.milvus import engine as milvus_engine

Opener = Callable[..., Store]
"""Opens the one store of a test, again and again: `opened(writable=True)`, `opened()`."""

NAME = "handbook"
"""Of the store in an engine."""


def local(folder: Path, dim: int, manifest: str, precision: Precision = Precision.FLOAT32) -> Opener:
    def opened(*, writable: bool) -> Store:
        if writable and not folder.exists():
            return LocalStore.create(folder, dim, manifest, precision=precision)
        return LocalStore.open(folder, writable=writable, wait=0.2)

    return opened


def memory(_: Path, dim: int, manifest: str) -> Opener:
    """A process has no other way to a store in memory than by its object: opening it again shares that."""
    return MemoryStore(dim, manifest).share


def postgres(
    folder: Path, dim: int, manifest: str, precision: Precision = Precision.FLOAT32, servers: int = 1
) -> Opener:
    from helpers.postgres import server, together

    from askew.stores.postgres import engine

    url, name = together(*map(server, range(servers))), _name(folder)
    created: list[bool] = []

    def opened(*, writable: bool) -> Store:
        if writable and not created:
            created.append(True)
            return engine.create(url, name, Layout(dim, manifest, precision=precision))
        return engine.open_store(url, name, writable=writable, wait=10.0)

    return opened


def lance(folder: Path, dim: int, manifest: str) -> Opener:
    return _remote(f"lance://{folder}", Layout(dim, manifest))


def lance_s3(folder: Path, dim: int, manifest: str) -> Opener:
    """In the storage of the fixture `storage`, which has set the environment."""
    return _remote(f"s3://{BUCKET}/{folder.parent.name}", Layout(dim, manifest))


def milvus(folder: Path, dim: int, manifest: str) -> Opener:
    return _remote(f"milvus://{folder.with_suffix('.db')}", Layout(dim, manifest))


def _remote(url: str, layout: Layout) -> Opener:
    engine = remote.engine(url)

    def opened(*, writable: bool) -> Store:
        if writable and not engine.exists(url, NAME):
            return engine.create(url, NAME, layout)
        return engine.open_store(url, NAME, writable=writable, wait=0.2)

    return opened


def _name(folder: Path) -> str:
    return f"t{xxhash.xxh3_64_hexdigest(str(folder).encode())}"


STORES: Mapping[str, Callable[[Path, int, str], Opener]] = {
    "local": local,
    "memory": memory,
    "lance": lance,
    "lance s3": lance_s3,
    "milvus": milvus,
    **{f"local {one}": partial(local, precision=one) for one in Precision if one is not Precision.FLOAT32},
    "postgres": postgres,
    "postgres float16": partial(postgres, precision=Precision.FLOAT16),
    "postgres on two servers": partial(postgres, servers=2),
}


def guarded_local(folder: Path, dim: int, manifest: str) -> Store:
    return LocalStore.create(folder, dim, manifest, access=True)


def guarded_memory(_: Path, dim: int, manifest: str) -> Store:
    return MemoryStore(dim, manifest, access=True)


def guarded_postgres(folder: Path, dim: int, manifest: str, servers: int = 1) -> Store:
    from helpers.postgres import server, together

    from askew.stores.postgres import engine

    return engine.create(together(*map(server, range(servers))), _name(folder), Layout(dim, manifest, access=True))


def guarded_milvus(folder: Path, dim: int, manifest: str) -> Store:
    return milvus_engine.create(f"milvus://{folder.with_suffix('.db')}", NAME, Layout(dim, manifest, access=True))


def guarded_lance(folder: Path, dim: int, manifest: str) -> Store:
    return lance_engine.create(f"lance://{folder}", NAME, Layout(dim, manifest, access=True))


GUARDED: Mapping[str, Callable[[Path, int, str], Store]] = {
    "local": guarded_local,
    "memory": guarded_memory,
    "postgres": guarded_postgres,
    "postgres on two servers": partial(guarded_postgres, servers=2),
    "lance": guarded_lance,
    "milvus": guarded_milvus,
}
"""How each store is created with access control."""
