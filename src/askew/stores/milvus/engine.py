"""The engine of milvus:// URLs, and its vectors: in memory while they are few, or searched by Milvus."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from askew.errors import InputError, StoreError
from askew.progress import Progress, Report
from askew.quantisation import Precision
from askew.stores import Keys, Layout, Store
from askew.stores.catalog import chunks
from askew.stores.flat import Rows
from askew.stores.milvus.collections import (
    BATCH,
    COMMITS,
    DOCUMENTS,
    MOST,
    PAGES,
    PART,
    VECTORS,
    Collections,
    explained,
    text_rows,
    texts_of,
)
from askew.stores.remote import absence, scratch_folder, shown
from askew.stores.replica import Vectors, Versions
from askew.stores.replica.log import FORMAT, Checkpoint, Commit, check_format
from askew.stores.replica.recall import tuned
from askew.stores.replica.rows import Row
from askew.stores.replica.store import ReplicaStore
from askew.types import FloatMatrix

EXTRA = "The client of Milvus is not installed. Install it with: pip install 'askew[milvus]'"
SECONDS = 10.0
"""How long a connection may take."""
CONCURRENT = 5
"""Times that a reader looks again while two writers settle which of them is first."""
EFS = (16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
INDEX = {"M": 16, "efConstruction": 128}
HELD = 512 << 20
"""Bytes of vectors that a process keeps in memory; more are searched by Milvus."""
REFINE = 2
"""Candidates asked for each one wanted: some may be deleted."""


class MilvusVectors:
    """See `askew.stores.replica.Vectors`."""

    def __init__(
        self, collections: Collections, dim: int, rows: int, known: "MilvusVectors | None", held: int = HELD
    ) -> None:
        """rows: the lowest free key of the state. known: of an earlier state. held: bytes kept in memory."""
        self._collections, self._dim, self._rows = collections, dim, rows
        self.in_memory = 4 * rows * dim <= held
        usable = known is not None and len(known) and known.in_memory == self.in_memory and known.keys[-1] < rows
        earlier = known if known is not None and usable else None
        keys = [np.empty(0, np.int64) if earlier is None else earlier.keys]
        parts = [np.empty((0, dim), np.float32) if earlier is None else earlier._matrix]
        last = int(keys[0][-1]) if len(keys[0]) else -1
        fields = ["key", "vector"] if self.in_memory else ["key"]
        for page in collections.pages(VECTORS, "key", last, rows - 1, fields):
            keys.append(np.array([one["key"] for one in page], np.int64))
            if self.in_memory:
                parts.append(_matrix(page, dim))
        self.keys: Keys = np.concatenate(keys)
        self._matrix: FloatMatrix = np.concatenate(parts, dtype=np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self.keys), self._dim

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any, /) -> FloatMatrix:
        if self.in_memory:
            return self._matrix[rows]  # type: ignore[no-any-return]
        wanted, places = np.unique(self.keys[rows], return_inverse=True)
        made = np.zeros((len(wanted), self._dim), np.float32)  # of what was deleted since these keys were read, nothing
        for start in range(0, len(wanted), PAGES[VECTORS]):
            part = wanted[start : start + PAGES[VECTORS]].tolist()
            found = self._collections.query(VECTORS, f"key in {part}", ["key", "vector"])
            made[np.searchsorted(wanted, [int(one["key"]) for one in found])] = _matrix(found, self._dim)
        return made[places]

    def candidates(self, query: FloatMatrix, k: int, noted: Mapping[str, Any]) -> tuple[Rows, FloatMatrix] | None:
        if "ef" not in noted or REFINE * k > MOST:
            return None
        wanted = min(REFINE * k, len(self.keys))
        found = self._collections.search(query, wanted, {"ef": max(int(noted["ef"]), wanted)})
        inside = sorted((one for one in found if one["key"] < self._rows), key=lambda one: int(one["key"]))
        keys = np.array([one["key"] for one in inside], np.int64)
        rows = np.searchsorted(self.keys, keys)
        held = rows < len(self.keys)
        held[held] = self.keys[rows[held]] == keys[held]
        return rows[held], _matrix(inside, self._dim)[held]


def _matrix(page: list[dict[str, Any]], dim: int) -> FloatMatrix:
    return np.array([one["vector"] for one in page], np.float32).reshape(-1, dim)


class MilvusRemote:
    """See `askew.stores.replica.Remote`."""

    def __init__(self, collections: Collections, identity: str, layout: Layout, held: int = HELD) -> None:
        self.identity, self.place = identity, collections.place
        self._collections, self._layout, self._held = collections, layout, held
        self._purged = False  # since vectors were last read

    def after(self, number: int) -> list[Commit]:
        found: dict[int, list[str]] = {}
        fields = ["name", "number", "body"]
        for rows in self._collections.pages("log", "number", number, self._last(number), fields, COMMITS):
            for name, text in texts_of(rows).items():
                found.setdefault(int(name.split("/")[1]), []).append(text)
        commits: list[Commit] = []
        for one in sorted(found):
            if len(found[one]) > 1 or (commits and one != commits[-1].number + 1):
                break  # two writers have not settled yet which of them is first
            commits.append(Commit.from_bytes(found[one][0].encode(), self.place))
        return commits

    def _commit(self, number: int) -> Commit | None:
        """Return a commit; None if there is none, or while two writers settle which of them is first."""
        for _ in range(CONCURRENT):
            found = self._tried(number)
            if len(found) <= 1:
                break
            time.sleep(0.1)
        return Commit.from_bytes(next(iter(found.values())).encode(), self.place) if len(found) == 1 else None

    def _tried(self, number: int) -> dict[str, str]:
        rows = self._collections.query("log", f"number == {number} and name like 'commit/%'", ["name", "body"])
        return texts_of(rows)

    def head(self) -> Commit:
        found = self._commit(self._last(0))
        if found is None:
            raise StoreError(f"{self.place} is not there any more, or two writers are opening it; try again.")
        return found

    def _last(self, number: int) -> int:
        """Return the number of the last commit after this one; the number itself if there is none."""
        last = number
        while True:  # an answer has any of the rows that there are
            rows = self._collections.some("log", f"number > {last} and {COMMITS}", ["number"])
            last = max((int(row["number"]) for row in rows), default=last)
            if len(rows) < MOST:
                return last

    def checkpoint(self, number: int) -> Checkpoint:
        return Checkpoint.from_bytes(self._text(f"checkpoint/{number}", number).encode(), self.place)

    def _text(self, name: str, number: int) -> str:
        rows = self._collections.query("log", f"number == {number} and name like '{name}/%'", ["name", "body"])
        return texts_of(rows).get(name, "")

    def commit(self, commit: Commit) -> bool:
        """Make a commit, unless another writer's of the same number is there before or after it is written: then both
        give way.
        """
        if self._tried(commit.number):
            return False
        name = f"commit/{commit.number}/{commit.token}"
        self._collections.insert("log", text_rows(name, commit.number, commit.to_bytes().decode()))
        if len(self._tried(commit.number)) == 1:
            return True
        self._collections.delete("log", f"number == {commit.number} and name like '{name}/%'")
        return False

    def save(self, checkpoint: Checkpoint) -> None:
        text = checkpoint.to_bytes().decode()
        self._collections.insert("log", text_rows(f"checkpoint/{checkpoint.number}", checkpoint.number, text))

    def lease(self, epoch: int) -> Mapping[str, Any]:
        told = self._text(f"lease/{epoch}", epoch)
        return dict(json.loads(told)) if told else {}

    def keep_lease(self, epoch: int, told: Mapping[str, Any]) -> None:
        self._collections.insert("log", text_rows(f"lease/{epoch}", epoch, json.dumps(told)))

    def append(self, versions: Versions, rows: Sequence[Row], keys: Keys, vectors: FloatMatrix) -> Versions:
        """Add rows and vectors. What a killed writer left has the same numbers and keys, and is deleted first."""
        made = [one for row in rows for one in text_rows(f"{row.number}", row.number, _as_text(row))]
        if rows:
            self._collections.delete(DOCUMENTS, f"number >= {rows[0].number}")
            self._collections.insert(DOCUMENTS, made)
        if len(keys):
            self._collections.delete(VECTORS, f"key >= {keys[0]}")
            given = zip(keys.tolist(), vectors, strict=True)
            self._collections.insert(VECTORS, [{"key": key, "vector": vector} for key, vector in given])
        last = int(keys[-1]) + 1 if len(keys) else versions[VECTORS]
        return {DOCUMENTS: rows[-1].number if rows else versions[DOCUMENTS], VECTORS: last}

    def rows(self, versions: Versions, after: int) -> Iterator[Sequence[Row]]:
        fields = ["name", "number", "body"]
        for page in self._collections.pages(DOCUMENTS, "number", after, versions[DOCUMENTS], fields):
            found = {int(name): text for name, text in texts_of(page).items()}
            yield [_from_text(found[number]) for number in sorted(found)]

    def vectors(self, versions: Versions, known: Vectors | None) -> MilvusVectors:
        earlier = known if isinstance(known, MilvusVectors) and not self._purged else None
        self._purged = False
        return MilvusVectors(self._collections, self._layout.dim, versions[VECTORS], earlier, self._held)

    def optimise(self, versions: Versions, dead: Sequence[int], gone: Keys, report: Report) -> Versions:
        for kind, column, numbers in ((DOCUMENTS, "number", list(dead)), (VECTORS, "key", gone.tolist())):
            for done, part in enumerate(chunks(sorted(numbers), BATCH)):
                report(Progress("delete", done * BATCH, len(numbers)))
                self._collections.delete(kind, f"{column} in {list(part)}")
                self._purged = True
        return versions

    def tune(self, versions: Versions, vectors: Vectors, alive: Keys, recall: float) -> tuple[Versions, dict[str, Any]]:
        if not isinstance(vectors, MilvusVectors) or vectors.in_memory or not len(alive):
            return versions, {}
        self._collections.build(VECTORS, INDEX)
        return versions, {"method": "hnsw", **tuned(vectors, alive, recall, [{"ef": ef} for ef in EFS])}

    def tidy(self, kept: int) -> None:
        """Delete the commits and checkpoints before a checkpoint."""
        self._collections.delete("log", f"number < {kept} and number > 0 and name like 'c%'")

    def bytes(self, versions: Versions) -> int:
        """Return about the size of the vectors, and of documents as Milvus counts them."""
        counted = 0
        for kind, size in ((DOCUMENTS, PART // 16), (VECTORS, 4 * self._layout.dim)):
            with self._collections.explained():
                found = self._collections.client.query(
                    self._collections.of(kind), output_fields=["count(*)"], consistency_level="Strong"
                )
            counted += size * int(found[0]["count(*)"])
        return counted

    def discard(self) -> None:
        with self._collections.explained():
            for kind in ("store", "log", DOCUMENTS, VECTORS):
                self._collections.client.drop_collection(self._collections.of(kind))

    def close(self) -> None:
        with suppress(Exception):  # whatever its connection thinks of it
            self._collections.client.close()


def _as_text(row: Row) -> str:
    told = row.as_dict()
    if row.sparse is not None:
        told["sparse"] = [blob.hex() for blob in row.sparse]
    return json.dumps(told, ensure_ascii=False)  # a character takes four bytes at most, as a part has room for


def _from_text(text: str) -> Row:
    told = json.loads(text)
    if told["sparse"] is not None:
        told["sparse"] = [bytes.fromhex(blob) for blob in told["sparse"]]
    return Row.of(told)


def exists(url: str, name: str) -> bool:
    return _description(connected(url, name)) is not None


def _description(collections: Collections) -> str | None:
    """Return the description of a store, None if there is none: its collection alone is left of a creation that was cut
    off.
    """
    with collections.explained():
        if not collections.client.has_collection(collections.of("store")):
            return None
        collections.client.load_collection(collections.of("store"))
    return texts_of(collections.query("store", "number == 0", ["name", "body"])).get("store")


def create(url: str, name: str, layout: Layout) -> Store:
    if layout.precision is not Precision.FLOAT32:
        raise InputError(f"Milvus stores vectors as float32 here, not as {layout.precision}.")
    collections = connected(url, name)
    if _description(collections) is not None:
        raise StoreError(f"{collections.place} already exists; choose another name, or delete it first.")
    with collections.explained():
        for kind in ("store", "log", DOCUMENTS, VECTORS):
            if collections.client.has_collection(collections.of(kind)):  # of a creation that was cut off
                collections.client.drop_collection(collections.of(kind))
            if kind != "store":  # which says that the others are there
                collections.create(kind, layout.dim if kind == VECTORS else 0)
    identity = os.urandom(8).hex()
    remote = MilvusRemote(collections, identity, layout)
    remote.commit(Commit(1, identity, versions={DOCUMENTS: 0, VECTORS: 0}))
    told = json.dumps({"format": FORMAT, "identity": identity, "layout": asdict(layout)})
    with collections.explained():
        collections.create("store", 0)
    collections.insert("store", text_rows("store", 0, told))
    remote.close()
    return open_store(url, name, writable=True, wait=0.0)


def open_store(url: str, name: str, *, writable: bool, wait: float) -> Store:
    return opened(url, name, writable=writable, wait=wait)


def discard(url: str, name: str) -> None:
    open_store(url, name, writable=True, wait=0.0).discard()


def opened(url: str, name: str, *, writable: bool = False, wait: float = 0.0, held: int = HELD) -> ReplicaStore:
    """Open a store. held: bytes of vectors kept in memory."""
    collections = connected(url, name)
    told = _description(collections)
    if told is None:
        raise StoreError(absence(name, url))
    with collections.explained():
        for kind in ("log", DOCUMENTS, VECTORS):
            collections.client.load_collection(collections.of(kind))
    identity, layout = _read(told, collections.place)
    remote = MilvusRemote(collections, identity, layout, held)
    return ReplicaStore(remote, layout, scratch_folder(url, name) / identity, writable=writable, wait=wait)


def _read(told: str, place: str) -> tuple[str, Layout]:
    try:
        found = json.loads(told)
        check_format(found["format"], place)
        layout = found["layout"]
        return str(found["identity"]), Layout(**{**layout, "precision": Precision(layout["precision"])})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"The description of {place} is damaged; restore it from a backup.") from error


def connected(url: str, name: str) -> Collections:
    """Connect to milvus://HOST:PORT/DATABASE or, in this process alone, to milvus:///FILE.db.

    The token, or USER:PASSWORD, is read from MILVUS_TOKEN.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC prints what it thinks of a server's pings
    try:
        import pymilvus
    except ImportError as error:
        raise InputError(EXTRA) from error
    import logging

    for library in ("pymilvus", "milvus_lite"):  # which print each failed call with its traceback
        logging.getLogger(library).setLevel(logging.CRITICAL)
    address, database = _address(url)
    place = f"{shown(url)}/{name}"
    with explained(place):
        client = pymilvus.MilvusClient(
            address, token=os.environ.get("MILVUS_TOKEN", ""), db_name=database, timeout=SECONDS
        )
    return Collections(client, url, name)


def _address(url: str) -> tuple[str, str]:
    """Return the address and the database of a URL. Raises InputError for another one."""
    parts = urlsplit(url)
    given = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if parts.password or parts.username or set(given) - {"tls"}:
        raise InputError(
            f"{shown(url)} is not milvus://HOST:PORT/DATABASE, with ?tls=true for an encrypted connection. The token, "
            "or USER:PASSWORD, is read from MILVUS_TOKEN."
        )
    if not parts.netloc:
        path = Path(unquote(parts.path))
        if path.suffix != ".db":
            raise InputError(f"{shown(url)} names no file: milvus:///FOLDER/NAME.db keeps a store in this process.")
        if not path.parent.is_dir():
            raise InputError(f"The folder of {shown(url)} does not exist: create {path.parent}, or correct the URL.")
        return str(path.absolute()), ""
    scheme = "https" if given.get("tls") == "true" else "http"
    return f"{scheme}://{parts.netloc}", parts.path.strip("/")
