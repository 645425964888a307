"""With real processes: a lock is only worth what it does between them."""

import errno
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from askew.errors import StoreError, StoreLockedError
from askew.lock import SharedLock, WriteLock, exclusive

HOLD = """
import sys
from pathlib import Path
from askew.lock import WriteLock
lock = WriteLock(Path(sys.argv[1]), 0)
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock; a line on its stdin lets it release, another lets it end."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


def tell(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "write.lock"


def test_a_second_process_waits_as_long_as_it_may_and_then_names_the_first(path: Path) -> None:
    with holder(path) as child:
        began = time.monotonic()
        with pytest.raises(StoreLockedError) as refused:
            WriteLock(path, 0.3)
        assert 0.3 <= time.monotonic() - began < 5
    message = str(refused.value)
    assert str(path.parent) in message
    assert f"process {child.pid} on {os.uname().nodename}" in message
    assert "waited 0.3 s" in message


def test_who_does_not_wait_is_refused_at_once(path: Path) -> None:
    with holder(path):
        began = time.monotonic()
        with pytest.raises(StoreLockedError) as refused:
            WriteLock(path, 0)
        assert time.monotonic() - began < 1
    assert "waited" not in str(refused.value)


def test_who_waits_gets_the_lock_when_it_is_released(path: Path) -> None:
    with holder(path) as child:
        tell(child)
        lock = WriteLock(path, 10)
        assert child.poll() is None  # released, not dead
        lock.release()


def test_a_killed_process_leaves_no_lock_behind(path: Path) -> None:
    with holder(path) as child:
        child.kill()
        child.wait()
        assert str(child.pid) in path.read_text()
        WriteLock(path, 0).release()


def test_another_writer_of_the_same_process_is_refused_too(path: Path) -> None:
    first = WriteLock(path, 0)
    with pytest.raises(StoreLockedError, match=f"process {os.getpid()} "):
        WriteLock(path, 0)
    first.release()
    WriteLock(path, 0).release()


def test_a_refused_writer_does_not_release_the_lock(path: Path) -> None:
    with holder(path):
        for _ in range(3):
            with pytest.raises(StoreLockedError):
                WriteLock(path, 0)


def test_release_may_be_called_twice_and_closes_no_one_elses_file(path: Path, tmp_path: Path) -> None:
    lock = WriteLock(path, 0)
    lock.release()
    with (tmp_path / "other").open("w") as file:  # likely to get the number of the descriptor that was closed
        lock.release()
        file.write("x")
    assert (tmp_path / "other").read_text() == "x"


def test_a_program_started_meanwhile_does_not_inherit_the_lock(path: Path) -> None:
    lock = WriteLock(path, 0)
    program = [sys.executable, "-c", "print(1, flush=True); input()"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=False
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        lock.release()
        try:
            WriteLock(path, 0).release()
        finally:
            child.kill()


def test_a_fork_made_meanwhile_does_not_keep_the_lock(path: Path) -> None:
    lock = WriteLock(path, 0)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)  # until the parent closes its end
        os._exit(0)
    os.close(reading)
    try:
        lock.release()
        WriteLock(path, 0).release()
    finally:
        os.close(writing)
        os.waitpid(child, 0)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"[]", b"7", b'{"pid": 3}'])
def test_a_holder_that_did_not_sign_is_another_process(path: Path, content: bytes) -> None:
    lock = WriteLock(path, 0)
    path.write_bytes(content)
    with pytest.raises(StoreLockedError, match="another process"):
        WriteLock(path, 0)
    lock.release()


def test_a_longer_signature_from_before_is_not_left_in_part(path: Path) -> None:
    path.write_bytes(b"x" * 1000)
    lock = WriteLock(path, 0)
    with pytest.raises(StoreLockedError, match=f"process {os.getpid()} "):
        WriteLock(path, 0)
    lock.release()


def test_no_file_is_left_open_by_a_refusal(path: Path) -> None:
    lock = WriteLock(path, 0)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(StoreLockedError):
            WriteLock(path, 0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    lock.release()


def test_a_folder_that_is_missing_or_no_folder_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, why in (
        (tmp_path / "missing" / "write.lock", "No such file or directory"),
        (tmp_path / "file" / "write.lock", "Not a directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(StoreError, match=f"{path.parent}: {why}") as refused:
            WriteLock(path, 0)
        assert not isinstance(refused.value, StoreLockedError)


def test_a_read_only_folder_is_an_error_of_the_store(tmp_path: Path) -> None:
    """Root may write anywhere, and must give that up for this."""
    ordinary = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override"]
    if ordinary and not shutil.which("setpriv"):
        pytest.skip("root cannot be held back here")
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    program = [*ordinary, sys.executable, "-c", HOLD, str(folder / "write.lock")]
    ran = subprocess.run(program, capture_output=True, text=True, check=False)
    assert "StoreError: " in ran.stderr
    assert f"{folder}: {os.strerror(errno.EACCES)}" in ran.stderr


def alone(folder: Path) -> bool:
    with exclusive(folder) as found:
        return found


def test_a_folder_is_had_alone_only_while_nobody_has_it_open(tmp_path: Path) -> None:
    first, second = SharedLock(tmp_path), SharedLock(tmp_path)
    assert not alone(tmp_path)
    first.release()
    first.release()
    assert not alone(tmp_path)
    second.release()
    assert alone(tmp_path)
    dropped = SharedLock(tmp_path)
    del dropped
    assert alone(tmp_path)


OPEN = """
import sys
from pathlib import Path
from askew.lock import SharedLock
print("begun", flush=True)
lock = SharedLock(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
"""


def test_who_opens_a_folder_waits_while_another_process_has_it_alone(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        with exclusive(tmp_path) as found:
            assert found
            assert child.stdout.readline() == "begun\n"
            assert not select.select([child.stdout], [], [], 0.5)[0]
        assert child.stdout.readline() == "open\n"
        assert not alone(tmp_path)
        child.kill()
    assert alone(tmp_path)


def test_a_folder_that_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SharedLock(tmp_path / "missing")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        SharedLock(tmp_path / "file")
