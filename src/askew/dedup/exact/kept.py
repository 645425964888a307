"""Checkpoint of a comparison in a folder: a killed run resumes, and a grown corpus is compared only where it is new.

    plan.json       what is compared: identity, threshold, step, and the number of segments
    axes.npy        the leading dimensions
    left-N.npz      codes of the vectors added with segment N; right-N.npz if there are two corpora
    pairs.bin       the pairs found, 24 bytes each
    done.jsonl      a line for each completed task: the end of its pairs, and its counts
    gone.npy        keys of deleted vectors, with which nothing has been compared since their deletion

Pairs are on disk before the line that counts them; anything after the last complete line is truncated.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from askew.dedup.exact.codes import TILE, Codes, Shape
from askew.dedup.exact.tiles import Counts, Pairs, joined
from askew.dedup.exact.work import Task
from askew.errors import StoreError
from askew.files import append, replace_text, replacing, truncate
from askew.stores import Keys

FORMAT = 1
RECORD = np.dtype([("a", "<i8"), ("b", "<i8"), ("score", "<f8")])
READ = 1 << 20  # records read at a time


@dataclass(frozen=True)
class Plan:
    """For one corpus both sides are the same segments. threshold: the lowest score recorded. gone: keys of vectors
    that were missing in some run, which compared nothing with them.
    """

    shape: Shape
    threshold: float
    left: tuple[Codes, ...]
    right: tuple[Codes, ...]
    gone: Keys = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass
class Memory:
    """In-memory ledger, for a run without a checkpoint."""

    done: dict[Task, Counts] = field(default_factory=dict)
    parts: list[Pairs] = field(default_factory=list)

    def record(self, task: Task, found: Pairs, counts: Counts) -> None:
        self.parts.append(found)
        self.done[task] = counts

    def count(self, threshold: float) -> int:
        return sum(int(np.count_nonzero(part.scores >= threshold)) for part in self.parts)

    def pairs(self, threshold: float) -> Pairs:
        return joined(above(part, threshold) for part in self.parts)


class Folder:
    """Ledger on disk. Only one process may hold it; see `askew.dedup.exact.begin`."""

    def __init__(self, folder: Path) -> None:
        """Open the ledger; raise StoreError if it cannot be read or written."""
        self._folder, self._pairs, self._lines = folder, folder / "pairs.bin", folder / "done.jsonl"
        self.done: dict[Task, Counts] = {}
        self._end = 0
        try:
            self._read()
        except OSError as error:
            raise _unwritable(folder, error) from error

    def _read(self) -> None:
        """Read complete lines whose pairs are present; truncate the rest."""
        self._pairs.touch()
        self._lines.touch()
        there, size = self._pairs.stat().st_size // RECORD.itemsize, 0
        for line in self._lines.read_bytes().splitlines(keepends=True):
            data = _told(line)
            if data is None or data[2] > there:
                break
            task, self.done[task], self._end = data[0], data[1], data[2]
            size += len(line)
        truncate(self._lines, size)
        truncate(self._pairs, self._end * RECORD.itemsize)

    def record(self, task: Task, found: Pairs, counts: Counts) -> None:
        records = np.empty(len(found.scores), RECORD)
        records["a"], records["b"], records["score"] = found.keys[:, 0], found.keys[:, 1], found.scores
        line = {"task": astuple(task), "end": self._end + len(records), "counts": asdict(counts)}
        try:
            append(self._pairs, records.tobytes())
            append(self._lines, json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        self._end += len(records)
        self.done[task] = counts

    def count(self, threshold: float) -> int:
        return sum(int(np.count_nonzero(part["score"] >= threshold)) for part in self._parts())

    def pairs(self, threshold: float) -> Pairs:
        found = (part[part["score"] >= threshold] for part in self._parts())
        return joined(Pairs(np.stack([part["a"], part["b"]], axis=1), part["score"].copy()) for part in found)

    def _parts(self) -> Iterator[NDArray[np.void]]:
        with self._pairs.open("rb") as file:
            for start in range(0, self._end, READ):
                yield np.fromfile(file, RECORD, min(READ, self._end - start))


def above(found: Pairs, threshold: float) -> Pairs:
    high = found.scores >= threshold
    return Pairs(found.keys[high], found.scores[high])


def _told(line: bytes) -> tuple[Task, Counts, int] | None:
    """Parse a line; None if it is incomplete."""
    try:
        data = json.loads(line) if line.endswith(b"\n") else {}
        return Task(*data["task"]), Counts(**data["counts"]), int(data["end"])
    except (ValueError, KeyError, TypeError):
        return None


def load(folder: Path, identity: str) -> Plan | None:
    """Load the plan; None if there is none of this identity that can be resumed."""
    try:
        data = json.loads((folder / "plan.json").read_text())
        if data["format"] != FORMAT or data["identity"] != identity:
            return None
        shape = Shape(np.load(folder / "axes.npy"), data["step"])
        left = tuple(_load(folder / f"left-{number}.npz") for number in range(data["left"]))
        right = tuple(_load(folder / f"right-{number}.npz") for number in range(data["right"])) or left
        gone = folder / "gone.npy"
        return Plan(shape, data["threshold"], left, right, np.load(gone) if gone.exists() else np.empty(0, np.int64))
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None  # missing or damaged: start anew


def save(folder: Path, plan: Plan, identity: str, old: int = 0) -> None:
    """Save the plan; plan.json is written last, so until then the folder is unchanged.

    old: segments on the left that are already stored, as are those on the right. With 0, everything in the folder
    belongs to another plan and is deleted.
    """
    try:
        if not old:
            _empty(folder)
            _array(folder / "axes.npy", plan.shape.axes)
        _array(folder / "gone.npy", plan.gone)
        for number, segment in enumerate(plan.left[old:], old):
            _store(folder / f"left-{number}.npz", segment)
        two = plan.right is not plan.left
        for number, segment in enumerate(plan.right if two and not old else ()):
            _store(folder / f"right-{number}.npz", segment)
        data = {"format": FORMAT, "identity": identity, "threshold": plan.threshold, "step": plan.shape.step}
        data |= {"left": len(plan.left), "right": len(plan.right) if two else 0}
        replace_text(folder / "plan.json", json.dumps(data))
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"Cannot write {folder} ({error.strerror or error}): free up disk space, or delete the folder.")


def _empty(folder: Path) -> None:
    """Empty the folder, plan.json first: without it the rest is ignored."""
    (folder / "plan.json").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pairs.bin", "done.jsonl"):  # overwritten, since rmtree leaves links and undeletable files
        (folder / name).write_bytes(b"")


def _store(path: Path, codes: Codes) -> None:
    facts = np.stack([codes.inner, codes.error, codes.tail, codes.length])
    with replacing(path) as file:
        np.savez(file, keys=codes.keys, codes=codes.codes, facts=facts)


def _array(path: Path, values: NDArray[np.generic]) -> None:
    with replacing(path) as file:
        np.save(file, values)


def _load(path: Path) -> Codes:
    with path.open("rb") as file, np.load(file) as held:  # numpy does not close a damaged file
        codes = Codes(held["keys"], held["codes"], *held["facts"])
    if len(codes.keys) % TILE:
        raise ValueError("codes with another block size")
    return codes
