"""Folder sync: an index follows files; what changed is read again, what vanished is removed."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote

from askew import validation
from askew.documents.columns import DEFAULTS, Fields
from askew.documents.contents import Limits
from askew.documents.read import LIMITS, Fate, File, How, Outcome, Skipped, check_reading, files, nothing
from askew.documents.sources import STDIN, TABLES, Source, absolute, check_present, find, places
from askew.documents.stamps import Stamps
from askew.documents.truncation import Policy
from askew.errors import InputError, public
from askew.index import Index
from askew.ingest import BATCH, Added, batch_for
from askew.jobs.cluster import check_on, connected
from askew.jobs.encoding import spread_over
from askew.paths import folder
from askew.progress import Progress, Report, reporter, silent
from askew.settings import IndexSettings
from askew.stores import opening
from askew.types import Document

READER = 2
"""Incremented when a change in our readers yields other documents from the same file; every file is then read again."""


@dataclass(frozen=True)
class SyncResult:
    """Outcome of a sync. removed: number of documents whose file or row is gone. skipped: unusable rows."""

    added: Added
    removed: int
    files: tuple[File, ...]
    skipped: tuple[Skipped, ...]


@public
def sync(
    index: Index,
    paths: str | Path | Sequence[str | Path],
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    strict: bool = False,
    encoding: str | None = None,
    keep: bool = False,
    verify: bool = False,
    on: str | None = None,
    progress: bool | Report | None = None,
    limits: Limits = LIMITS,
) -> SyncResult:
    """Bring the index up to date with files and folders. A file whose size and times did not change is not opened.

    Documents are stored batch by batch; after an interruption, what is stored is not encoded again.
    paths: one or many; - reads stdin. fields: names of columns; see `askew.documents.columns.Fields`.
    format: of all files; None goes by their extensions. skip_bad, strict, encoding: see `read`;
    unless skip_bad, nothing is removed of a file with unusable rows, as one of them may be a row that is stored.
    keep: documents whose file or row is gone stay in the index. verify: compare the content of every file.
    on: encode on a Ray cluster: `ray://HOST:PORT`, or `ray` for one of this machine; see `docs/cluster.md`.

    Raises InputError if a document has the id of another file that still exists.
    """
    report = reporter(progress)
    validation.instance(index, Index, "index", "an open Index, such as Index.open(name, writable=True)")
    check_reading(fields, limits, skip_bad=skip_bad, strict=strict, encoding=encoding)
    validation.flag(keep, "keep")
    validation.flag(verify, "verify")
    index.check_writable()
    given, now = places(paths), time.time_ns()
    sources = find(given, format)
    named = {name: value for name, value in vars(fields).items() if name != "readers" or value is not None}
    way = hashlib.sha256(json.dumps([READER, named, format, encoding, strict, keep]).encode()).hexdigest()[:16]
    known = index.store.sources()
    stamps = Stamps(known, way, now, verify, limits)
    before = stored_from(index, given)
    still = _unchanged(sources, stamps, report if verify else silent) - stamps.changed(_in_the_way(sources, before))
    work = _Work(index, before, _by_file(before), report)
    taken = {id: path for id, path in before.items() if path in still}
    how = How(fields, strict, encoding=encoding, limits=limits)
    with connected(on) as cluster, spread_over(cluster, index.sealed, index.place):
        work.batch = BATCH if cluster is None else batch_for(index.encoder("adding"))
        for outcome in files(sources, how, unchanged=stamps.begin, taken=taken, report=report):
            work.take(outcome, stamps.stamp(outcome.source))
        work.store()
    doubtful = [] if skip_bad else [Path(one.source.absolute) for one in work.outcomes if one.skipped]
    gone = _vanished(work.before, work.outcomes, [*_barred(sources), *doubtful], given)
    removed = 0 if keep else index.delete(gone)
    if not keep:
        index.store.forget(_gone(known, given, sources))
    index.store.remember({**work.stamps, **work.renewed(known)})  # deleting a document dropped its file's stamp
    skipped = tuple(row for outcome in work.outcomes for row in outcome.skipped)
    return SyncResult(work.added, removed, tuple(outcome.file for outcome in work.outcomes), skipped)


@dataclass
class _Work:
    """State of a sync. before: ids stored from these paths, with their files. of: the same, by file.

    stamps: of the files that were read. met: of those that are unchanged. batch: documents stored together.
    """

    index: Index
    before: dict[str, str]
    of: dict[str, list[str]]
    report: Report
    added: Added = field(default_factory=lambda: Added(0, 0, 0, 0))
    outcomes: list[Outcome] = field(default_factory=list)
    waiting: list[Document] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)
    met: dict[str, str] = field(default_factory=dict)
    batch: int = BATCH

    def take(self, outcome: Outcome, stamp: str) -> None:
        path = outcome.source.absolute
        documents = [replace(document, source=path) for document in outcome.documents]
        self._refuse_foreign([document.id for document in documents], outcome.source)
        self.waiting += documents
        file = outcome.file
        if file.fate == Fate.READ and path:
            self.stamps[path] = stamp
        if file.fate == Fate.UNCHANGED:
            self.met[path] = stamp
            file = replace(file, ids=tuple(self.of.get(path, ())))
            self.added = replace(self.added, unchanged=self.added.unchanged + len(file.ids))
        self.outcomes.append(replace(outcome, documents=(), file=file))
        # With the policy `error`, nothing is stored before every text was checked.
        if len(self.waiting) >= self.batch and self.index.contract.policy != Policy.ERROR:
            self.store()

    def store(self) -> None:
        """Store the waiting documents, then the stamps of their files: a file is known once all of it is stored."""
        added = self.index.add(self.waiting, progress=self.report)
        pairs = zip(vars(self.added).values(), vars(added).values(), strict=True)
        self.added = Added(*(before + now for before, now in pairs))
        self.index.store.assign({document.id: document.source for document in self.waiting})
        paths = {document.source for document in self.waiting} & self.stamps.keys()
        self.index.store.remember({path: self.stamps[path] for path in paths})
        self.waiting = []

    def renewed(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return new stamps of unchanged files; none for a file that has lost its stamp, as it lost a document."""
        held = self.index.store.sources()
        return {path: stamp for path, stamp in self.met.items() if held.get(path) == known[path] != stamp}

    def _refuse_foreign(self, ids: Sequence[str], source: Source) -> None:
        """Raise InputError if a file has the id of another file that still exists, whose document it would replace.
        Ids given in rows are the user's choice: the last file wins.
        """
        path = source.absolute
        named = [id for id in ids if id == source.id or id.startswith(f"{source.id}:")] if path else []
        for id in self.index.store.digests([id for id in named if id not in self.before]):
            other = self.index.store.documents([id])[0].source
            if other not in ("", path) and Path(other).exists():
                raise InputError(
                    f"{other} and {path} would both have the id {id!r}: ids of files are paths relative to the given "
                    "folder. Give a folder that contains both, or use another index."
                )


def _unchanged(sources: Sequence[Source], stamps: Stamps, report: Report) -> set[str]:
    """Return the paths of the files that are what they were."""
    still = set()
    for number, source in enumerate(sources, 1):
        if stamps.unchanged(source):
            still.add(source.absolute)
        report(Progress("files compared", number, len(sources)))
    return still


def _in_the_way(sources: Sequence[Source], before: Mapping[str, str]) -> set[str]:
    """Return the paths of files whose ids are those of other files by now, as they were read from another folder."""
    own, format = ({source.id: source.absolute for source in sources}, {one.absolute: one.format for one in sources})
    found = set()
    for id, path in before.items():
        file, _, row = id.rpartition(":")
        base = id if format.get(path) not in TABLES else file if row.isdecimal() else ""  # the others, users gave
        if path in format and own.get(base, path) != path:
            found.add(path)
    return found


def stored_from(index: Index, paths: Sequence[str | Path]) -> dict[str, str]:
    """Return the documents read from these files and folders: id to file."""
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
    """Return files and folders that exist but cannot be read; their documents are kept."""
    return [absolute(source.path) for source in sources if source.barrier]


def _vanished(
    before: dict[str, str], outcomes: Iterable[Outcome], barred: Sequence[Path], given: Sequence[str | Path]
) -> list[str]:
    """Return ids whose file is gone, or was read and no longer contains them."""
    roots = [absolute(path) for path in given]
    read = {outcome.source.absolute for outcome in outcomes if outcome.file.fate == Fate.READ}
    there = {outcome.source.absolute for outcome in outcomes} - read
    present = {id for outcome in outcomes for id in outcome.file.ids}
    return [
        id
        for id, path in before.items()
        if id not in present
        and path not in there
        and (path in read or not _is_hidden(path, roots))
        and not any(Path(path).is_relative_to(place) for place in barred)
    ]


def _gone(known: Iterable[str], paths: Sequence[str | Path], sources: Iterable[Source]) -> list[str]:
    """Return known files below these paths that no longer exist, whose stamps are obsolete."""
    met = {source.absolute for source in sources}
    roots = [absolute(path) for path in paths]
    return [
        path
        for path in known
        if path not in met and any(Path(path).is_relative_to(root) for root in roots) and not _is_hidden(path, roots)
    ]


def _is_hidden(path: str, roots: Iterable[Path]) -> bool:
    """Return whether a file is there and is not met in these folders, as its name or a folder's begins with a dot. It
    may have been named before.
    """
    below = [Path(path).relative_to(root).parts for root in roots if Path(path).is_relative_to(root)]
    return any(part.startswith(".") for parts in below for part in parts) and Path(path).is_file()


@dataclass(frozen=True)
class Indexed:
    """Result of `index_files`. model_limit: how many tokens of a text the model sees; 0 if cut texts are accepted.
    doubt: one line on why the model does not suit the documents' languages or the task; "" if it does.
    """

    sync: SyncResult
    documents: int
    passages: int
    model_limit: int
    doubt: str = ""


@public
def index_files(
    name: str | Path,
    paths: Sequence[str | Path],
    task: str | None,
    settings: IndexSettings,
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    strict: bool = False,
    encoding: str | None = None,
    keep: bool = False,
    verify: bool = False,
    recall: float | None = None,
    on: str | None = None,
    progress: bool | Report | None = None,
) -> Indexed:
    """Create an index from files, or bring it up to date with them. A new index that stays empty is removed again.

    task: may be None if the index exists. fields, format, skip_bad, strict, encoding, keep, verify, on: see `sync`.
    recall: see `Index.optimise`.
    """
    check_present(paths)  # said before what a new index needs
    opening.attach(folder(name), settings.store)  # then it is not new
    report, is_new = reporter(progress), not folder(name).exists()
    check_on(on)
    with _open_or_create(name, task, settings) as opened:
        try:
            result = sync(
                opened,
                paths,
                fields,
                format=format,
                skip_bad=skip_bad,
                strict=strict,
                encoding=encoding,
                keep=keep,
                verify=verify,
                on=on,
                progress=report,
            )
            if is_new and not opened.sizes().documents:
                raise nothing(result.files, result.skipped)
        except BaseException:  # also Ctrl-C, and memory that ran out
            if is_new and not opened.sizes().documents:
                opened.discard()
            raise
        opened.optimise(report, recall)
        sizes, contract = opened.sizes(), opened.contract
        limit = 0 if contract.policy == Policy.ACCEPT else contract.encoder.max_tokens
        changed = result.added.new + result.added.changed
        doubt = model_doubt(opened, str(name), is_new and settings.model is not None) if changed else ""
        return Indexed(result, sizes.documents, sizes.passages, limit, doubt)


def model_doubt(index: Index, name: str, chosen: bool, purpose: str = "") -> str:
    """Return one line on why the model does not suit the documents or the task, "" if it does.

    name: of the index. chosen: the model was named for a new index, so that its fitness for the task is new, too.
    purpose: see `askew.models.suitability.doubt`.
    """
    from askew.models.suitability import doubt, sampled

    contract = index.contract
    if not contract.has_model:
        return ""
    ids = sampled([account.document for account in index.accounts()])
    texts = [document.text for document in index.documents(ids)]
    command = f"askew migrate {quote(name)} --to "
    return doubt(texts, contract.encoder.model, contract.task, lambda model: command + model, chosen, purpose)


def _open_or_create(name: str | Path, task: str | None, settings: IndexSettings) -> Index:
    if task is not None:
        return Index.open_or_create(name, task, **vars(settings))
    if not folder(name).exists():
        raise InputError(f"The index {folder(name)} does not exist. To create it, set a task (see `askew tasks`).")
    index = Index.open(name, writable=True)
    try:
        settings.compare(index.contract, index.contract.task)
    except BaseException:
        index.close()
        raise
    return index
