import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from askew import files
from askew.errors import InputError, StoreError
from askew.files import DAY, HIDDEN, append, discard, output, replace_text, replacing, staging, sweep, truncate

SOURCE = Path(__file__).parents[1] / "src" / "askew"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")


def durable_calls(tree: ast.AST) -> Iterator[str]:
    """Yield calls that sync, or that replace or stage a file or folder under another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_os = isinstance(node.func.value, ast.Name) and node.func.value.id == "os"
            path_replace = node.func.attr == "replace" and len(node.args) == 1 and not node.keywords
            if (
                node.func.attr in ("fsync", "fdatasync", "rename", "renames", "mkstemp", "mkdtemp")
                or path_replace
                or (of_os and node.func.attr in ("replace", "link"))
            ):
                yield ast.unparse(node)


@pytest.mark.parametrize(
    "code", ["os.fsync(f)", "a.rename(b)", "os.replace(a, b)", "path.replace(other)", "tempfile.mkdtemp(dir=x)"]
)
def test_durable_calls_are_recognised(code: str) -> None:
    assert list(durable_calls(ast.parse(code)))
    assert not list(durable_calls(ast.parse("text.replace('a', 'b'); replace(card, name='x'); day.replace(hour=1)")))


def test_only_this_module_and_the_stores_sync_or_replace_files() -> None:
    others = [path for path in SOURCE.rglob("*.py") if path != Path(files.__file__) and "stores" not in path.parts]
    found = {str(path): list(durable_calls(ast.parse(path.read_text("utf-8")))) for path in others}
    assert len(others) > 100
    assert {path: calls for path, calls in found.items() if calls} == {}


def test_append_extends_and_truncate_shortens(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, b"one\n")
    append(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"
    truncate(path, 4)
    truncate(path, 100)
    assert path.read_bytes() == b"one\n"
    truncate(tmp_path / "new", 0)
    assert (tmp_path / "new").read_bytes() == b""


def test_failed_append_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    append(path, b"one\n")

    def fails(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        append(path, b"two\n")
    assert path.read_bytes() == b"one\n"


@pytest.mark.parametrize("opened", [replacing, output])
def test_replacement_is_complete_and_keeps_permissions(tmp_path: Path, opened) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old")
    path.chmod(0o640)
    with opened(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [found.name for found in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize("opened", [replacing, output])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failed_block_changes_nothing(tmp_path: Path, opened, error: type[BaseException]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old")

    def failing() -> None:
        with opened(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        failing()
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_link_is_kept_and_its_target_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    replace_text(tmp_path / "link.csv", "néw")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text("utf-8") == "néw"


def test_device_is_written_to_directly() -> None:
    with output(os.devnull) as file:
        file.write(b"gone")
    assert not Path(os.devnull).is_file()


def test_output_error_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none/x\.csv"), output("none/x.csv"):
        pass
    with pytest.raises(InputError, match=tmp_path.name), output(tmp_path):
        pass
    with pytest.raises(FileNotFoundError), output(tmp_path / "x"):
        (tmp_path / "elsewhere" / "y").read_text()


@FULL
def test_full_disk_is_an_input_error() -> None:
    with pytest.raises(InputError, match="/dev/full"), output("/dev/full") as file:
        file.write(b"x" * 100_000)


KILLED = """
import os, signal, sys
from askew.files import output
with output(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert all(found.name.startswith(".") for found in tmp_path.iterdir() if found != path)


def test_staged_folder_appears_complete_with_the_usual_permissions(tmp_path: Path) -> None:
    plain, folder = tmp_path / "plain", tmp_path / "deep" / "x.askew"
    plain.mkdir()
    with staging(folder) as made:
        assert made.parent == folder.parent
        assert made.name.startswith(".x.askew.")
        (made / "inner").mkdir()
        (made / "inner" / "file").write_text("whole")
        assert not folder.exists()
    assert (folder / "inner" / "file").read_text() == "whole"
    assert folder.stat().st_mode == plain.stat().st_mode
    assert list(folder.parent.iterdir()) == [folder]


def test_staged_folder_of_a_failed_block_is_deleted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), staging(tmp_path / "x"):
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(StoreError), staging(tmp_path / "file" / "x"):
        pass


def test_folder_that_another_process_created_meanwhile(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    for keep in (False, True):
        try:
            with staging(folder, keep) as made:
                (made / "mine").touch()
                folder.mkdir(exist_ok=True)
                (folder / "theirs").touch()
        except StoreError:
            assert not keep
        assert [path.name for path in folder.iterdir()] == ["theirs"]
        assert list(tmp_path.iterdir()) == [folder]


def test_leftovers_of_killed_processes_are_removed_after_a_day(tmp_path: Path) -> None:
    old, new, users = tmp_path / f".a.1{HIDDEN}", tmp_path / f".a.2{HIDDEN}", tmp_path / ".git"
    for folder in (old, new, users):
        folder.mkdir()
    for folder in (old, users):
        os.utime(folder, (time.time() - DAY - 9,) * 2)
    with staging(tmp_path / "x"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {new.name, ".git", "x"}


def test_sweep_deletes_old_folders_only(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "file").touch()
    os.utime(old, (time.time() - 100,) * 2)
    sweep(tmp_path, 50)
    sweep(tmp_path / "missing", 50)
    assert list(tmp_path.iterdir()) == [new]
    discard(new)
    discard(new)
    assert list(tmp_path.iterdir()) == []
