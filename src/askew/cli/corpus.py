"""Options for the texts that a command compares, and notes on how they were read."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from askew.cli.files import show_skipped
from askew.cli.output import counted, note, progress
from askew.contract import Contract
from askew.corpora import CorpusParams, open_corpus
from askew.matching.corpus import Corpus, Origin
from askew.tasks import Kind, get

Source = typer.Argument(help="A file with one text per row (CSV, TSV, JSONL, TXT), - for stdin, or an index.")
Model = typer.Option(None, "--model", help="For a file: model to use instead of the task's default.")


@contextmanager
def corpus(source: str, params: CorpusParams, quiet: bool) -> Iterator[Corpus]:
    """Open an index or the texts of a file, with a progress bar and notes. quiet: no progress bar."""
    with progress(quiet=quiet) as report, open_corpus(source, params, report) as opened:
        tell_origin(opened.contract, opened.origin, len(opened.ids))
        yield opened


def tell_origin(contract: Contract, origin: Origin, documents: int) -> None:
    """Print notes on skipped rows, truncated texts, and how an asymmetric task is compared."""
    show_skipped(origin.files, origin.skipped)
    if origin.truncated:
        note(
            f"{origin.truncated:,} of {counted(documents, 'text')} exceed the model's {contract.encoder.max_tokens} "
            "tokens; only their beginnings are compared by meaning."
        )


def tell_task(contract: Contract) -> None:
    """Print a note if the task is not symmetric."""
    kind = get(contract.task).kind
    if kind is not Kind.SYMMETRIC:
        note(f"The task {contract.task} is {kind}: documents are compared with each other, as documents.")
