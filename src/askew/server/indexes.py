"""Open indexes: one reader for each, shared by all requests, and one writer at a time.

A reader follows what other processes write. It is opened anew when its folder was replaced or migrated, and closed when
nobody uses it any more.
"""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from askew.encoders import Encoder
from askew.errors import AskewError, InputError, StoreError
from askew.faq.faq import Faq, open_any
from askew.index import Index
from askew.models import cards
from askew.paths import ANSWERS, QUESTIONS, SUFFIX, is_faq
from askew.progress import Report
from askew.server.access import Action, Caller, absent, authorise
from askew.server.config import ServerConfig
from askew.server.errors import ConflictError
from askew.server.jobs import Maintenance
from askew.server.models import Models
from askew.stores.local import versions

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
Identity = tuple[object, ...]


@dataclass
class Held:
    """An open reader. users: calls that use it. stale: it is closed after the last one."""

    opened: Index | Faq
    identity: Identity
    users: int = 0
    stale: bool = False


@dataclass
class Turn:
    """The turn to write to one index."""

    lock: threading.Lock = field(default_factory=threading.Lock)


class Indexes:
    """The indexes in a folder, by name."""

    def __init__(self, config: ServerConfig, models: Models) -> None:
        self.folder = config.folder
        self._limits = config.limits
        self._models = models
        self._held: dict[str, Held] = {}
        self._turns: dict[str, Turn] = {}
        self._changing = threading.Lock()
        self.maintenance = Maintenance(self._optimise)

    def names(self, caller: Caller) -> list[str]:
        authorise(caller, "", Action.LIST)
        found = (path.stem for path in self.folder.glob(f"*{SUFFIX}") if path.is_dir())
        return sorted(name for name in found if NAME.fullmatch(name) and caller.may(name, Action.READ))

    @contextmanager
    def reading(self, caller: Caller, name: str, action: Action = Action.READ) -> Iterator[Index | Faq]:
        """Lend the reader of an index, or of what the caller may read of it. Raises NotFoundError if there is none."""
        path = self.path(name)
        authorise(caller, name, action)
        if not path.is_dir():
            raise absent(name)
        try:
            held = self._lend(name, path)
        except (StoreError, FileNotFoundError):
            if path.is_dir():
                raise
            raise absent(name) from None  # deleted while it was opened
        try:
            yield _visible(held.opened, caller, name)
        finally:
            self._give_back(held)

    @contextmanager
    def searching(self, caller: Caller, name: str) -> Iterator[Index]:
        """Lend the reader of an index that is no FAQ."""
        with self.reading(caller, name) as opened:
            if isinstance(opened, Faq):
                raise InputError(f"{name} is a FAQ. Ask it at /v1/indexes/{name}/faq.")
            yield opened

    @contextmanager
    def asking(self, caller: Caller, name: str) -> Iterator[Faq]:
        """Lend the reader of a FAQ."""
        with self.reading(caller, name) as opened:
            if not isinstance(opened, Faq):
                raise InputError(f"{name} is no FAQ. Search it at /v1/indexes/{name}/search.")
            yield opened

    @contextmanager
    def writing(self, caller: Caller, name: str, action: Action = Action.WRITE) -> Iterator[Index | Faq]:
        """Open an index for writing, one request at a time; other processes wait, and are waited for.

        One with access control is written by those who may see all of it: to others, whether an id is new would tell.
        """
        path = self.path(name)
        authorise(caller, name, action)
        with self._turn(name):
            if not path.is_dir():
                raise absent(name)
            with self.reading(caller, name, action) as opened:
                if _guarded(opened):
                    authorise(caller, name, Action.MANAGE)
            with self._open(path, writable=True) as opened:
                yield opened

    def create(self, caller: Caller, name: str, task: str, settings: dict[str, object]) -> None:
        """Create an index. settings: as for `Index.create`. Raises ConflictError if it exists."""
        path = self.path(name)
        authorise(caller, name, Action.CREATE)
        with self._turn(name):
            if path.exists():
                raise ConflictError(f"The index {name} exists. Choose another name, or delete it first.")
            Index.create(path, task, **settings).close()  # type: ignore[arg-type]  # validated by the request's model

    def delete(self, caller: Caller, name: str) -> None:
        """Delete an index from disk, once nobody in this process reads it."""
        with self.writing(caller, name, Action.MANAGE) as opened:
            self._forget(name)
            opened.discard()

    def path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise InputError("The name of an index has up to 64 letters, digits, - and _, and begins with no sign.")
        return self.folder / f"{name}{SUFFIX}"

    def close(self) -> None:
        self.maintenance.close()
        for name in list(self._held):
            self._forget(name)

    def _optimise(self, name: str, report: Report) -> None:
        with self._turn(name):
            if (path := self.path(name)).is_dir():
                with open_any(path, writable=True) as opened:
                    opened.optimise(report)

    def _turn(self, name: str) -> threading.Lock:
        with self._changing:
            return self._turns.setdefault(name, Turn()).lock

    def _lend(self, name: str, path: Path) -> Held:
        identity = _identity(path)
        with self._changing:
            held = self._held.get(name)
            if held is not None and held.identity == identity:
                self._held[name] = self._held.pop(name)  # the last one used is the last in order
                held.users += 1
                return held
        opened = self._open(path)
        with self._changing:
            if (other := self._held.get(name)) is not None and other.identity == identity:
                opened.close()
                other.users += 1
                return other
            self._retire(name)
            held = self._held[name] = Held(opened, identity, users=1)
            for idle in list(self._held)[: max(len(self._held) - self._limits.open, 0)]:
                self._retire(idle)
            return held

    def _open(self, path: Path, writable: bool = False) -> Index | Faq:
        """Open an index with the encoders that all share."""
        opened = open_any(path, writable=writable)
        if isinstance(opened, Faq):
            shared = {half: self._shared(index) for half, index in opened.channels.items()}
            if not any(shared.values()):
                return opened
            opened.close()
            given = {f"{half.removesuffix('s')}_encoder": encoder for half, encoder in shared.items()}
            return Faq.open(path, writable=writable, **given)  # type: ignore[arg-type]
        if (encoder := self._shared(opened)) is None:
            return opened
        opened.close()
        return Index.open(path, writable=writable, encoder=encoder)

    def _shared(self, index: Index) -> Encoder | None:
        """Return the encoder for the contract of an index, None where it has no model or the model is not here: then
        the index raises the error, when its model is needed.
        """
        contract = index.contract
        if not contract.has_model:
            return None
        try:
            card = cards.with_prompts(cards.get(contract.encoder.model), contract.task, contract.overrides)
            return self._models.batched(contract.encoder, contract.task, card)
        except AskewError:
            return None

    def _give_back(self, held: Held) -> None:
        with self._changing:
            held.users -= 1
            last = held.stale and not held.users
        if last:
            held.opened.close()

    def _forget(self, name: str) -> None:
        with self._changing:
            self._retire(name)

    def _retire(self, name: str) -> None:
        """Take a reader out of use. The caller holds the lock."""
        if (held := self._held.pop(name, None)) is not None:
            held.stale = True
            if not held.users:
                held.opened.close()


def _guarded(opened: Index | Faq) -> bool:
    """Return whether an index has access control."""
    return (opened.answers if isinstance(opened, Faq) else opened).contract.access


def _visible(opened: Index | Faq, caller: Caller, name: str) -> Index | Faq:
    """Return what the caller may read of an index: all of it without access control, and for who manages it."""
    if not _guarded(opened) or caller.may(name, Action.MANAGE):
        return opened
    return opened.visible_to(caller.groups)


def _identity(path: Path) -> Identity:
    """Return what changes when a folder is replaced by another, or migrated."""
    found = path.stat()
    halves = [path / f"{half}{SUFFIX}" for half in (QUESTIONS, ANSWERS)] if is_faq(path) else [path]
    return (found.st_dev, found.st_ino, *(versions.read(half).serving for half in halves))


def digest(opened: Index | Faq) -> str:
    """Return the digest of the contract of an index, or of both contracts of a FAQ, 16 hexadecimal digits."""
    every = opened.channels.values() if isinstance(opened, Faq) else (opened,)
    return hashlib.sha256("\0".join(one.store.manifest for one in every).encode()).hexdigest()[:16]
