import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from askew.errors import StoreError
from askew.quantisation import RowFormat
from askew.stores.local import vectors
from askew.stores.local.vectors import BLOCK, VectorFile

DIM = 3
FORM = RowFormat(DIM)


def rows(*starts: float) -> np.ndarray:
    return np.array([[start, start + 0.25, start + 0.5] for start in starts], np.float32)


def append(path: Path, given: np.ndarray, rows: int, last: int | None = None) -> dict[int, int]:
    return vectors.append(path, FORM.encode(given), rows, last)


def read(path: Path, count: int) -> np.ndarray:
    """The first rows as a reader gets them, with the checksums that are the file's."""
    return VectorFile(path, FORM).at(count, dict(enumerate(vectors.checksums(path, count, FORM.width))))[:]


@pytest.fixture(params=["copied", "mapped"], autouse=True)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small files are copied, large ones mapped."""
    if request.param == "mapped":
        monkeypatch.setattr(vectors, "COPIED", 0)
    return str(request.param)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vectors-1.f32"
    vectors.create(path)
    return path


def test_a_file_is_made_once(path: Path) -> None:
    assert path.read_bytes() == b""
    append(path, rows(1), 0)
    with pytest.raises(FileExistsError):
        vectors.create(path)
    assert vectors.rows_in(path, FORM.width) == 1


def test_what_is_appended_is_read_in_order(path: Path) -> None:
    append(path, rows(1, 2), 0)
    append(path, rows(3), 2)
    assert read(path, 3).tolist() == rows(1, 2, 3).tolist()
    assert read(path, 3).dtype == np.float32


def test_the_file_holds_float32_with_the_low_byte_first_and_nothing_else(path: Path) -> None:
    append(path, rows(1, 2), 0)
    assert path.read_bytes() == rows(1, 2).astype("<f4").tobytes()


@pytest.mark.parametrize(
    "given",
    [rows(1, 2).astype(np.float64), np.asfortranarray(rows(1, 2)), rows(1, 9, 2)[::2], rows(1, 2).astype(">f4")],
    ids=["float64", "fortran", "strided", "big-endian"],
)
def test_the_layout_of_what_is_given_does_not_matter(path: Path, given: np.ndarray) -> None:
    append(path, given, 0)
    assert read(path, 2).tolist() == rows(1, 2).tolist()


def test_nothing_can_be_appended_and_nothing_read(path: Path) -> None:
    append(path, np.empty((0, DIM), np.float32), 0)
    assert read(path, 0).shape == (0, DIM)
    append(path, rows(1), 0)
    append(path, np.empty((0, DIM), np.float32), 1)
    assert read(path, 1).tolist() == rows(1).tolist()


def test_a_reader_sees_only_the_rows_that_count(path: Path) -> None:
    append(path, rows(1, 2, 3), 0)
    assert read(path, 2).tolist() == rows(1, 2).tolist()
    assert read(path, 0).shape == (0, DIM)


@pytest.mark.parametrize("torn", [1, 4, 11, 12, 13, 25])
def test_a_torn_tail_is_not_read_and_the_next_append_starts_over_it(path: Path, torn: int) -> None:
    append(path, rows(1, 2), 0)
    with path.open("ab") as file:
        file.write(b"\xff" * torn)
    assert vectors.rows_in(path, FORM.width) == 2 + torn // 12
    assert read(path, 2).tolist() == rows(1, 2).tolist()
    append(path, rows(3), 2)
    assert path.stat().st_size == 3 * 12
    assert read(path, 3).tolist() == rows(1, 2, 3).tolist()


def test_an_append_that_never_counted_is_written_over(path: Path) -> None:
    append(path, rows(1), 0)
    append(path, rows(7, 8, 9), 1)
    append(path, rows(2), 1)
    assert path.read_bytes() == rows(1, 2).tobytes()


def test_cut_leaves_the_first_rows(path: Path) -> None:
    append(path, rows(1, 2, 3), 0)
    with path.open("ab") as file:
        file.write(b"torn")
    vectors.cut(path, 2, FORM.width)
    assert path.read_bytes() == rows(1, 2).tobytes()


@pytest.mark.parametrize("lost", [1, 12, 20])
def test_a_file_that_is_too_short_is_refused(path: Path, lost: int) -> None:
    append(path, rows(1, 2, 3), 0)
    path.write_bytes(path.read_bytes()[:-lost])
    holds = (36 - lost) // 12
    with pytest.raises(StoreError, match=rf"{path} .*\b{holds} .*\b3\b"):
        read(path, 3)
    assert len(read(path, holds)) == holds


def test_an_append_to_a_file_that_is_too_short_does_not_hide_the_damage(path: Path) -> None:
    append(path, rows(1, 2, 3), 0)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(StoreError, match="damaged"):
        append(path, rows(4), 3)


def test_an_append_returns_the_checksums_of_the_blocks_that_it_made_or_changed(path: Path) -> None:
    many = np.random.default_rng(2).normal(size=(3 * BLOCK + 5, DIM)).astype(np.float32)
    known: dict[int, int] = {}
    done = 0
    for end in (1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, len(many)):
        last = known.get(done // BLOCK) if done % BLOCK else None
        added = append(path, many[done:end], done, last)
        assert set(added) == set(range(done // BLOCK, vectors.blocks_of(end)))
        known |= added
        done = end
    assert known == dict(enumerate(vectors.checksums(path, done, FORM.width)))
    assert VectorFile(path, FORM).at(done, known)[:].tolist() == many.tolist()


def test_an_append_to_a_damaged_block_is_refused_and_the_file_left_alone(path: Path) -> None:
    known = append(path, rows(1, 2), 0)
    path.write_bytes(rows(1, 9).tobytes())
    with pytest.raises(StoreError, match="damaged"):
        append(path, rows(3), 2, known[0])
    assert path.read_bytes() == rows(1, 9).tobytes()


@pytest.mark.parametrize("row", [0, BLOCK - 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 4])
def test_a_damaged_block_is_never_returned_and_every_other_is(path: Path, row: int) -> None:
    many = np.random.default_rng(2).normal(size=(2 * BLOCK + 5, DIM)).astype(np.float32)
    known = append(path, many, 0)
    content = bytearray(path.read_bytes())
    content[row * DIM * 4 + 2] ^= 1
    path.write_bytes(content)
    found = VectorFile(path, FORM).at(len(many), known)
    for asked in (row, [row], slice(row, row + 1), slice(None), np.arange(len(many)) == row):
        with pytest.raises(StoreError, match="damaged"):
            found[asked]
    others = np.flatnonzero(np.arange(len(many)) // BLOCK != row // BLOCK)
    assert (found[others] == many[others]).all()


def test_a_file_follows_appends_and_verifies_only_what_is_new_or_changed(path: Path) -> None:
    many = np.random.default_rng(2).normal(size=(4 * BLOCK, DIM)).astype(np.float32)
    known = append(path, many[:70], 0)
    file = VectorFile(path, FORM)
    assert file.at(70, known)[:].tolist() == many[:70].tolist()
    assert file.known == 1
    first = file.at(70, {})
    known |= append(path, many[70:200], 70, known[1])
    later = file.at(200, {block: sum_ for block, sum_ in known.items() if block >= file.known})
    assert later[:].tolist() == many[:200].tolist()
    assert first[:].tolist() == many[:70].tolist()


def test_a_file_that_is_gone_is_told_apart_from_damage(path: Path) -> None:
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read(path, 0)
    with pytest.raises(FileNotFoundError):
        append(path, rows(1), 0)
    assert not path.exists()


def test_large_files_are_mapped_small_ones_copied_and_neither_is_changed_by_what_is_read(path: Path, size: str) -> None:
    append(path, rows(1, 2), 0)
    file = VectorFile(path, FORM)
    found = file.at(2, None)
    assert file.mapped == (size == "mapped")
    assert type(found[:]) is np.ndarray
    with path.open("r+b") as changed:
        changed.write(rows(7).tobytes())
    assert found[0].tolist() == rows(7 if size == "mapped" else 1)[0].tolist()


def test_what_was_read_stays_as_it_was_when_rows_are_appended_or_the_file_is_removed(path: Path) -> None:
    append(path, rows(1, 2), 0)
    found = read(path, 2)
    append(path, rows(3, 4), 2)
    path.unlink()
    assert found.tolist() == rows(1, 2).tolist()


def test_many_rows_are_written_whole(path: Path) -> None:
    many = np.random.default_rng(1).normal(size=(100_000, DIM)).astype(np.float32)
    append(path, many, 0)
    assert (read(path, len(many)) == many).all()


def test_a_disk_that_fills_up_keeps_the_rows_before(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the write stops half-way, then fails."""
    path = tmp_path / "vectors-1.f32"
    vectors.create(path)
    append(path, rows(1, 2), 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            append(path, np.ones((500, DIM), np.float32), 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes() == rows(1, 2).tobytes()
