import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.clouds import cloud, clustered

from askew.dedup.exact import kept
from askew.dedup.exact.begin import Keep
from askew.dedup.exact.codes import TILE, Codes, Shape, encode
from askew.dedup.exact.kept import RECORD, Folder, Memory, Plan, load, save
from askew.dedup.exact.pairs import Found, pairs
from askew.dedup.exact.tiles import Counts, Pairs
from askew.dedup.exact.vectors import InMemory, OnDisk
from askew.dedup.exact.work import Task
from askew.errors import StoreError
from askew.progress import Progress

SHAPE = Shape(np.eye(3)[:, :2].copy(), 0.1)
COUNT, DIM, THRESHOLD = 24_000, 16, 0.97
BLOCKS = -(-COUNT // TILE)


def plan(*sizes: int, two: bool = False) -> Plan:
    rows = InMemory(cloud("plain", 300, 3))
    made = tuple(encode(rows, np.arange(size) + 100 * number, SHAPE) for number, size in enumerate(sizes))
    return Plan(SHAPE, 0.5, made, made[::-1] if two else made)


def same(one: tuple[Codes, ...], other: tuple[Codes, ...]) -> bool:
    fields = ("keys", "codes", "inner", "error", "tail", "length")
    return len(one) == len(other) and all(
        np.array_equal(getattr(a, field), getattr(b, field))
        for a, b in zip(one, other, strict=True)
        for field in fields
    )


def some(count: int, seed: int = 0) -> Pairs:
    rng = np.random.default_rng(seed)
    return Pairs(rng.integers(0, 2**40, (count, 2)), rng.normal(size=count))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint with three completed tasks of 4, 0 and 3 pairs."""
    save(tmp_path / "kept", plan(20, 5), "m")
    ledger = Folder(tmp_path / "kept")
    for number, count in enumerate((4, 0, 3)):
        ledger.record(Task(0, 0, number, number + 1), some(count, number), Counts(1, 2, count))
    return tmp_path / "kept"


@pytest.mark.parametrize("two", [False, True])
def test_a_plan_is_read_as_it_was_written(tmp_path: Path, two: bool) -> None:
    made = replace(plan(30, 1), gone=np.array([4, 9])) if not two else plan(30, 1, two=True)
    save(tmp_path / "kept", made, "identity é")
    held = load(tmp_path / "kept", "identity é")
    assert held is not None
    assert (held.threshold, held.shape.step) == (0.5, 0.1)
    assert np.array_equal(held.shape.axes, SHAPE.axes)
    assert same(held.left, made.left)
    assert same(held.right, made.right)
    assert (held.left is held.right) is not two
    assert np.array_equal(held.gone, made.gone)
    assert load(tmp_path / "kept", "another") is None
    assert load(tmp_path / "nowhere", "identity é") is None
    assert {path.name[0] for path in (tmp_path / "kept").iterdir()}.isdisjoint(".")  # no partial files


def test_a_segment_is_added_to_those_that_lie_there(folder: Path) -> None:
    before = (folder / "left-0.npz").stat()
    held = load(folder, "m")
    assert held is not None
    more = (*held.left, plan(7).left[0])
    save(folder, replace(held, left=more, right=more), "m", old=2)
    again = load(folder, "m")
    assert again is not None
    assert same(again.left, more)
    assert (folder / "left-0.npz").stat().st_mtime_ns == before.st_mtime_ns
    assert len(Folder(folder).done) == 3  # completed work is kept


def test_a_new_plan_leaves_nothing_of_the_old_one_even_where_the_folder_is_a_link(tmp_path: Path, folder: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    save(link, plan(3), "m")
    for path in (link, folder):
        assert Folder(path).done == {}
        held = load(path, "m")
        assert held is not None
        assert [len(part.keys) for part in held.left] == [1024]
        assert len(held.gone) == 0


def test_what_was_done_is_there_again(folder: Path) -> None:
    ledger = Folder(folder)
    assert ledger.done == {Task(0, 0, n, n + 1): Counts(1, 2, c) for n, c in enumerate((4, 0, 3))}
    found = ledger.pairs(-np.inf)
    assert np.array_equal(found.keys, np.concatenate([some(4, 0).keys, some(3, 2).keys]))
    assert np.array_equal(found.scores, np.concatenate([some(4, 0).scores, some(3, 2).scores]))
    middle = float(np.sort(found.scores)[3])
    assert ledger.count(middle) == len(ledger.pairs(middle).scores) == 4
    assert (ledger.pairs(middle).scores >= middle).all()
    assert ledger.pairs(np.inf).keys.shape == (0, 2)


def test_memory_keeps_the_same_for_a_run() -> None:
    ledger = Memory()
    assert (ledger.count(0.0), ledger.pairs(0.0).keys.shape) == (0, (0, 2))
    for number in range(3):
        ledger.record(Task(0, 0, number, number + 1), some(5, number), Counts(number))
    middle = float(np.median(np.concatenate([some(5, number).scores for number in range(3)])))
    assert ledger.count(middle) == len(ledger.pairs(middle).scores) == 8
    assert ledger.done[Task(0, 0, 2, 3)] == Counts(2)


def test_more_records_than_are_read_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Folder(folder).pairs(-np.inf)
    for read in (1, 2, 7):
        monkeypatch.setattr(kept, "READ", read)
        assert np.array_equal(Folder(folder).pairs(-np.inf).keys, whole.keys)
        assert Folder(folder).count(0.0) == (whole.scores >= 0).sum()


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        (lambda lines, _: _append(lines, b'{"task": [0, 0, 3, 4], "end": 9, "cou'), 3),
        (lambda lines, _: _append(lines, b'{"task": [0, 0, 3, 4], "end": 7, "counts": {"length": 1}}'), 3),  # no end
        (lambda lines, _: _append(lines, b"\0\0\0\n[]\nnull\n"), 3),
        (lambda lines, _: os.truncate(lines, lines.stat().st_size - 1), 2),
        (lambda lines, _: os.truncate(lines, 5), 0),
        (lambda lines, _: lines.unlink(), 0),
        (lambda lines, _: lines.write_bytes(b"x" + lines.read_bytes()), 0),
        (lambda _, records: _append(records, b"torn"), 3),
        (lambda _, records: _append(records, bytes(10 * RECORD.itemsize)), 3),
        (lambda _, records: os.truncate(records, records.stat().st_size - 1), 2),
        (lambda _, records: os.truncate(records, 3 * RECORD.itemsize), 0),
        (lambda _, records: records.unlink(), 0),
    ],
)
def test_what_is_torn_is_cut_off_and_the_rest_holds(folder: Path, damage, left: int) -> None:
    damage(folder / "done.jsonl", folder / "pairs.bin")
    for _ in range(2):  # reopened
        ledger = Folder(folder)
        assert list(ledger.done) == [Task(0, 0, number, number + 1) for number in range(left)]
        assert len(ledger.pairs(-np.inf).scores) == (0, 4, 4, 7)[left]
    ledger.record(Task(5, 5, 0, 1), some(2, 9), Counts(7))
    again = Folder(folder)
    assert again.done == ledger.done
    assert np.array_equal(again.pairs(-np.inf).keys[-2:], some(2, 9).keys)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize("name", ["plan.json", "axes.npy", "left-0.npz", "left-1.npz", "gone.npy"])
@pytest.mark.parametrize("how", ["half", "garbage", "empty", "gone"])
def test_a_plan_that_is_not_whole_is_none(folder: Path, name: str, how: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    match how:
        case "half":
            path.write_bytes(whole[: len(whole) // 2])
        case "garbage":
            path.write_bytes(b"\xff\x00garbage" * 50)
        case "empty":
            path.write_bytes(b"")
        case "gone":
            path.unlink()
    held = load(folder, "m")
    assert (held is not None) == (name == "gone.npy" and how == "gone")


@pytest.mark.parametrize("told", ["[]", "null", "3", '"plan"', "{}", '{"format": 1}'])
def test_a_plan_that_is_json_and_no_plan_is_none(folder: Path, told: str) -> None:
    (folder / "plan.json").write_text(told)
    assert load(folder, "m") is None


def test_a_plan_of_another_format_or_of_blocks_of_another_size_is_none(folder: Path) -> None:
    told = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps(told | {"format": kept.FORMAT + 1}))
    assert load(folder, "m") is None
    (folder / "plan.json").write_text(json.dumps(told))
    assert load(folder, "m") is not None
    with np.load(folder / "left-1.npz") as held:
        parts = {name: held[name] for name in held}
    np.savez(folder / "left-1.npz", keys=parts["keys"][:512], codes=parts["codes"][:512], facts=parts["facts"][:, :512])
    assert load(folder, "m") is None


def test_what_cannot_be_written_says_so_and_what_to_do(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"/file .*\(Not a directory\)"):
        save(tmp_path / "file", plan(3), "m")
    with pytest.raises(StoreError, match="/file "):
        Folder(tmp_path / "file")
    ledger = Folder(folder)
    (folder / "done.jsonl").unlink()
    (folder / "done.jsonl").mkdir()
    with pytest.raises(StoreError, match=r"/kept .*\(Is a directory\)"):
        ledger.record(Task(0, 0, 9, 10), some(1), Counts())
    assert Task(0, 0, 9, 10) not in ledger.done


# Real processes, really killed. Each task is one column of blocks, and reporting it is slow.
CHILD = """
import os, signal, sys, time
from pathlib import Path
from askew.dedup.exact import begin, kept, shape, work
from askew.dedup.exact.begin import Keep
from askew.dedup.exact.vectors import OnDisk
from askew.dedup.exact.pairs import pairs
vectors, folder, count, dim, threshold, at, part = sys.argv[1:]
work.TILES = 1
appended, append = 0, kept.append
def dying(path, data):
    global appended
    appended += 1
    if appended == int(at):
        append(path, data[: int(len(data) * float(part))])
        os.kill(os.getpid(), signal.SIGKILL)
    append(path, data)
if int(at):
    kept.append = dying
held = OnDisk(Path(vectors), int(count), int(dim))
report = (lambda _: None) if int(at) else lambda _: time.sleep(0.15)
pairs(held, float(threshold), report, keep=Keep(Path(folder), "m"), workers=2)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> OnDisk:
    path = tmp_path_factory.mktemp("vectors") / "v"
    path.write_bytes(clustered(COUNT, DIM).astype("<f4").tobytes())
    return OnDisk(path, COUNT, DIM)


@pytest.fixture(scope="module")
def undisturbed(large: OnDisk) -> Found:
    found = pairs(large, THRESHOLD)
    assert len(found.keys) > 1000
    return found


def started(vectors: OnDisk, folder: Path, at: int = 0, part: float = 0.0) -> subprocess.Popen[bytes]:
    """Kill the process at append number `at`, after writing part of it; never for 0."""
    told = (vectors.path, folder, vectors.rows, vectors.dim, THRESHOLD, at, part)
    return subprocess.Popen([sys.executable, "-c", CHILD, *map(str, told)])


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def lines(folder: Path) -> int:
    return (folder / "done.jsonl").read_bytes().count(b"\n")


def goes_on(vectors: OnDisk, folder: Path, expected: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resume and end with the same pairs and scores."""
    monkeypatch.setattr("askew.dedup.exact.work.TILES", 1)
    told, done = list[Progress](), lines(folder)
    found = pairs(vectors, THRESHOLD, told.append, keep=Keep(folder, "m"))
    assert np.array_equal(found.keys, expected.keys)
    assert np.array_equal(found.scores, expected.scores)
    assert found.certificate.possible == COUNT * (COUNT - 1) // 2
    assert (told[0].done > 0) == (done > 0)
    assert told[-1].done == told[-1].total == COUNT * (COUNT - 1) // 2
    assert len(told) - 1 == BLOCKS - done  # each block was compared once over all runs


def test_killed_ten_times_on_the_way_it_ends_as_if_undisturbed(
    tmp_path: Path, large: OnDisk, undisturbed: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kills = tmp_path / "kept", 0
    for _ in range(10):
        before = size(folder / "done.jsonl")
        with started(large, folder) as child:
            end = time.monotonic() + 60
            while size(folder / "done.jsonl") == before and child.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            child.kill()
        kills += child.returncode == -9
        assert size(folder / "done.jsonl") > before
    assert kills == 10
    assert 0 < lines(folder) <= BLOCKS
    goes_on(large, folder, undisturbed, monkeypatch)


@pytest.mark.parametrize(("at", "part"), [(1, 0.0), (1, 0.5), (2, 0.5), (2, 1.0), (5, 0.31), (6, 0.0), (21, 0.9)])
def test_killed_in_the_middle_of_what_it_writes(
    tmp_path: Path, large: OnDisk, undisturbed: Found, monkeypatch: pytest.MonkeyPatch, at: int, part: float
) -> None:
    with started(large, tmp_path / "kept", at, part) as child:
        pass
    assert child.returncode == -9
    assert lines(tmp_path / "kept") == at // 2 - (at % 2 == 0 and part < 1)
    goes_on(large, tmp_path / "kept", undisturbed, monkeypatch)
