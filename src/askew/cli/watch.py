"""`askew index --watch`: as soon as a file changes, the index follows."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from askew.cli.fates import counts_line
from askew.cli.output import note, say
from askew.cli.reading import tell
from askew.documents.fields import Fields
from askew.errors import AskewError, InputError
from askew.index import Index
from askew.mirroring import Mirrored, mirror

SETTLED_MS = 1000  # a file that is being written is looked at once it has been quiet for so long


def follow(name: str, paths: Sequence[str], fields: Fields, *, format: str | None, skip_bad: bool, keep: bool) -> None:
    """Until Ctrl-C. Between two changes the index is free for other writers."""
    encoder = None
    note("Watching; Ctrl-C ends it.")
    for _ in changes(paths):
        try:
            with Index.open(name, writable=True, encoder=encoder) as opened:
                encoder = opened.encoder("adding")
                mirrored = mirror(opened, paths, fields, format=format, skip_bad=skip_bad, keep=keep)
                if _is_news(mirrored):
                    opened.optimise()
                    tell(mirrored.files, mirrored.skipped)
                    say(f"{datetime.now():%H:%M:%S}  {counts_line(mirrored)}")
        except AskewError as fault:
            note(f"{datetime.now():%H:%M:%S}  {fault}")  # a file half written now may be whole at the next change


def changes(paths: Sequence[str]) -> Iterable[object]:
    """One item for each time that something changed, at once for what changed before."""
    if "-" in paths:
        raise InputError("stdin cannot be watched: name files or folders.")
    try:
        from watchfiles import watch
    except ImportError as fault:
        raise InputError("Watching needs a library: pip install 'askew[documents]'.") from fault
    yield ()
    yield from watch(*paths, debounce=SETTLED_MS, watch_filter=_outside_indexes, raise_interrupt=True)


def _outside_indexes(_: object, path: str) -> bool:
    """The index itself may lie in the folder that is watched."""
    return ".askew/" not in path and not path.endswith(".askew")


def _is_news(mirrored: Mirrored) -> bool:
    return bool(mirrored.added.new or mirrored.added.changed or mirrored.removed)
