"""`askew index --watch`: as soon as a file changes, the index follows."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from askew.cli.files import counts_line, tell
from askew.cli.output import note, say
from askew.documents.files import Fate, File
from askew.encoders import Encoder
from askew.errors import AskewError, InputError, StoreLockedError
from askew.index import Index
from askew.sync import SyncResult

GATHERED_MS = 500  # changes that come so soon one after the other are looked at together
LONGEST_MS = 10_000  # but never later than this
TICK_MS = 1000
GONE = (-1, -1)


def check_watch(paths: Sequence[str], json: bool) -> None:
    """InputError for what cannot be watched, before anything is indexed."""
    if json:
        raise InputError("--json prints one object at the end, and --watch has no end: leave one of them out.")
    if "-" in paths:
        raise InputError("stdin cannot be watched: name files or folders.")
    if find_spec("watchfiles") is None:
        raise InputError("Watching needs a library: pip install 'askew[documents]'.")


def follow(name: str, paths: Sequence[str], bring: Callable[[Index], SyncResult], files: Sequence[File]) -> None:
    """Until Ctrl-C. Between two changes the index is free for other writers. files: those that were told of already."""
    follower = _Follower(name, bring, _left_out(files))
    note("Watching; Ctrl-C ends it.")
    for is_changed in changes(paths):
        if is_changed or follower.is_behind:
            follower.catch_up()


@dataclass
class _Follower:
    """left_out, fault: what was told, and is told again only once it differs. is_behind: another writer had its turn
    when we wanted ours.
    """

    name: str
    bring: Callable[[Index], SyncResult]
    left_out: set[File]
    fault: str = ""
    is_behind: bool = False
    encoder: list[Encoder] = field(default_factory=list)

    def catch_up(self) -> None:
        try:
            with Index.open(self.name, writable=True, encoder=next(iter(self.encoder), None)) as opened:
                self.encoder = [opened.encoder("adding")]
                self._tell(opened, self.bring(opened))
            self.fault, self.is_behind = "", False
        except AskewError as fault:
            self.is_behind = isinstance(fault, StoreLockedError)
            if str(fault) != self.fault:  # a file half written now may be whole at the next change
                note(f"{datetime.now():%H:%M:%S}  {fault}")
            self.fault = str(fault)

    def _tell(self, opened: Index, mirrored: SyncResult) -> None:
        left_out = _left_out(mirrored.files)
        fresh = [file for file in mirrored.files if file in left_out - self.left_out]
        self.left_out = left_out
        if mirrored.added.new or mirrored.added.changed or mirrored.removed:
            opened.optimise()
        elif not fresh:
            return
        tell(fresh, mirrored.skipped)
        say(f"{datetime.now():%H:%M:%S}  {counts_line(mirrored)}")


def _left_out(files: Iterable[File]) -> set[File]:
    return {file for file in files if file.fate in (Fate.SKIPPED, Fate.IGNORED)}


def changes(paths: Sequence[str]) -> Iterator[bool]:
    """Again and again, whether something changed. The first time it has, as nobody looked until then.

    A folder that is put in the place of one that is watched, or a file by an editor that saves so, is watched anew.
    """
    roots = {Path(path).absolute() for path in paths}
    while True:
        before = _inodes(paths)
        is_new = True
        with closing(_watched([path for path in paths if _inode(path) != GONE])) as found:
            for changed in found:
                yield is_new or bool(changed)
                is_new = False
                if _inodes(paths) != before or roots & {Path(path).absolute() for path in changed}:
                    break


def _inodes(paths: Sequence[str]) -> list[tuple[int, int]]:
    return [_inode(path) for path in paths]


def _inode(path: str) -> tuple[int, int]:
    try:
        about = Path(path).stat()
    except OSError:
        return GONE
    return about.st_dev, about.st_ino


def _watched(paths: Sequence[str]) -> Generator[set[str], None, None]:
    """What changed, or nothing each second."""
    if paths:
        from watchfiles import watch

        try:
            for found in watch(
                *paths,
                watch_filter=_outside_indexes,
                step=GATHERED_MS,
                debounce=LONGEST_MS,
                rust_timeout=TICK_MS,
                yield_on_timeout=True,
            ):
                yield {path for _, path in found}
        except FileNotFoundError:  # it went just now
            pass
        except (OSError, RuntimeError) as fault:  # such as more folders than the system allows
            raise InputError(f"Watching failed: {fault}. Run `askew index` again after a change.") from fault
    time.sleep(TICK_MS / 1000)
    yield set()


def _outside_indexes(_: object, path: str) -> bool:
    """The index itself may lie in the folder that is watched."""
    return ".askew/" not in path and not path.endswith(".askew")
