"""`askew models pair` and `askew models fit-queries`: a small query encoder for a large document encoder."""

from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, note, progress, say
from askew.encoders.least_squares import fit_queries as fitted
from askew.encoders.pairing import make_pair
from askew.faq.messages import read_log
from askew.types import Role

Documents = typer.Option(..., "--documents", help="The model that encodes documents: a name, a folder or an id.")


def pair(
    name: str = typer.Argument(help="Name of the pair, which is used like any model."),
    documents: str = Documents,
    queries: str = typer.Option(..., "--queries", help="The model that encodes queries: a name, a folder or an id."),
    json: bool = AsJson,
) -> None:
    """Make a model that encodes documents by one model and queries by another, in the same vector space.

    It is refused if their vectors do not share a space.
    """
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


def fit_queries(
    folder: Path = typer.Argument(help="A new folder for the query encoder."),
    documents: str = Documents,
    texts: list[str] = typer.Option(..., "--texts", help="Queries, or sentences: one per line, CSV, TSV or JSONL."),
    json: bool = AsJson,
) -> None:
    """Fit a static query encoder, which runs no neural network, to a document encoder by least squares."""
    logs = [read_log(path) for path in texts]
    if skipped := sum(len(log.skipped) for log in logs):
        note(f"Rows without a text, skipped: {skipped:,}")
    with progress(quiet=json) as report:
        made = fitted(folder, documents, [text for log in logs for text in log.messages], report)
    if json:
        as_json({**vars(made), "folder": str(made.folder)})
        return
    say(
        f"{folder} is fitted to {made.texts:,} texts. Mean cosine with {documents} on texts held out: "
        f"{made.held_out:.3f} ({made.initial:.3f} before the fit)."
    )
    say(f"Use it with: askew models pair NAME --documents {documents} --queries {folder}")
