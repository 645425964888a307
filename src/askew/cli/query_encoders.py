"""`askew models pair`, `fit-queries` and `distil-queries`: a small encoder for queries, a large one for documents."""

from collections.abc import Sequence
from pathlib import Path

import typer

from askew.cli.files import show_skipped
from askew.cli.models import Documents, app
from askew.cli.output import AsJson, as_json, note, progress, say
from askew.documents.read import read
from askew.encoders.least_squares import fit_queries as fitted
from askew.encoders.pairing import make_pair
from askew.errors import InputError
from askew.faq.messages import read_log
from askew.text.normalise import normalise
from askew.training.distillation import STUDENT
from askew.training.distillation import distil_queries as distilled
from askew.training.query_texts import LIMIT, query_texts
from askew.types import Role

Folder = typer.Argument(help="A new folder for the query encoder.")
Texts = typer.Option([], "--texts", help="Queries, or texts like them: one per line, CSV, TSV or JSONL.")
Corpus = typer.Option([], "--corpus", help="Documents, of which titles, sentences and phrases are taken as texts.")
Most = typer.Option(LIMIT, "--limit", min=1, help="Maximum number of texts taken from --corpus.")
Precision = typer.Option("fp32", "--precision", help="Of the document encoder: fp32, or int8, which is faster.")
Without = typer.Option([], "--without", help="Queries to leave out, such as those of an evaluation; like --texts.")


@app.command("pair")
def pair(
    name: str = typer.Argument(help="Name of the pair, which is used like any model."),
    documents: str = Documents,
    queries: str = typer.Option(..., "--queries", help="The model that encodes queries: a name, a folder or an id."),
    json: bool = AsJson,
) -> None:
    """Pair a document encoder with a query encoder. It is refused if their vectors do not share a space."""
    made = make_pair(name, documents, queries)
    if json:
        figures = {"agreement": vars(made.agreement), "query_ms": made.query_ms, "document_ms": made.document_ms}
        as_json({"model": made.card.name, **figures})
        return
    of_documents, of_queries = (made.card.sides[role].name for role in (Role.DOCUMENT, Role.QUERY))
    say(f"{name} is registered: documents by {of_documents}, queries by {of_queries}.")
    say(f"One space: {made.agreement}.")
    say(
        f"A query takes {made.query_ms:.2f} ms on this machine; the document encoder would take {made.document_ms:.2f} "
        "ms for it."
    )
    say(f"Use it with: askew index NAME PATH… --task TASK --model {name}")
    say(f"An index of {of_documents} takes it without encoding its documents again: askew migrate NAME --to {name}")


@app.command("fit-queries")
def fit_queries(
    folder: Path = Folder,
    documents: str = Documents,
    texts: list[str] = Texts,
    corpus: list[str] = Corpus,
    limit: int = Most,
    without: list[str] = Without,
    precision: str = Precision,
    json: bool = AsJson,
) -> None:
    """Fit a static query encoder to a document encoder. By least squares; it runs no neural network."""
    given = _gathered(texts, corpus, limit, without)
    with progress(quiet=json) as report:
        made = fitted(folder, documents, given, report, precision)
    if json:
        as_json({**vars(made), "folder": str(made.folder)})
        return
    say(
        f"{folder} is fitted to {made.texts:,} texts. Mean cosine with {documents} on texts held out: "
        f"{made.held_out:.3f} ({made.initial:.3f} before the fit)."
    )
    say(f"Use it with: askew models pair NAME --documents {documents} --queries {folder}")


@app.command("distil-queries")
def distil_queries(
    folder: Path = Folder,
    documents: str = Documents,
    student: str = typer.Option(STUDENT, "--student", help="The small transformer from which the training begins."),
    texts: list[str] = Texts,
    corpus: list[str] = Corpus,
    limit: int = Most,
    without: list[str] = Without,
    name: str = typer.Option("", "--name", help="Name of the model; by default that of the folder."),
    precision: str = Precision,
    epochs: int = typer.Option(None, "--epochs", help="Passes over the texts."),
    steps: int = typer.Option(None, "--steps", help="At most so many batches."),
    batch: int = typer.Option(None, "--batch", help="Texts of a batch."),
    learning_rate: float = typer.Option(None, "--learning-rate", help="Its highest."),
    max_tokens: int = typer.Option(None, "--max-tokens", help="Cut texts to so many tokens while training."),
    mixed_precision: bool = typer.Option(
        False, "--mixed-precision", help="Multiply matrices in bfloat16: fast on GPUs and processors with AMX."
    ),
    seed: int = typer.Option(0, "--seed", help="Of the texts from --corpus, the order and dropout."),
    layers: int = typer.Option(None, "--layers", min=1, help="Keep only the first so many layers of the student."),
    json: bool = AsJson,
) -> None:
    """Train a small query encoder for fixed documents. It learns from texts alone (LEAF).

    Interrupted, it continues when the command is repeated.
    """
    given = _gathered(texts, corpus, limit, without, seed)
    with progress(quiet=json) as report:
        made = distilled(
            documents, student, given, folder, name=name, precision=precision, epochs=epochs, steps=steps, batch=batch,
            learning_rate=learning_rate, max_tokens=max_tokens, mixed_precision=mixed_precision, seed=seed,
            layers=layers, progress=report,
        )  # fmt: skip
    fit = made.fitted
    if json:
        told = {**vars(made), "folder": str(made.folder), "agreement": vars(made.agreement)}
        as_json(told | {"fitted": {**vars(fit), "checkpoint": fit.checkpoint.name}})
        return
    say(f"{made.name} is registered. It learnt from {made.texts:,} texts in {fit.steps:,} of {fit.total:,} steps.")
    say(
        f"Mean cosine with {made.documents} on texts held out: {fit.best:.3f} ({fit.base:.3f} before, by a linear map "
        f"from {made.student})."
    )
    say(f"One space: {made.agreement}.")
    say(f"Use it with: askew models pair NAME --documents {documents} --queries {made.name}")


def _gathered(texts: list[str], corpus: list[str], limit: int, without: list[str], seed: int = 0) -> list[str]:
    """Return the texts of files, and those taken from documents. Rows without a text are noted."""
    if not texts and not corpus:
        raise InputError("Give --texts with queries or texts like them, or --corpus with documents to take them from.")
    found, left_out = _messages(texts), _messages(without)
    made: Sequence[str] = ()
    if corpus:
        reading = read(corpus)
        show_skipped(reading.files, reading.skipped)
        made = query_texts(reading.documents, limit, seed, left_out)
    gone = set(map(normalise, left_out))
    return [*(text for text in found if normalise(text) not in gone), *made]


def _messages(files: list[str]) -> list[str]:
    logs = [read_log(path) for path in files]
    if skipped := sum(len(log.skipped) for log in logs):
        note(f"Rows without a text, skipped: {skipped:,}")
    return [text for log in logs for text in log.messages]
