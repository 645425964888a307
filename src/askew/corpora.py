"""Opening of corpora to compare: lists, data frames, files and indexes."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from askew import validation
from askew.contract import Contract
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.readers import read
from askew.documents.sources import FORMATS
from askew.errors import InputError, UnknownNameError
from askew.index import Index, folder
from askew.matching.corpus import Corpus, ListCorpus, of_index
from askew.mining.texts import encoded, home
from askew.progress import Report, silent
from askew.records import documents_from
from askew.stores.where import parse
from askew.tasks import get
from askew.types import Document, Role, Where

STDIN = "-"


@dataclass(frozen=True)
class CorpusParams:
    """How texts are read and encoded; an index has its own contract.

    task, model: for texts and files. where: a filter, for an index only. role: "document" compares documents by the
    encoder of documents where each role has its own; else "". fields: of records and rows. format, skip_bad: for files.
    """

    task: str
    model: str | None = None
    where: Where | None = None
    role: str = ""
    fields: Fields = DEFAULTS
    format: str | None = None
    skip_bad: bool = False

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


@contextmanager
def open_corpus(data: object, params: CorpusParams, report: Report = silent) -> Iterator[Corpus]:
    """Open a corpus: an Index, the name of one, the path of a file ("-" for stdin), or texts.

    Everything else is read by `askew.records.documents_from`, with positions as ids. Vectors of a file are kept in the
    cache. Raises InputError if there is neither a file nor an index of a name.
    """
    role = Role(params.role) if params.role else None
    if isinstance(data, Index):
        yield of_index(data, params.where, role)
        return
    if isinstance(data, str | Path) and _exists(folder(data) if str(data) != STDIN else None):
        with Index.open(data) as index:
            yield of_index(index, params.where, role)
        return
    with tempfile.TemporaryDirectory(prefix="askew-") as passing:
        yield _listed(data, params, role, Path(passing), report)


def by_line(source: str | Path) -> str | None:
    """Return the format of a plain text file whose lines are compared with each other; None goes by the extension."""
    return "lines" if str(source) == STDIN or Path(source).suffix.lower() == ".txt" else None


def _listed(data: object, params: CorpusParams, role: Role | None, passing: Path, report: Report) -> ListCorpus:
    if isinstance(data, str | Path) and str(data) != STDIN and not _exists(Path(data)):
        raise InputError(
            f"There is no file {data}, and no index {folder(data)}. (To compare texts in Python, pass a list.)"
        )
    if params.where:
        raise InputError("where (--where) filters an index; files and texts are compared as a whole.")
    contract, encoder = Contract.for_task(params.task, model=params.model)
    contract.check_alike(role)
    if not isinstance(data, str | Path):
        return ListCorpus(encoded(_documents(data, params.fields), contract, encoder, passing, report))
    reading = read([data], params.fields, format=params.format or by_line(data), skip_bad=params.skip_bad)
    place = passing if str(data) == STDIN else home(data, contract)
    return ListCorpus(encoded(reading.documents, contract, encoder, place, report), reading.files, reading.skipped)


def _documents(data: object, fields: Fields) -> list[Document]:
    chosen: Sequence[str] | None = fields.metadata
    return documents_from(data, text=fields.text, title=fields.title, id=fields.id, metadata=chosen, numbered=True)


def _exists(path: Path | None) -> bool:
    try:
        return path is not None and path.exists()
    except OSError:  # a text that is too long for a name
        return False
