"""Readable indexes: those that the tools read, and whether their models are loaded."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol, Self

from askew.encoders import Encoder
from askew.errors import AskewError, InputError, UnknownNameError
from askew.faq.faq import Faq, open_any
from askew.index import Index
from askew.paths import SUFFIX, folder

LOADING = "the model is being loaded"
NO_MODEL = "this index holds vectors of its own and has no model for texts"
PATIENCE = 5.0
"""Seconds that closing waits for a model that is being loaded."""
Opened = Index | Faq


class ReadableIndexes(Protocol):
    """What the tools need. local: whether the client is on this machine, so that paths of files mean something to it.

    All methods may be called from several threads.
    """

    local: bool

    def names(self) -> Sequence[str]:
        """Return the names of the indexes that the client may read."""

    def reading(self, name: str) -> AbstractContextManager[Opened]:
        """Lend an index. Raises an InputError for a name that is not in `names`."""

    def without_model(self, name: str) -> str:
        """Return why the model of this index cannot be used now, "" if it can be."""


class LocalIndexes:
    """Indexes of this machine, open from the start. Their models are loaded in the background, each of them once."""

    local = True

    def __init__(self, places: Sequence[str | Path]) -> None:
        """places: indexes by name, and folders of indexes. Raises InputError if there are none, or two of one name."""
        self._open: dict[str, Opened] = {}
        self._reasons: dict[str, str] = {}
        self._stopped = threading.Event()
        self._loader: threading.Thread | None = None
        self._closing = ExitStack()
        try:
            for path in _indexes(places):
                self._add(path)
        except BaseException:
            self._closing.close()
            raise

    def names(self) -> Sequence[str]:
        return list(self._open)

    @contextmanager
    def reading(self, name: str) -> Iterator[Opened]:
        if name not in self._open:
            raise UnknownNameError("index", name, self._open)
        yield self._open[name]

    def without_model(self, name: str) -> str:
        return self._reasons[name]

    def load(self, loaded: Callable[[], None]) -> None:
        """Begin to load the models. loaded: called from another thread once all are, or have failed."""
        self._loader = threading.Thread(target=self._load, args=(loaded,), name="askew-models", daemon=True)
        self._loader.start()

    def close(self) -> None:
        self._stopped.set()
        if self._loader is not None:
            self._loader.join(PATIENCE)  # the process ends without it
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _add(self, path: Path) -> None:
        if path.stem in self._open:
            raise InputError(f"Two indexes are named {path.stem}: rename one, because tools find them by name.")
        opened = open_any(path)
        self._closing.callback(opened.close)
        self._open[path.stem] = opened
        self._reasons[path.stem] = LOADING if all(index.contract.has_model for index in halves(opened)) else NO_MODEL

    def _load(self, loaded: Callable[[], None]) -> None:
        shared: dict[str, Encoder] = {}
        for name, opened in self._open.items():
            if self._reasons[name] == LOADING:
                self._reasons[name] = self._failure(opened, shared)
        if not self._stopped.is_set():
            loaded()

    def _failure(self, opened: Opened, shared: dict[str, Encoder]) -> str:
        """Load the models of an index, and return why that failed, or ""."""
        try:
            for index in halves(opened):
                if self._stopped.is_set():
                    return LOADING
                key = index.contract.encoder.fingerprint
                if key in shared:
                    index.sealed.share(shared[key])
                shared[key] = index.encoder("searching")
                index.sealed.encode_queries(["ready"], "searching")  # parts of a model are loaded by its first text
        except (AskewError, OSError, MemoryError) as error:
            return str(error)
        return ""


def halves(opened: Opened) -> Sequence[Index]:
    """Return the index itself, or the two of a FAQ."""
    return list(opened.channels.values()) if isinstance(opened, Faq) else [opened]


def _indexes(places: Sequence[str | Path]) -> list[Path]:
    """Return the paths of the indexes named, and of those in the folders named."""
    found: list[Path] = []
    for place in places:
        path = Path(place)
        if folder(place).is_dir() or not path.is_dir():
            found.append(folder(place))
            continue
        inside = sorted(each for each in path.glob(f"*{SUFFIX}") if each.is_dir())
        if not inside:
            raise InputError(f"The folder {path} holds no index. Make one: askew index {path / 'NAME'} FILES")
        found += inside
    if not found:
        raise InputError("Name at least one index, or a folder that holds indexes.")
    return list(dict.fromkeys(found))
