"""Duplicates and clusters of texts, data frames, files and indexes: the twins of two commands."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from askew import validation
from askew.clusters.settings import METHODS, Settings, check
from askew.clusters.themes import Themes, find_themes
from askew.contract import Contract
from askew.dedup.boilerplate import Boilerplate, Compared, without_boilerplate
from askew.dedup.corpus import Corpus, IndexCorpus, ListCorpus, of_index
from askew.dedup.duplicates import MEMORY, DuplicateParams, find_duplicates
from askew.dedup.outputs import Reading, by_line, cleaned, cleaning, row_numbers
from askew.dedup.plan import RULES, KeepRule
from askew.dedup.result import Duplicates
from askew.dedup.review import label_files
from askew.dedup.texts import encoded, home
from askew.documents.columns import DEFAULTS, Fields
from askew.documents.contents import check_encoding
from askew.documents.read import File, Skipped, read
from askew.documents.sources import FORMATS
from askew.encoders import Encoder
from askew.errors import InputError, UnknownNameError, public
from askew.index import Index
from askew.jobs.cluster import RayCluster, connected
from askew.jobs.encoding import spread
from askew.jobs.mining import work_on
from askew.paths import folder
from askew.progress import Report, reporter, silent
from askew.records import documents_from
from askew.stores.where import parse
from askew.tasks import get
from askew.types import Document, Role, Where
from askew.values import is_missing, items

STDIN = "-"


@dataclass(frozen=True)
class CorpusParams:
    """How texts are read and encoded; an index has its own contract.

    task, model: for texts and files. where: a filter, for an index only. role: "document" compares documents by the
    encoder of documents where each role has its own; else "". fields: of records and rows. format, skip_bad, encoding:
    for files; unusable rows and files are left out, and skip_bad says that this is meant. bare: encode texts and
    files without the boilerplate that they share.
    """

    task: str
    model: str | None = None
    where: Where | None = None
    role: str = ""
    fields: Fields = DEFAULTS
    format: str | None = None
    skip_bad: bool = False
    encoding: str | None = None
    bare: bool = False

    def __post_init__(self) -> None:
        get(self.task)
        if self.model is not None:
            validation.string(self.model, "model")
        if self.where is not None:
            parse(self.where)
        if not isinstance(self.role, str) or self.role not in ("", Role.DOCUMENT):
            raise UnknownNameError("role to compare documents in", self.role, [Role.DOCUMENT])
        if self.format is not None:
            validation.one_of(self.format, "format", FORMATS)
        validation.flag(self.skip_bad, "skip_bad")
        if self.encoding is not None:
            check_encoding(self.encoding)


@contextmanager
def open_corpus(data: object, params: CorpusParams, report: Report = silent) -> Iterator[Corpus]:
    """Open a corpus: an Index, the name of one, the path of a file ("-" for stdin), or texts.

    Everything else is read by `askew.records.documents_from`, with positions as ids. Vectors of a file are kept in the
    cache. Raises InputError if there is neither a file nor an index of a name.
    """
    with _opened([data], params, report) as (corpus,):
        yield corpus


@contextmanager
def _opened(
    several: Sequence[object], params: CorpusParams, report: Report, cluster: RayCluster | None = None
) -> Iterator[list[Corpus]]:
    """Open corpora that are compared with each other, as `open_corpus` does: their boilerplate is that of all texts.

    cluster: what encodes texts and files.
    """
    role = Role(params.role) if params.role else None
    with ExitStack() as stack:
        passing = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="askew-")))
        found = [_source(data, params, role, passing / str(n), stack) for n, data in enumerate(several)]
        listed = [one for one in found if isinstance(one, _Listing)]
        if params.bare and len(listed) == len(found):
            compared = without_boilerplate([document.text for one in listed for document in one.documents])
            found = list(_bare(listed, compared))
        yield [one.corpus(report, cluster) if isinstance(one, _Listing) else one for one in found]


@dataclass(frozen=True)
class _Listing:
    """Texts that are not encoded yet. folder: where their vectors are kept. compared: the texts without boilerplate."""

    documents: Sequence[Document]
    contract: Contract
    encoder: Encoder
    folder: Path
    files: tuple[File, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    compared: Sequence[str] | None = None
    boilerplate: Boilerplate = field(default_factory=Boilerplate)

    def corpus(self, report: Report, cluster: RayCluster | None) -> ListCorpus:
        encoder = spread(cluster, self.contract, self.encoder)
        texts = encoded(self.documents, self.contract, encoder, self.folder, report, self.compared)
        return ListCorpus(texts, self.files, self.skipped, self.boilerplate)


def _bare(listed: Sequence[_Listing], compared: Compared) -> Iterator[_Listing]:
    """Yield what was read with its part of the texts to compare."""
    start = 0
    for one in listed:
        texts = compared.texts[start : start + len(one.documents)]
        start += len(texts)
        cut = sum(1 for text, document in zip(texts, one.documents, strict=True) if text is not document.text)
        yield replace(one, compared=texts, boilerplate=replace(compared.boilerplate, texts=cut))


def _source(
    data: object, params: CorpusParams, role: Role | None, passing: Path, stack: ExitStack
) -> "IndexCorpus | _Listing":
    if isinstance(data, Index):
        return of_index(data, params.where, role)
    if isinstance(data, str | Path) and _exists(folder(data) if str(data) != STDIN else None):
        return of_index(stack.enter_context(Index.open(data)), params.where, role)
    return _listed(data, params, role, passing)


def _listed(data: object, params: CorpusParams, role: Role | None, passing: Path) -> _Listing:
    if isinstance(data, str | Path) and str(data) != STDIN and not _exists(Path(data)):
        raise InputError(
            f"There is no file {data}, and no index {folder(data)}. (To compare texts in Python, pass a list.)"
        )
    if params.where:
        raise InputError("where (--where) filters an index; files and texts are compared as a whole.")
    contract, encoder = Contract.for_task(params.task, model=params.model)
    contract.check_alike(role)
    if not isinstance(data, str | Path):
        return _Listing(_documents(data, params.fields), contract, encoder, passing)
    fields, format = replace(params.fields, pair="question"), params.format or by_line(data)
    reading = read([data], fields, format=format, skip_bad=params.skip_bad, rows=True, encoding=params.encoding)
    place = passing if str(data) == STDIN else home(data, contract)
    return _Listing(reading.documents, contract, encoder, place, reading.files, reading.skipped)


def _documents(data: object, fields: Fields) -> list[Document]:
    return documents_from(
        data,
        text=fields.text,
        title=fields.title,
        id=fields.id,
        metadata=fields.metadata,
        numbered=True,
        pair="question",
    )


def _exists(path: Path | None) -> bool:
    try:
        return path is not None and path.exists()
    except OSError:  # a text that is too long for a name
        return False


DUPLICATES_TASK = "duplicate-questions"
CLUSTER_TASK = "article-similarity"


@public
def duplicates(
    data: object,
    *,
    against: object | None = None,
    threshold: float | None = None,
    min_confidence: float = 0.0,
    shingles: float | None = None,
    top_k: int = 0,
    memory: int = MEMORY,
    groups: bool = False,
    chain: bool = False,
    labels: Sequence[str] = (),
    include: Sequence[str] = (),
    labelled: str | Path | Sequence[str | Path] = (),
    compare: Sequence[str] = (),
    boilerplate: bool = True,
    keep: str = RULES[0],
    keep_field: str = "",
    target_size: int | None = None,
    clean: str | Path | None = None,
    removed: str | Path | None = None,
    dry_run: bool = False,
    force: bool = False,
    task: str = DUPLICATES_TASK,
    model: str | None = None,
    cross_encoder: str | None = None,
    role: str = "",
    where: Where | None = None,
    id: str | None = None,
    text: str | Sequence[str] | None = None,
    title: str | None = None,
    metadata: Sequence[str] | None = None,
    format: str | None = None,
    skip_bad: bool = False,
    encoding: str | None = None,
    on: str | None = None,
    progress: bool | Report | None = None,
) -> Duplicates:
    """Find every pair of texts that say the same, what each pair is, and which texts to keep.

        found = duplicates(["How do I return it?", "how do I return it", "Are you open?"])
        found.kept                      # the texts without those that another one repeats
        found.pairs[0].label            # "identical"

    data: texts, dicts, (id, text) tuples, Documents, a data frame; or, as a string or Path, a file with one text per
    row or the name of an index; or an open Index. Texts without an id get their position: "0", "1", ….
    against: a second corpus of any such kind; then only pairs with one text of each are found, and no groups.

    threshold: score at or above which two texts are a pair, on the scale of the model's similarity; the default is the
    task's (0.75; 0.9 for near-duplicate) and applies to cosine only. min_confidence: instead, the threshold at which at
    least this share of pairs is right (such as 0.95), as calibrated. shingles: also report pairs whose Jaccard
    similarity of word or character sequences reaches this, 0 to 1 (0 = none; the default is the task's).
    top_k: keep at most N pairs per text (0 = all). memory: MiB, not counting the texts and their vectors.
    groups: compare only one of each set of identical texts, which is all that groups need and faster with many copies.
    Every two members of a group are a pair; chain: so are they through others. labels: those that count as duplicates;
    the default is identical, near-identical and paraphrase (for near-duplicate also contains).
    compare: columns that must agree, besides the text and the title, for texts to be the same.
    boilerplate: compare texts and files without footers, signatures and other lines that many of the texts share, which
    `found.boilerplate` names; labels and what is removed go by whole texts. Compared as a whole are indexes, what is
    compared with one, and everything at min_confidence, which was calibrated so; False does it to all.

    What is removed (`found.removed`, `clean`) is safe: everything in which it differs from the text that is kept is
    known to be harmless, such as case, punctuation, articles, plurals, the notation of numbers. More may go by choice:
    include: labels: near-identical, paraphrase (and with it near-identical), contains. labelled: files of pairs that a
    person labelled: those called duplicates may go, the others never do. min_confidence: pairs at its threshold.
    keep: the text that is kept: first, longest, newest (by the date in keep_field) or best (the most central, or the
    highest number in keep_field). target_size: stop at this many texts; the safest and most similar go first.
    clean: for a file, write a copy of it without these rows to this path; with against, without what stands in that.
    removed: path of a table of the removed rows, .csv or .parquet, beside which is the log from which `askew restore`
    undoes it; the default is the clean file's with .removed.csv. dry_run: write nothing. force: replace existing files.

    task, model: for texts and files; an index has its own. cross_encoder: a model that may overrule labels.
    role: "document" compares by the document encoder, if each role has its own. where: a filter, for an index.
    id, text, title, metadata: names of columns or keys; several for a text are joined. format, skip_bad, encoding: for
    files, see `askew.read`; of a question and its answer, the question is compared.
    on: encode and compare on a Ray cluster: `ray://HOST:PORT`, or `ray` for one of this machine; see `docs/cluster.md`.
    progress: None draws in a terminal or notebook, False is silent, a function receives the reports.

    Raises InputError for arguments or data that cannot be used, ContractError if the encoders do not match.
    """
    answers = label_files(labelled)
    files = cleaning(data, clean, removed, force=validation.flag(force, "force"), others=[against, *answers])
    params = DuplicateParams(
        threshold,
        min_confidence,
        shingles,
        top_k,
        memory,
        validation.flag(groups, "groups") or (clean is not None and against is None),
        chain,
        labels,
        include,
        answers,
        validation.strings(compare, "compare", "['colour', 'size']"),
        KeepRule(keep, keep_field),
        target_size,
        cross_encoder,
    )
    params.check(two=against is not None)
    chosen = _names(metadata)
    if chosen is not None:
        chosen = tuple(dict.fromkeys([*chosen, *filter(None, [keep_field]), *params.compare]))
    source = CorpusParams(task, model, where, role, Fields(id, text, title, chosen), format, skip_bad, encoding)
    source = replace(source, bare=validation.flag(boilerplate, "boilerplate") and not min_confidence)
    writes = not validation.flag(dry_run, "dry_run")
    report = reporter(progress)
    both = [data] if against is None else [data, against]
    with connected(on) as cluster, _opened(both, source, report, cluster) as opened:
        found = find_duplicates(opened[0], params, None if against is None else opened[1], report, work_on(cluster))
        reading = Reading(source.fields, source.format, source.encoding)
        elsewhere = None if against is None else partial(row_numbers, against, reading)
        found = replace(found, _numbers=partial(row_numbers, data, reading), _other_numbers=elsewhere)
        if files is None or not writes:
            return found
        return cleaned(found, reading, files, None if elsewhere is None else elsewhere())


@public
def cluster(
    data: object,
    *,
    method: str = METHODS[0],
    clusters: int | None = None,
    threshold: float | None = None,
    min_size: int | None = None,
    assign: bool = False,
    labels: str | Sequence[str] | None = None,
    task: str = CLUSTER_TASK,
    model: str | None = None,
    where: Where | None = None,
    id: str | None = None,
    text: str | Sequence[str] | None = None,
    title: str | None = None,
    metadata: Sequence[str] | None = None,
    format: str | None = None,
    skip_bad: bool = False,
    encoding: str | None = None,
    progress: bool | Report | None = None,
) -> Themes:
    """Find the themes of many texts, with names and representative texts.

        found = cluster(texts, clusters=3)
        found.labels                    # (n,) int64, -1 for an outlier
        found.clusters[0].name
        found.silhouette

    data: as for `duplicates`. method: auto (kmeans or agglomerative, whichever is more stable), kmeans, agglomerative,
    communities or hdbscan. clusters: their number, for the first three; None chooses it by silhouette and stability.
    threshold: for communities, the score at or above which texts are neighbours; None takes it from the data.
    min_size: smaller clusters become outliers. assign: outliers join the nearest cluster.
    labels: classes to compare the clusters with (`found.agreement`): a metadata field, or one label per text.
    task, model, where, id, text, title, metadata, format, skip_bad, encoding, progress: as for `duplicates`.

    The same texts in the same order give the same clusters. Raises InputError if there are no texts, or for arguments
    or data that cannot be used; scikit-learn is needed.
    """
    settings = Settings(method, clusters, threshold, min_size, assign)
    check(settings)
    classes = labels if labels is None or isinstance(labels, str) else _classes(labels)
    fields = Fields(id, text, title, _names(metadata))
    source = CorpusParams(task, model, where, Role.DOCUMENT, fields, format, skip_bad, encoding)
    report = reporter(progress)
    with open_corpus(data, source, report) as corpus:
        return find_themes(corpus, settings, classes, report)


def _names(metadata: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if metadata is None else validation.strings(metadata, "metadata", "['year', 'lang']")


def _classes(labels: object) -> list[str]:
    given = items(labels, "labels must be a metadata field or a list with one label per text")
    return ["" if is_missing(label) else str(label) for label in given]
