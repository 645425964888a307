"""`askew index --watch`: index every change as it happens."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from askew.cli.files import counts_line, show_skipped
from askew.cli.output import note, note_error, say
from askew.documents.read import Fate, File
from askew.encoders import Encoder
from askew.errors import AskewError, ContractError, InputError, StoreLockedError
from askew.index import Index
from askew.sync import SyncResult

GATHERED_MS = 500  # changes less than this apart are handled together
LONGEST_MS = 10_000  # but no change waits longer than this
TICK_MS = 1000
GONE = (-1, -1)  # inode of a path that does not exist


def check_watch(paths: Sequence[str], json: bool) -> None:
    """Raise `InputError` for what cannot be watched, before anything is indexed."""
    if json:
        raise InputError("--json prints one object at the end, but --watch does not end: leave one of them out.")
    if "-" in paths:
        raise InputError("stdin cannot be watched: give files or folders.")
    if find_spec("watchfiles") is None:
        raise InputError("Watching needs a library: pip install 'askew[documents]'.")


def follow(name: str, paths: Sequence[str], sync: Callable[[Index], SyncResult], files: Sequence[File]) -> None:
    """Index changes until Ctrl-C. Between changes, other writers may open the index. files: already reported."""
    follower = _Follower(name, sync, _left_out(files))
    note("Watching for changes; press Ctrl-C to stop.")
    for is_changed in changes(paths):
        if is_changed or follower.is_behind:
            follower.catch_up()


@dataclass
class _Follower:
    """left_out, error: last reported, and reported again only if different. is_behind: the last sync failed because
    another process was writing.
    """

    name: str
    sync: Callable[[Index], SyncResult]
    left_out: set[File]
    error: str = ""
    is_behind: bool = False
    encoder: list[Encoder] = field(default_factory=list)

    def catch_up(self) -> None:
        try:
            try:
                self._sync()
            except ContractError:  # the index was migrated; its encoder is another one now
                if not self.encoder:
                    raise
                self.encoder = []
                self._sync()
            self.error, self.is_behind = "", False
        except AskewError as error:
            self.is_behind = isinstance(error, StoreLockedError)
            if str(error) != self.error:  # a file that is half written now may be complete at the next change
                note_error(error, f"{datetime.now():%H:%M:%S}  ")
            self.error = str(error)

    def _sync(self) -> None:
        with Index.open(self.name, writable=True, encoder=next(iter(self.encoder), None)) as opened:
            self.encoder = [opened.encoder("adding")]
            self._show(opened, self.sync(opened))

    def _show(self, opened: Index, result: SyncResult) -> None:
        left_out = _left_out(result.files)
        fresh = [file for file in result.files if file in left_out - self.left_out]
        self.left_out = left_out
        if result.added.new or result.added.changed or result.removed:
            opened.optimise()
        elif not fresh:
            return
        show_skipped(fresh, result.skipped)
        say(f"{datetime.now():%H:%M:%S}  {counts_line(result)}")


def _left_out(files: Iterable[File]) -> set[File]:
    return {file for file in files if file.fate in (Fate.SKIPPED, Fate.IGNORED)}


def changes(paths: Sequence[str]) -> Iterator[bool]:
    """Yield forever, at least once a second, whether something changed; the first time always True.

    A path that is replaced by a new folder or file, as some editors do on saving, is watched again.
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
    """Yield what changed, or an empty set once a second."""
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
        except FileNotFoundError:  # it has just been deleted
            pass
        except (OSError, RuntimeError) as error:  # such as more folders than the system allows
            raise InputError(f"Watching failed: {error}. Run `askew index` again after a change.") from error
    time.sleep(TICK_MS / 1000)
    yield set()


def _outside_indexes(_: object, path: str) -> bool:
    """Exclude indexes, which may be inside a watched folder."""
    return ".askew/" not in path and not path.endswith(".askew")
