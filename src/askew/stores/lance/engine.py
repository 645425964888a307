"""The engine of s3:// and lance:// URLs: stores as replicas of a log in object storage, with vectors in Lance."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from askew.errors import InputError, StoreError
from askew.progress import Report
from askew.quantisation import Precision
from askew.stores import Keys, Layout, Store
from askew.stores.lance.datasets import DOCUMENTS, VECTORS, Datasets
from askew.stores.lance.objects import EXTRA, Objects, Place, older
from askew.stores.lance.vectors import HELD, LanceVectors
from askew.stores.remote import absence, scratch_folder
from askew.stores.replica import Vectors, Versions, lease
from askew.stores.replica.log import FORMAT, Checkpoint, Commit, check_format
from askew.stores.replica.recall import tuned
from askew.stores.replica.rows import Row
from askew.stores.replica.store import ReplicaStore
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from lance import LanceDataset

AGE = timedelta(days=1)
"""How long a version is kept that is not the latest: for as long may a reader hold a snapshot."""
DIGITS = 12
COMMIT = re.compile(rf"\d{{{DIGITS}}}\.json")
PARALLEL = 16
"""Commits read at a time."""
STORED = (Precision.FLOAT32, Precision.FLOAT16)

INDEX = "vector_idx"
"""The approximate index: IVF with full vectors. It is built once the vectors do not fit into the memory that
a process may use for them: below that, an exact scan is faster than Lance.
"""
PARTITION = 2048
"""Rows of a partition."""
STALE = 0.2
"""Share of rows that the index may lack before it is built anew."""
PROBES = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 4096)


class LanceRemote:
    """See `askew.stores.replica.Remote`."""

    def __init__(
        self, objects: Objects, name: str, identity: str, layout: Layout, age: timedelta = AGE, held: int = HELD
    ) -> None:
        self.identity, self.place = identity, f"{objects.place.shown}/{name}"
        self._objects, self._home, self._layout = objects, f"{name}/{identity}", layout
        self._pointer, self._age, self._memory = f"{name}/store.json", age, held
        self._datasets = Datasets(objects, self._home, layout)

    def begin(self) -> None:
        """Create the datasets and the first commit."""
        versions = self._datasets.create()
        self.commit(Commit(1, os.urandom(12).hex(), versions=versions))

    def _name(self, kind: str, number: int) -> str:
        return f"{self._home}/{kind}/{number:0{DIGITS}d}.json"

    def _commit(self, number: int) -> Commit | None:
        data = self._objects.get(self._name("commits", number))
        return None if data is None else Commit.from_bytes(data, self.place)

    def after(self, number: int) -> list[Commit]:
        first = self._commit(number + 1)
        if first is None:
            return []
        numbers = [one for one in self._numbers("commits", number + 1) if one > number + 1]
        with ThreadPoolExecutor(PARALLEL) as pool:
            rest = [one for one in pool.map(self._commit, numbers) if one is not None]
        return [first, *rest]

    def _numbers(self, kind: str, after: int) -> list[int]:
        listed = self._objects.listed(f"{self._home}/{kind}", f"{after:0{DIGITS}d}.json")
        return [int(one.name[:DIGITS]) for one in listed if COMMIT.fullmatch(one.name)]

    def head(self) -> Commit:
        numbers = self._numbers("commits", 0)
        found = self._commit(numbers[-1]) if numbers else None
        if found is None:
            raise _gone(self.place)
        return found

    def checkpoint(self, number: int) -> Checkpoint:
        data = self._objects.get(self._name("checkpoints", number))
        if data is None:
            raise StoreError(f"{self.place} lacks its checkpoint {number}; restore it from a backup.")
        return Checkpoint.from_bytes(data, self.place)

    def commit(self, commit: Commit) -> bool:
        name = self._name("commits", commit.number)
        try:
            if self._objects.create(name, commit.to_bytes()):
                return True
        except StoreError:
            found = self._objects.get(name)  # it may be there although the answer was lost
            if found is None:
                raise
        found = self._objects.get(name)
        return found is not None and Commit.from_bytes(found, self.place).token == commit.token

    def save(self, checkpoint: Checkpoint) -> None:
        self._objects.replace(self._name("checkpoints", checkpoint.number), checkpoint.to_bytes())

    def lease(self, epoch: int) -> Mapping[str, Any]:
        data = self._objects.get(self._name("leases", epoch))
        try:
            return dict(json.loads(data)) if data else {}
        except (ValueError, TypeError):
            return {}

    def keep_lease(self, epoch: int, told: Mapping[str, Any]) -> None:
        self._objects.replace(self._name("leases", epoch), json.dumps(told).encode())

    def append(self, versions: Versions, rows: Sequence[Row], keys: Keys, vectors: FloatMatrix) -> Versions:
        documents = self._datasets.append_documents(versions[DOCUMENTS], rows)
        return {DOCUMENTS: documents, VECTORS: self._datasets.append_vectors(versions[VECTORS], keys, vectors)}

    def rows(self, versions: Versions, after: int) -> Iterator[Sequence[Row]]:
        return self._datasets.rows(versions[DOCUMENTS], after)

    def vectors(self, versions: Versions, known: Vectors | None) -> LanceVectors:
        dataset = self._datasets.at(VECTORS, versions[VECTORS])
        earlier = known if isinstance(known, LanceVectors) else None
        return LanceVectors(dataset, self._layout.dim, self._objects, earlier, self._memory)

    def optimise(self, versions: Versions, dead: Sequence[int], gone: Keys, report: Report) -> Versions:
        return {
            DOCUMENTS: self._datasets.without(DOCUMENTS, "number", versions[DOCUMENTS], dead, report),
            VECTORS: self._datasets.without(VECTORS, "key", versions[VECTORS], gone.tolist(), report),
        }

    def tune(self, versions: Versions, vectors: Vectors, alive: Keys, recall: float) -> tuple[Versions, dict[str, Any]]:
        if not isinstance(vectors, LanceVectors) or vectors.in_memory or not len(alive):
            return versions, {}
        dataset = self._datasets.at(VECTORS, self._datasets.restored(VECTORS, versions[VECTORS]))
        with self._objects.explained():
            partitions = _build_index(dataset)
        versions = {**versions, VECTORS: int(dataset.version)}
        return versions, tuned(self.vectors(versions, None), alive, recall, _ladder(partitions))

    def tidy(self, kept: int) -> None:
        commits = self._objects.listed(f"{self._home}/commits")
        recent = [one for one in commits if not older(one, self._age)]
        before = commits[: len(commits) - len(recent)]
        oldest = self._commit(int((before[-1:] or commits[:1])[0].name[:DIGITS]))
        if oldest is None:
            return
        for name in (DOCUMENTS, VECTORS):
            self._datasets.tidy(name, oldest.versions[name])
        limit = f"{min(kept, oldest.checkpoint):0{DIGITS}d}.json"
        for kind in ("checkpoints", "leases", "commits"):
            listed = self._objects.listed(f"{self._home}/{kind}")
            names = [one.name for one in listed if one.name < limit and older(one, self._age)]
            self._objects.delete([f"{self._home}/{kind}/{one}" for one in names])

    def bytes(self, versions: Versions) -> int:
        with self._objects.explained():
            return sum(self._datasets.bytes(name, versions[name]) for name in (DOCUMENTS, VECTORS))

    def discard(self) -> None:
        self._objects.delete([self._pointer])
        self._objects.delete_folder(self._home)

    def close(self) -> None:
        """Do nothing: there are no connections of its own."""


def exists(url: str, name: str) -> bool:
    return Objects(Place.of(url)).get(f"{name}/store.json") is not None


def create(url: str, name: str, layout: Layout) -> Store:
    if layout.precision not in STORED:
        raise InputError(
            f"Lance stores vectors as float32 or float16, not as {layout.precision}. Choose one of these, or an index "
            "in a folder."
        )
    objects = _objects(url)
    if objects.get(f"{name}/store.json") is not None:
        raise StoreError(f"{objects.place.shown}/{name} already exists; choose another name, or delete it first.")
    identity = os.urandom(8).hex()
    LanceRemote(objects, name, identity, layout).begin()
    told = json.dumps({"format": FORMAT, "identity": identity, "layout": asdict(layout)}).encode()
    if not objects.create(f"{name}/store.json", told):
        objects.delete_folder(f"{name}/{identity}")
        raise StoreError(f"{objects.place.shown}/{name} was created by another process meanwhile.")
    if objects.create(f"{name}/store.json", told):
        objects.delete([f"{name}/store.json"])
        objects.delete_folder(f"{name}/{identity}")
        raise StoreError(
            f"{objects.place.shown} overwrites objects that should only be created (it ignores If-None-Match), so two "
            "writers could destroy each other's work. Use a storage that honours it, such as S3, MinIO, R2 or Ceph."
        )
    return open_store(url, name, writable=True, wait=0.0)


def open_store(url: str, name: str, *, writable: bool, wait: float) -> Store:
    return opened(url, name, writable=writable, wait=wait)


def discard(url: str, name: str) -> None:
    open_store(url, name, writable=True, wait=0.0).discard()


def opened(
    url: str,
    name: str,
    *,
    writable: bool = False,
    wait: float = 0.0,
    age: timedelta = AGE,
    held: int = HELD,
    lease_seconds: float = lease.SECONDS,
) -> ReplicaStore:
    """Open a store. age: of versions that are deleted. held: bytes of vectors kept in memory."""
    objects = _objects(url)
    place = f"{objects.place.shown}/{name}"
    data = objects.get(f"{name}/store.json")
    if data is None:
        raise StoreError(absence(name, url))
    identity, layout = _read(data, place)
    remote = LanceRemote(objects, name, identity, layout, age, held)
    scratch = scratch_folder(url, name) / identity
    return ReplicaStore(
        remote,
        layout,
        scratch,
        writable=writable,
        wait=wait,
        refresh=objects.place.refresh,
        lease_seconds=lease_seconds,
    )


def _read(data: bytes, place: str) -> tuple[str, Layout]:
    try:
        told = json.loads(data)
        check_format(told["format"], place)
        layout = told["layout"]
        return str(told["identity"]), Layout(**{**layout, "precision": Precision(layout["precision"])})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{place}/store.json is damaged; restore it from a backup.") from error


def _objects(url: str) -> Objects:
    try:
        import lance  # noqa: F401
    except ImportError as error:
        raise InputError(EXTRA) from error
    return Objects(Place.of(url))


def _gone(place: str) -> StoreError:
    return StoreError(f"{place} is not there any more: it was deleted. Open it again, or index its documents anew.")


def _build_index(dataset: "LanceDataset") -> int:
    """Build the index anew, or add the rows that it lacks. Returns the number of partitions."""
    rows = int(dataset.count_rows())
    partitions = max(4, rows // PARTITION)
    if _has_index(dataset) and _lacking(dataset) <= STALE * rows:
        dataset.optimize.optimize_indices()
        return partitions
    dataset.create_index(
        "vector", "IVF_FLAT", name=INDEX, metric="dot", num_partitions=partitions, replace=True, sample_rate=64
    )
    return partitions


def _has_index(dataset: "LanceDataset") -> bool:
    return any(one.name == INDEX for one in dataset.describe_indices())


def _lacking(dataset: "LanceDataset") -> int:
    found: dict[str, Any] = dataset.stats.index_stats(INDEX)
    return int(found.get("num_unindexed_rows", 0))


def _ladder(partitions: int) -> list[dict[str, int]]:
    """Return how many partitions may be searched, fewest first."""
    return [{"nprobes": one} for one in (*(one for one in PROBES if one < partitions), partitions)]
