"""Visible documents: a read-only store of what some groups may read, and of nothing else.

Whatever is computed over all documents could tell of those that a reader may not see: counts, keys, the statistics of
BM25, an approximate index, learned weights. So none of it is used. Passages are numbered anew, vectors are scanned, and
words are indexed in memory, all from the visible documents alone, which the table of readers names; the work is
proportional to these. Noninterference (Goguen and Meseguer 1982, doi 10.1109/SP.1982.10014) is the property that the
tests try to break: the store answers as one that never held the rest.
"""

import shutil
import threading
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self, runtime_checkable

import numpy as np

from askew.errors import StoreError
from askew.progress import Report, silent
from askew.stores import RECALL, Account, Entry, Keys, Neighbours, Sizes, Snapshot, Store
from askew.stores.engine import Derived
from askew.stores.flat import nothing, scan
from askew.stores.visible_content import Content, VisibleBlocks
from askew.types import Document, FloatMatrix, Passage, Where

if TYPE_CHECKING:
    from askew.stores.impacts import Impacts
    from askew.stores.inverted import Inverted

HELD = 300_000
"""Passages of all views together of which the content is kept in memory, beside that of the view in use."""

Groups = frozenset[str]


class Views:
    """The views of one store that were used last, within bounds; what two callers with the same groups see is the same.

    A view is made anew when one of its documents changed. A change to other documents leaves it alone, so that it
    cannot be told from the time that the next search takes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Groups, tuple[int, Content]] = {}

    def of(self, base: Store, groups: Groups, language: str) -> Content:
        """Return the content of a view in the snapshot of the base that this thread is in."""
        change = base.change()
        with self._lock:
            known, content = self._held.get(groups, (-1, None))
        if content is None or known != change or change < 0:
            found = base.readable(groups)
            keys = np.fromiter((key for extent in base.extents(list(found)) for key in extent), np.int64)
            if content is None or content.readable != found or list(content.readable) != list(found):
                content = Content(base, found, keys, language)
            elif not np.array_equal(content.keys, keys):
                content = content.with_keys(keys)  # a compaction gave the passages other keys
        if change >= 0:
            self._keep(groups, change, content)
        return content

    def _keep(self, groups: Groups, change: int, content: Content) -> None:
        with self._lock:
            self._held.pop(groups, None)
            self._held[groups] = (change, content)
            total = sum(len(one.keys) for _, one in self._held.values())
            while total > HELD and len(self._held) > 1:
                _, first = self._held.pop(next(iter(self._held)))
                total -= len(first.keys)


@runtime_checkable
class Walled(Protocol):
    """A store that can hide documents from a thread by itself."""

    def seen_by(self, groups: Groups) -> AbstractContextManager[None]: ...


class VisibleStore(Derived):
    """What these groups may read of a store with access control. Thread-safe, as the base is."""

    writable, access = False, True

    def __init__(self, base: Store, groups: Groups, language: str, views: Views) -> None:
        """language: the stemmer of the text index. views: shared by all views of the base."""
        self.manifest = base.manifest
        self._base, self.groups, self._language, self._views = base, groups, language, views
        self._own = threading.local()
        self._scratch: Path | None = None

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        with self._content():
            yield self

    @contextmanager
    def _content(self) -> Iterator[Content]:
        """Yield the content of one state of the base, the same in all calls of this thread inside the block."""
        if (held := getattr(self._own, "content", None)) is not None:
            yield held
            return
        with self._wall(), self._base.snapshot():
            self._own.content = self._views.of(self._base, self.groups, self._language)
            try:
                yield self._own.content
            finally:
                self._own.content = None

    def _wall(self) -> AbstractContextManager[None]:
        """Have the base itself hide the rest from this thread, where it can: a mistake in here then shows nothing."""
        return self._base.seen_by(self.groups) if isinstance(self._base, Walled) else nullcontext()

    def change(self) -> int:
        """Return a number that is another one after each change of what is visible, and of nothing else."""
        with self._content() as content:
            return content.serial

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        queries = np.ascontiguousarray(vectors, np.float32)
        with self._content() as content:
            kept = None if where is None else content.kept(self._base, where)
            k = max(0, min(k, len(content.keys)))
            if not k or not len(queries):
                found = nothing(len(queries), k)
            else:
                found = scan(content.matrix(self._base), queries, k, kept, content.longest(self._base))
        return Neighbours(found.rows, found.scores)

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        with self._content() as content:
            found = content.text(self._base).search(query, k, 0, content.kept(self._base, where))
        return Neighbours(found.keys[None], found.scores[None])

    def impacts(self, keys: Sequence[int] | Keys) -> "Impacts":
        with self._content() as content:
            return self._base.impacts(content.base_keys(keys))

    def _inverted(self) -> "Inverted":
        with self._content() as content:
            return content.inverted(self._base)

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self._content() as content:
            return VisibleBlocks(content.rows(self._base), content.kept(self._base, where), rows)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        with self._content() as content:
            return np.ascontiguousarray(content.matrix(self._base)[content.places(keys)], np.float32)

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._content() as content:
            return content.passages(self._base, keys)

    def owners(self, keys: Sequence[int]) -> list[str]:
        with self._content() as content:
            return content.owners(self._base, keys)

    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._content() as content:
            return [content.extents(self._base)[id] for id in ids]

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """Return documents; of their readers, only those groups that the view is for."""
        with self._content() as content:
            return content.documents(self._base, ids)

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._content() as content:
            return self._base.digests([id for id in ids if id in content.readable])

    def accounts(self, ids: Sequence[str] | None = None) -> Iterable[Account]:
        with self._content() as content:
            held = content.accounts(self._base)
        return list(held.values()) if ids is None else [held[id] for id in ids]

    def sizes(self) -> Sizes:
        """Return the sizes; the bytes are those of the vectors, as those of the files would tell of other documents."""
        with self._content() as content:
            return Sizes.of(content.accounts(self._base).values(), content.bytes(self._base))

    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        with self._content() as content:
            return {id: content.readable[id][1] for id in ids if id in content.readable}

    def readable(self, groups: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        with self._content():
            return self._base.readable(self.groups & frozenset(groups))

    def note(self, name: str) -> str:
        """Return "": whatever was noted was found from all documents."""
        return ""

    def notes(self) -> list[str]:
        return []

    def sources(self) -> dict[str, str]:
        """Return nothing: the stamp of a file tells of all its documents."""
        return {}

    def ids_within(self, path: str) -> dict[str, str]:
        with self._content() as content:
            return {id: source for id, source in self._base.ids_within(path).items() if id in content.readable}

    def facts(self) -> Mapping[str, Any]:
        return {"method": "exact", "recall": 1.0}

    def recall(self) -> float:
        return RECALL

    def scratch(self) -> Path:
        from tempfile import mkdtemp

        if self._scratch is None:
            self._scratch = Path(mkdtemp(prefix="askew-"))
            weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        return self._scratch

    def close(self) -> None:
        """Do nothing: the base is closed by whoever opened it."""

    def transaction(self) -> NoReturn:
        raise _refused()

    def write(self, entries: Sequence[Entry]) -> None:
        raise _refused()

    def delete(self, ids: Sequence[str]) -> int:
        raise _refused()

    def set_note(self, name: str, text: str) -> None:
        raise _refused()

    def remember(self, stamps: Mapping[str, str]) -> None:
        raise _refused()

    def forget(self, paths: Sequence[str]) -> None:
        raise _refused()

    def assign(self, paths: Mapping[str, str]) -> None:
        raise _refused()

    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        raise _refused()

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        raise _refused()

    def discard(self) -> None:
        raise _refused()


def _refused() -> StoreError:
    return StoreError("A view of what some groups may read cannot be written to; change the index itself.")
