import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from askew.errors import StoreError
from askew.stores import vectors

DIM = 3


def rows(*starts: float) -> np.ndarray:
    return np.array([[start, start + 0.25, start + 0.5] for start in starts], np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = vectors.file_of(tmp_path, 1)
    vectors.create(path)
    return path


def test_a_file_is_named_by_its_generation_and_made_once(tmp_path: Path, path: Path) -> None:
    assert path.name == "vectors-1.f32"
    assert path.read_bytes() == b""
    vectors.append(path, rows(1), 0)
    with pytest.raises(FileExistsError):
        vectors.create(path)
    assert vectors.rows_in(path, DIM) == 1


def test_what_is_appended_is_read_in_order(path: Path) -> None:
    vectors.append(path, rows(1, 2), 0)
    vectors.append(path, rows(3), 2)
    assert vectors.read(path, 3, DIM).tolist() == rows(1, 2, 3).tolist()
    assert vectors.read(path, 3, DIM).dtype == np.float32


def test_the_file_holds_float32_with_the_low_byte_first_and_nothing_else(path: Path) -> None:
    vectors.append(path, rows(1, 2), 0)
    assert path.read_bytes() == rows(1, 2).astype("<f4").tobytes()


@pytest.mark.parametrize(
    "given",
    [rows(1, 2).astype(np.float64), np.asfortranarray(rows(1, 2)), rows(1, 9, 2)[::2], rows(1, 2).astype(">f4")],
    ids=["float64", "fortran", "strided", "big-endian"],
)
def test_the_layout_of_what_is_given_does_not_matter(path: Path, given: np.ndarray) -> None:
    vectors.append(path, given, 0)
    assert vectors.read(path, 2, DIM).tolist() == rows(1, 2).tolist()


def test_nothing_can_be_appended_and_nothing_read(path: Path) -> None:
    vectors.append(path, np.empty((0, DIM), np.float32), 0)
    assert vectors.read(path, 0, DIM).shape == (0, DIM)
    vectors.append(path, rows(1), 0)
    vectors.append(path, np.empty((0, DIM), np.float32), 1)
    assert vectors.read(path, 1, DIM).tolist() == rows(1).tolist()


def test_a_reader_sees_only_the_rows_that_count(path: Path) -> None:
    vectors.append(path, rows(1, 2, 3), 0)
    assert vectors.read(path, 2, DIM).tolist() == rows(1, 2).tolist()
    assert vectors.read(path, 0, DIM).shape == (0, DIM)


@pytest.mark.parametrize("torn", [1, 4, 11, 12, 13, 25])
def test_a_torn_tail_is_not_read_and_the_next_append_starts_over_it(path: Path, torn: int) -> None:
    vectors.append(path, rows(1, 2), 0)
    with path.open("ab") as file:
        file.write(b"\xff" * torn)
    assert vectors.rows_in(path, DIM) == 2 + torn // 12
    assert vectors.read(path, 2, DIM).tolist() == rows(1, 2).tolist()
    vectors.append(path, rows(3), 2)
    assert path.stat().st_size == 3 * 12
    assert vectors.read(path, 3, DIM).tolist() == rows(1, 2, 3).tolist()


def test_an_append_that_never_counted_is_written_over(path: Path) -> None:
    vectors.append(path, rows(1), 0)
    vectors.append(path, rows(7, 8, 9), 1)
    vectors.append(path, rows(2), 1)
    assert path.read_bytes() == rows(1, 2).tobytes()


def test_cut_leaves_the_first_rows(path: Path) -> None:
    vectors.append(path, rows(1, 2, 3), 0)
    with path.open("ab") as file:
        file.write(b"torn")
    vectors.cut(path, 2, DIM)
    assert path.read_bytes() == rows(1, 2).tobytes()


@pytest.mark.parametrize("lost", [1, 12, 20])
def test_a_file_that_is_too_short_is_refused(path: Path, lost: int) -> None:
    vectors.append(path, rows(1, 2, 3), 0)
    path.write_bytes(path.read_bytes()[:-lost])
    holds = (36 - lost) // 12
    with pytest.raises(StoreError, match=rf"{path} .*\b{holds} .*\b3\b"):
        vectors.read(path, 3, DIM)
    assert len(vectors.read(path, holds, DIM)) == holds


def test_an_append_to_a_file_that_is_too_short_does_not_hide_the_damage(path: Path) -> None:
    vectors.append(path, rows(1, 2, 3), 0)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(StoreError, match="damaged"):
        vectors.append(path, rows(4), 3)


def test_a_file_that_is_gone_is_told_apart_from_damage(path: Path) -> None:
    path.unlink()
    with pytest.raises(FileNotFoundError):
        vectors.read(path, 0, DIM)
    with pytest.raises(FileNotFoundError):
        vectors.append(path, rows(1), 0)
    assert not path.exists()


def test_rows_are_mapped_not_loaded_and_cannot_be_changed(path: Path) -> None:
    vectors.append(path, rows(1, 2), 0)
    mapped = vectors.read(path, 2, DIM)
    assert type(mapped) is np.ndarray
    assert not mapped.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 9
    with path.open("r+b") as file:
        file.write(rows(7).tobytes())
    assert mapped[0].tolist() == rows(7)[0].tolist()


def test_what_was_mapped_stays_as_it_was_when_rows_are_appended_or_the_file_is_removed(path: Path) -> None:
    vectors.append(path, rows(1, 2), 0)
    mapped = vectors.read(path, 2, DIM)
    vectors.append(path, rows(3, 4), 2)
    path.unlink()
    assert mapped.tolist() == rows(1, 2).tolist()


def test_many_rows_are_written_whole(path: Path) -> None:
    many = np.random.default_rng(1).normal(size=(100_000, DIM)).astype(np.float32)
    vectors.append(path, many, 0)
    assert (vectors.read(path, len(many), DIM) == many).all()


def test_a_disk_that_fills_up_keeps_the_rows_before(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the write stops half-way, then fails."""
    path = vectors.file_of(tmp_path, 1)
    vectors.create(path)
    vectors.append(path, rows(1, 2), 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            vectors.append(path, np.ones((500, DIM), np.float32), 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes() == rows(1, 2).tobytes()
