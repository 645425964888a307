"""Files that are cut or changed under a reader: it is not killed, and what is damaged never answers.

Small vector files are copied into memory, large ones mapped; the limit is lowered to have small ones mapped. Readers
run in a process of their own, as the fault to be feared (SIGBUS) would end the tests.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores.local import ivf_build, vectors
from askew.stores.local.store import LocalStore

READER = """
import pathlib, sys
import numpy as np
from askew.errors import StoreError
from askew.stores.local import snapshot, vectors
from askew.stores.local.store import LocalStore
vectors.COPIED, snapshot.LOADING = int(sys.argv[2]), 0
reader = LocalStore.open(pathlib.Path(sys.argv[1]))
queries = np.random.default_rng(5).normal(size=(10, 8)).astype(np.float32)
def answer():
    found = []
    for act in (
        lambda: [reader.owners(keys) for keys in reader.nearest(queries, 5).keys.tolist()],
        lambda: [round(float(reader.vectors([key]).sum()), 3) for key in reader.keys()[:200].tolist()],
        lambda: round(float(sum(block.vectors.sum() for block in reader.blocks())), 1),
        lambda: reader.owners(reader.lexical("word7 all", 5).keys[0].tolist()),
        lambda: [text[:60] for text in reader.check()][:0],
    ):
        try:
            found.append(act())
        except StoreError:
            found.append(None)
    return found
if int(sys.argv[3]):
    print(answer(), flush=True)
else:
    print(0, flush=True)
for line in sys.stdin:
    print(answer(), flush=True)
reader.close()
"""
ALL = 6000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With every kind of file, and an approximate index."""
    folder = tmp_path_factory.mktemp("built") / "store.askew"
    rows = np.random.default_rng(1).normal(size=(ALL, DIM))
    store = LocalStore.create(folder, DIM, "m")
    store.write([entry(f"d{i}", (f"word{i} all", row)) for i, row in enumerate(rows)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ivf_build, "PATIENCE", 0.0)
        store.optimise()
    assert store.facts()["method"] == "ivf"
    store.close()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "store.askew"))


def harm(path: Path, how: str) -> None:
    """In place, as the inode is what a reader has mapped."""
    size = path.stat().st_size
    if how == "cut":
        os.truncate(path, size // 3)
    elif how == "emptied":
        os.truncate(path, 0)
    else:
        with path.open("r+b") as file:
            content = bytearray(file.read())
            step = max(1, size // 50)
            content[::step] = bytes(byte ^ 0x55 for byte in content[::step])
            file.seek(0)
            file.write(content)


def answers(folder: Path, harmed: list[Path], how: str, copied: int, first: bool) -> tuple[list[object], list[object]]:
    """What a reader answers before and after the damage. first: whether it searches before."""
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(folder), str(copied), str(int(first))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        before = eval(child.stdout.readline())
        for path in harmed:
            harm(path, how)
        child.stdin.write("\n")
        child.stdin.flush()
        line = child.stdout.readline()
        assert line, f"the reader was ended by signal {-child.wait()}"
        after = eval(line)
        child.stdin.close()
        assert child.wait(60) == 0
    return before, after


@pytest.fixture(scope="module")
def truth(built: Path) -> list[object]:
    return answers(built, [], "", 1 << 30, True)[0]


@pytest.mark.parametrize("first", [True, False], ids=["after a search", "before the first"])
@pytest.mark.parametrize("how", ["cut", "emptied", "changed"])
@pytest.mark.parametrize(
    ("pattern", "copied"),
    [("vectors-1.f32", 1 << 30), ("vectors-1.f32", 0), ("ivf-*/*", 0), ("text-1/*", 1 << 30)],
    ids=["vectors copied", "vectors mapped", "lists", "text"],
)
def test_a_reader_survives_and_answers_rightly_or_not_at_all(
    folder: Path, truth: list[object], pattern: str, how: str, copied: int, first: bool
) -> None:
    harmed = [path for path in folder.glob(pattern) if path.is_file() and path.stat().st_size]
    assert harmed
    before, after = answers(folder, harmed, how, copied, first)
    if first:
        assert before == truth
    for found, right in zip(after, truth, strict=True):
        assert found in (right, None)
    if "vectors" not in pattern:
        assert None not in after  # what is derived can be done without
    elif copied and first:
        assert after == truth  # in memory already
    else:
        assert None in after


@pytest.mark.parametrize("row", [0, 63, 64, ALL - 1])
@pytest.mark.parametrize("copied", [1 << 30, 0], ids=["copied", "mapped"])
def test_a_flipped_bit_of_a_vector_is_an_error_wherever_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, row: int, copied: int
) -> None:
    monkeypatch.setattr(vectors, "COPIED", copied)
    path = folder / "vectors-1.f32"
    content = bytearray(path.read_bytes())
    content[row * DIM * 4 + 1] ^= 4
    path.write_bytes(content)
    reader = LocalStore.open(folder)
    with pytest.raises(StoreError, match="damaged"):
        reader.nearest(np.array([vector(1)], np.float32), 1)
    with pytest.raises(StoreError, match="damaged"):
        reader.vectors([row])
    far = (row + 3000) % ALL
    assert reader.vectors([far]).shape == (1, DIM)
    with pytest.raises(StoreError, match="damaged"):
        list(reader.blocks())
    assert any("vectors" in problem and "damaged" in problem for problem in reader.check())
    reader.close()


def test_a_mapped_file_follows_appends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "COPIED", 0)
    reader, writer = LocalStore.open(folder), LocalStore.open(folder, writable=True)
    for number in range(3):
        writer.write([entry(f"new{number}", ("new", vector(100 + number)))])
        assert reader.owners(reader.nearest(np.array([vector(1)], np.float32), 1).keys[0].tolist()) == [f"new{number}"]
    assert reader.check() == []
    writer.close()
    reader.close()
