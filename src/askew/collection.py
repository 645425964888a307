"""An open index as a collection of documents: reading, deleting and maintenance, without a model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

from askew import validation
from askew.contract import Contract
from askew.errors import InputError, StoreError, public_methods
from askew.inputs import ids_from
from askew.progress import Report, reporter
from askew.stores import Account, MetadataField, Sizes, Store
from askew.tasks import Task, get
from askew.terminal import one_line
from askew.types import Document
from askew.values import UnusableError, id_of

PAGE = 256
"""Documents read at a time during iteration."""


@public_methods()
class Collection:
    """Documents in a store. `len(index)`, `id in index` and iteration over the documents work as usual."""

    def __init__(self, store: Store, path: Path | None = None) -> None:
        """Wrap an open store. path: the index folder."""
        self._store = store
        self._path = path
        self._closed = False
        self.contract = Contract.read(store.manifest)

    @property
    def store(self) -> Store:
        """The store behind the index. Raises StoreError if the index is closed."""
        if self._closed:
            raise StoreError(f"The index {self.name} is closed. Open it again with Index.open.")
        return self._store

    @property
    def name(self) -> str:
        return self._path.stem if self._path is not None else "without a name"

    @property
    def place(self) -> Path:
        """The folder of the index, absolute; that of this process for an index in memory."""
        return (self._path or Path()).absolute()

    @property
    def task(self) -> Task:
        return get(self.contract.task)

    def delete(self, ids: object) -> int:
        """Delete documents by id, one or many, and return how many existed."""
        found = ids_from(ids)
        return self.check_writable().delete(found)

    def documents(self, ids: object) -> list[Document]:
        """Return documents by id, one or many, in this order. Raises InputError for an unknown id."""
        found = ids_from(ids)
        try:
            return self.store.documents(found)
        except KeyError as error:
            raise InputError(f"The index holds no document {error}.") from None

    def get(self, id: object) -> Document:
        """Return one document. Raises InputError if the id is unknown."""
        found = self.documents(id)
        if len(found) != 1:
            raise InputError(f"get takes one id, not {len(found)}. Use documents for several.")
        return found[0]

    def __len__(self) -> int:
        """Number of documents."""
        return self.store.sizes().documents

    def __bool__(self) -> bool:
        """True, also for an empty index."""
        return True

    def __contains__(self, id: object) -> bool:
        """Whether a document with this id is stored."""
        try:
            found = id_of(id.id if isinstance(id, Document) else id)
        except UnusableError:
            return False
        return found in self.store.digests([found])

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents in the order in which they were stored, in bounded memory.

        A document that is changed counts as stored anew. Documents deleted meanwhile are left out.
        """
        ids = (account.document for account in self.store.accounts())
        while page := list(islice(ids, PAGE)):
            yield from self._present(page)

    def _present(self, ids: Sequence[str]) -> list[Document]:
        with self.store.snapshot() as store:
            known = store.digests(ids)
            try:
                return store.documents([id for id in ids if id in known])
            except KeyError as error:
                raise StoreError(f"The index is damaged: {error} is missing. `askew check` says more.") from error

    def __repr__(self) -> str:
        if self._closed:
            return one_line(f"<Index {self.name}, closed>")
        return one_line("<Index " + ", ".join(f"{name} {value}".strip() for name, value in self._facts().items()) + ">")

    def _repr_html_(self) -> str:
        if self._closed:
            from askew.charts.html import escaped

            return f"<p>Index {escaped(self.name)}, closed</p>"
        from askew.export.frames import html_table

        return html_table([{name or "index": value for name, value in self._facts().items()}])

    def _facts(self) -> dict[str, str | int]:
        sealed, sizes = self.contract.encoder, self.sizes()
        model = sealed.model if self.contract.has_model else f"none ({sealed.dim} dimensions, {sealed.similarity})"
        return {
            "": self.name,
            "task": self.contract.task,
            "model": model,
            "documents": sizes.documents,
            "passages": sizes.passages,
        }

    def sizes(self) -> Sizes:
        """Return the numbers of documents, passages and tokens, and the bytes on disk."""
        return self.store.sizes()

    def fields(self) -> list[MetadataField]:
        """Return the metadata fields that filters can name, with their types and ranges."""
        return self.store.fields()

    def losers(self, limit: int) -> list[Account]:
        """Return up to `limit` documents that the model truncated, those that lost most first."""
        return self.store.losers(validation.whole(limit, "limit"))

    def accounts(self) -> Iterable[Account]:
        """Yield the token count of every document: all its tokens, and those that the model saw."""
        return self.store.accounts()

    def facts(self) -> Mapping[str, Any]:
        """Return the search method, its measured recall and when it was built."""
        return self.store.facts()

    def check(self, *, quick: bool = False) -> list[str]:
        """Return every integrity problem as a sentence; an empty list means that the index is intact.

        quick: without the checksums of texts and files, and with a sample of the vectors.
        """
        return self.store.check(quick=validation.flag(quick, "quick"))

    def foreign_files(self) -> list[str]:
        """Return the names of files in the index folder that are not part of it. They are left alone."""
        return self.store.foreign_files()

    def optimise(self, progress: bool | Report | None = None, recall: float | None = None) -> None:
        """Reclaim the space of deleted documents, and build an approximate index once exact search takes too long.

        recall: share of the ten nearest passages that the approximate index must find, 0.5 or more and below 1. It is
        measured when the index is built; see `facts`. None keeps the current target (initially 0.99).
        """
        report = reporter(progress)
        if recall is not None:
            validation.check_recall(recall)
        self.check_writable().optimise(report, recall)

    def discard(self) -> None:
        """Close the index and delete it from disk. Needs `writable`."""
        self.check_writable().discard()
        self._closed = True

    def close(self) -> None:
        """Close the index; safe to repeat."""
        if not self._closed:
            self._closed = True
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def check_writable(self) -> Store:
        """Return the store if it may be changed. Raises StoreError otherwise, before any work starts."""
        if not self.store.writable:
            raise StoreError(f"The index {self.name} is open read-only. Open it with writable=True.")
        return self.store
