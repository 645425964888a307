"""Without what only Unix has: every module can be imported, and an index made and searched."""

import os
import subprocess
import sys
from pathlib import Path

WINDOWS = """
import os, sys
import numpy
for name in ("fcntl", "resource", "pty", "termios", "tty", "pwd", "grp", "readline"):
    sys.modules[name] = None
for name in ("register_at_fork", "fork", "forkpty", "O_DIRECTORY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "geteuid",
             "getuid", "sched_getaffinity", "fchmod", "mkfifo", "killpg", "setsid", "posix_fadvise"):
    if hasattr(os, name):
        delattr(os, name)
"""
"""What Windows has not. `msvcrt`, which it has, is made up for below."""

LOCKING = """
import types
locks = types.ModuleType("msvcrt")
locks.LK_NBLCK, locks.LK_UNLCK, held = 2, 0, {}
def locking(handle, mode, count):
    place = os.fstat(handle).st_ino
    if mode == locks.LK_UNLCK:
        del held[place]
    elif place in held:
        raise OSError(13, "Permission denied")
    else:
        held[place] = handle
locks.locking = locking
sys.modules["msvcrt"] = locks
"""

MODULES = """
import importlib, pkgutil
import askew
failed, seen = [], 0
for module in pkgutil.walk_packages(askew.__path__, "askew."):
    if module.name.endswith("__main__") or module.name.startswith("askew.integrations."):
        continue  # what those import is not ours to carry to Windows, and has other packages for it
    seen += 1
    try:
        importlib.import_module(module.name)
    except BaseException as error:
        failed.append(f"{module.name}: {error!r}")
print(seen, failed)
"""

SEARCH = """
import pathlib, shutil
import askew
from askew.errors import StoreLockedError
from askew.index import Index
from askew.types import Document
folder = pathlib.Path(sys.argv[1])
index = Index.create(folder, task="enterprise-search", model="hashing")
index.add([Document("a", "red tents in the rain"), Document("b", "a blue kayak")])
try:
    Index.open(folder, writable=True, wait=0)
except StoreLockedError:
    print("locked")
print([hit.id for hit in index.search("blue kayak", 1)])
index.delete(["b"])
index.close()
index = Index.open(folder)
print([hit.id for hit in index.search("blue kayak", 1)])
moved = folder.with_name("moved.askew")
folder.rename(moved)
try:
    index.search("tents", 1)
except askew.errors.StoreError:
    print("moved")
index.close()
"""


def ran(tmp_path: Path, *parts: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "".join(parts), str(tmp_path / "x.askew")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    count, failed = ran(tmp_path, WINDOWS, MODULES).strip().split(" ", 1)
    assert int(count) > 100
    assert failed == "[]"


def test_an_index_is_made_locked_filled_and_searched(tmp_path: Path) -> None:
    assert ran(tmp_path, WINDOWS, LOCKING, SEARCH).split("\n")[:-1] == ["locked", "['b']", "['a']", "moved"]
