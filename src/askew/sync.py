"""Folder sync: an index follows files; what changed is read again, what vanished is removed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from askew.documents.contents import Limits
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.files import LIMITS, Fate, File, Outcome, Skipped, files
from askew.documents.ledger import Policy
from askew.documents.readers import nothing
from askew.documents.sources import STDIN, Source, absolute, find
from askew.errors import AskewError, InputError
from askew.index import Index
from askew.ingest import BATCH, Added
from askew.models import own
from askew.paths import folder
from askew.progress import Report, reporter, silent
from askew.types import Document

READER = 1
"""Raised when a change of ours makes other documents of the same file: then every file is read anew."""


@dataclass(frozen=True)
class SyncResult:
    """added: of the documents. removed: how many were taken out, as their file or row is gone. skipped: rows."""

    added: Added
    removed: int
    files: tuple[File, ...]
    skipped: tuple[Skipped, ...]


def sync(
    index: Index,
    paths: Sequence[str | Path],
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    keep: bool = False,
    report: Report = silent,
    limits: Limits = LIMITS,
) -> SyncResult:
    """Brings the index up to date with files and folders. A file as large and as old as at the last time is not opened.

    Documents are stored batch by batch; after an interruption what is stored is not encoded again. keep: what vanished
    stays in the index. InputError where an id is that of another file, which is still there.
    """
    sources = find(paths, format or "")
    way = hashlib.sha256(json.dumps([READER, vars(fields), format, skip_bad, keep]).encode()).hexdigest()[:16]
    known = index.store.sources()

    def unchanged(source: Source) -> bool:
        return bool(source.absolute) and known.get(source.absolute) == _stamp(source, way)

    still = {source.absolute for source in sources if unchanged(source)}
    before = stored_from(index, paths)
    work = _Work(index, before, _by_file(before), report)
    taken = {id: path for id, path in before.items() if path in still}
    for outcome in files(
        sources, fields, skip_bad=skip_bad, unchanged=unchanged, taken=taken, report=report, limits=limits
    ):
        work.take(outcome, _stamp(outcome.source, way))
    work.store()
    removed = 0 if keep else index.delete(_vanished(work.before, work.outcomes, _barred(sources)))
    if not keep:
        index.store.forget(_gone(known, paths, sources))
    index.store.remember(work.stamps)  # the stamp of a file goes with each of its documents that was removed
    skipped = tuple(row for outcome in work.outcomes for row in outcome.skipped)
    return SyncResult(work.added, removed, tuple(outcome.file for outcome in work.outcomes), skipped)


@dataclass
class _Work:
    """before: the ids that were stored from these places, with their file. of: the same by file."""

    index: Index
    before: dict[str, str]
    of: dict[str, list[str]]
    report: Report
    added: Added = field(default_factory=lambda: Added(0, 0, 0, 0))
    outcomes: list[Outcome] = field(default_factory=list)
    waiting: list[Document] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)

    def take(self, outcome: Outcome, stamp: str) -> None:
        path = outcome.source.absolute
        documents = [replace(document, source=path) for document in outcome.documents]
        self._refuse_foreign([document.id for document in documents], outcome.source)
        self.waiting += documents
        file = outcome.file
        if file.fate == Fate.READ and path:
            self.stamps[path] = stamp
        if file.fate == Fate.UNCHANGED:
            file = replace(file, ids=tuple(self.of.get(path, ())))
            self.added = replace(self.added, unchanged=self.added.unchanged + len(file.ids))
        self.outcomes.append(replace(outcome, documents=(), file=file))
        # Where a text too long is refused, nothing is stored until all were looked at.
        if len(self.waiting) >= BATCH and self.index.contract.policy != Policy.ERROR:
            self.store()

    def store(self) -> None:
        """All that waits, and then the stamps of its files: a file is known only once all of it is stored."""
        told = self.index.add(self.waiting, self.report)
        pairs = zip(vars(self.added).values(), vars(told).values(), strict=True)
        self.added = Added(*(before + now for before, now in pairs))
        self.index.store.assign({document.id: document.source for document in self.waiting})
        paths = {document.source for document in self.waiting} & self.stamps.keys()
        self.index.store.remember({path: self.stamps[path] for path in paths})
        self.waiting = []

    def _refuse_foreign(self, ids: Sequence[str], source: Source) -> None:
        """A name within a folder that is also the name of another file, which is still there, would push out its
        document. An id that a row brings with it is the user's own, and the last file that has it is right.
        """
        path = source.absolute
        named = [id for id in ids if id == source.id or id.startswith(f"{source.id}:")] if path else []
        for id in self.index.store.digests([id for id in named if id not in self.before]):
            other = self.index.store.documents([id])[0].source
            if other not in ("", path) and Path(other).exists():
                raise InputError(
                    f"The id {id!r} is that of {other} in this index already, and {path} has it too. Ids of files "
                    "count from the folder that is named: name a folder above both, or make another index."
                )


def _stamp(source: Source, way: str) -> str:
    return f"{source.size}:{source.mtime_ns}:{way}"


def stored_from(index: Index, paths: Sequence[str | Path]) -> dict[str, str]:
    """The documents that were read from these files and folders: id to file."""
    ids: dict[str, str] = {}
    for path in paths:
        if str(path) != STDIN:
            ids |= index.store.ids_within(str(absolute(path)))
    return ids


def _by_file(before: dict[str, str]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for id, path in before.items():
        ids.setdefault(path, []).append(id)
    return ids


def _barred(sources: Iterable[Source]) -> list[Path]:
    """Files and folders that are there and cannot be looked into: nothing of them has vanished."""
    return [absolute(source.path) for source in sources if source.barrier]


def _vanished(before: dict[str, str], outcomes: Iterable[Outcome], barred: Sequence[Path]) -> list[str]:
    """Ids whose file is gone, or whose file was read and has them no more."""
    read = {outcome.source.absolute for outcome in outcomes if outcome.file.fate == Fate.READ}
    there = {outcome.source.absolute for outcome in outcomes} - read
    present = {id for outcome in outcomes for id in outcome.file.ids}
    return [
        id
        for id, path in before.items()
        if id not in present and path not in there and not any(Path(path).is_relative_to(place) for place in barred)
    ]


def _gone(known: Iterable[str], paths: Sequence[str | Path], sources: Iterable[Source]) -> list[str]:
    """Files of these places that are no more: without this their stamps would stay for ever."""
    met = {source.absolute for source in sources}
    roots = [absolute(path) for path in paths]
    return [path for path in known if path not in met and any(Path(path).is_relative_to(root) for root in roots)]


@dataclass(frozen=True)
class IndexSettings:
    """Contract settings for `index_files`; None takes the default for a new index, and matches any existing one."""

    task: str | None = None
    model: str | None = None
    precision: str | None = None
    policy: str | None = None
    chunk_tokens: int | None = None
    overlap: int | None = None
    prompts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Indexed:
    """Result of `index_files`. model_limit: how many tokens of a text the model sees; 0 if cut texts are accepted."""

    sync: SyncResult
    documents: int
    passages: int
    model_limit: int


def index_files(
    name: str | Path,
    paths: Sequence[str | Path],
    settings: IndexSettings,
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    keep: bool = False,
    recall: float | None = None,
    progress: bool | Report | None = None,
) -> Indexed:
    """Create an index from files, or bring it up to date with them. A new index that stays empty is removed again.

    fields, format, skip_bad, keep: see `sync`. recall: see `Index.optimise`.
    """
    report, is_new = reporter(progress), not folder(name).exists()
    with _open_or_create(name, settings) as opened:
        try:
            result = sync(opened, paths, fields, format=format, skip_bad=skip_bad, keep=keep, report=report)
            if is_new and not opened.sizes().documents:
                raise nothing(result.files, result.skipped)
        except AskewError:
            if is_new and not opened.sizes().documents:
                opened.discard()
            raise
        opened.optimise(report, recall)
        sizes, contract = opened.sizes(), opened.contract
        limit = 0 if contract.policy == Policy.ACCEPT else contract.encoder.max_tokens
        return Indexed(result, sizes.documents, sizes.passages, limit)


def _open_or_create(name: str | Path, settings: IndexSettings) -> Index:
    if folder(name).exists():
        opened = Index.open(name, writable=True)
        given = {**vars(settings), "model": settings.model and own.resolve(settings.model).name}
        opened.contract.check_settings({key: value for key, value in given.items() if value is not None})
        return opened
    if settings.task is None:
        raise InputError(f"The index {folder(name)} does not exist. To create it, set a task (see `askew tasks`).")
    return Index.create(
        name,
        settings.task,
        model=settings.model,
        precision=settings.precision or "fp32",
        policy=settings.policy,
        chunk_tokens=settings.chunk_tokens,
        overlap=settings.overlap,
        prompts=settings.prompts,
    )
