"""The compared corpus: documents of an index, or texts of a file, encoded once and cached."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from askew.cli.files import documents
from askew.cli.output import counted, note, progress
from askew.contract import Contract
from askew.documents.fields import Fields
from askew.errors import InputError, UnknownNameError
from askew.faq.place import refuse
from askew.index import Index, folder
from askew.matching.corpus import Corpus, ListCorpus, of_index
from askew.mining.texts import encoded, home
from askew.tasks import Kind, get
from askew.types import Document, Role, Where

STDIN = "-"
Source = typer.Argument(help="A file with one text a row (CSV, TSV, JSONL, TXT), - for stdin, or an index.")
Model = typer.Option(None, "--model", help="For a file: another model than the task's own.")


@dataclass(frozen=True)
class ComparedTexts:
    """How a file is read and encoded; an index has all that in its contract. role: asked for, or ""."""

    fields: Fields
    format: str | None
    skip_bad: bool
    task: str
    model: str | None
    where: Where | None = None
    role: str = ""


@contextmanager
def corpus(source: str, given: ComparedTexts, quiet: bool) -> Iterator[Corpus]:
    """The index of this name, or else the texts of the file. quiet: draw no progress."""
    role = _role(given.role)
    if folder(source).exists():
        refuse(source)
        with Index.open(source) as index:
            yield of_index(index, given.where, role)
        return
    if source != STDIN and not Path(source).exists():
        raise InputError(f"There is no file {source}, and no index {folder(source)}.")
    if given.where:
        raise InputError("--where is for an index: a file is compared as a whole.")
    read = documents([source], given.fields, given.format or by_line(source), given.skip_bad)
    with _listed(source, read, given, role, quiet) as made:
        yield made


@contextmanager
def _listed(
    source: str, read: list[Document], given: ComparedTexts, role: Role | None, quiet: bool
) -> Iterator[ListCorpus]:
    contract, encoder = Contract.for_task(given.task, model=given.model)
    contract.check_alike(role)
    with tempfile.TemporaryDirectory(prefix="askew-") as passing, progress(quiet=quiet) as report:
        place = Path(passing) if source == STDIN else home(source, contract)
        made = encoded(read, contract, encoder, place, report)
        if made.truncated:
            note(
                f"{made.truncated:,} of {counted(len(read), 'text')} are longer than the {contract.encoder.max_tokens} "
                "tokens that the model reads, and only their beginnings are compared by meaning."
            )
        yield ListCorpus(made)


def tell_kind(contract: Contract) -> None:
    kind = get(contract.task).kind
    if kind is not Kind.SYMMETRIC:
        note(f"The task {contract.task} is {kind}: documents are compared with each other, as documents.")


def _role(name: str) -> Role | None:
    if name not in ("", Role.DOCUMENT):
        raise UnknownNameError("role to compare documents in", name, [Role.DOCUMENT])
    return Role(name) if name else None


def by_line(source: str) -> str | None:
    """To be compared with each other, the texts of a plain file are its lines."""
    return "lines" if source == STDIN or Path(source).suffix.lower() == ".txt" else None
