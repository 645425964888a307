"""`askew search` and `askew similar`: one text in, the best documents out."""

import json as jsonlib
from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import Any

import typer

from askew.cli.output import AsJson, as_json, note, say, shortened
from askew.errors import InputError
from askew.index import Index
from askew.types import Hit

Name = typer.Argument(help="The index, a folder NAME.askew.")
Where = typer.Option(None, "--where", help='A filter on metadata as JSON, e.g. \'{"year": {"$gte": 2020}}\'.')
K = typer.Option(5, "-k", "--k", help="How many documents.")


def search(
    name: str = Name,
    query: str = typer.Argument(help="What you are looking for."),
    k: int = K,
    mode: str = typer.Option("dense", "--mode", help="dense (by meaning), lexical (BM25) or hybrid (both)."),
    weights: str = typer.Option("1,1", "--weights", help="Weight of dense and of lexical in hybrid."),
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Find the documents that answer a query."""
    with Index.open(name) as index:
        found = index.search(query, k, mode=mode, where=parsed_where(where), weights=_weights(weights))
        _show(found, json, {"query": query, "mode": mode, "task": index.contract.task})


def similar(
    name: str = Name,
    text: str = typer.Argument(help="The text to compare the documents with."),
    k: int = K,
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Find the documents most like a text, both sides encoded as documents."""
    with Index.open(name) as index:
        if index.task.kind == "asymmetric" and not json:
            note(f"The task of this index ({index.task.name}) is asymmetric: the text is encoded as a document.")
        found = index.similar(text, k, where=parsed_where(where))
        _show(found, json, {"text": text, "task": index.contract.task, "role": "document"})


def parsed_where(text: str | None) -> Mapping[str, Any] | None:
    if text is None:
        return None
    try:
        value = jsonlib.loads(text)
    except ValueError as fault:
        raise InputError(f'--where is no JSON: {fault}. Write it like \'{{"lang": "en"}}\'.') from fault
    if not isinstance(value, dict):
        raise InputError('--where must be a JSON object, like \'{"lang": "en"}\'.')
    return value


def _weights(text: str) -> tuple[float, float]:
    try:
        dense, lexical = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--weights takes two numbers with a comma between, like 2,1, not {text!r}.") from None
    return dense, lexical


def _show(found: Sequence[Hit], json: bool, about: Mapping[str, object]) -> None:
    if json:
        as_json({**about, "hits": [_hit(hit) for hit in found]})
    else:
        show_hits(found)
    if not found:
        if not json:
            note("Nothing found.")
        raise typer.Exit(1)


def show_hits(found: Sequence[Hit], width: int = 300) -> None:
    for hit in found:
        title = f"  {hit.document.title}" if hit.document.title else ""
        heading = f" · {hit.passage.heading}" if hit.passage.heading not in ("", hit.document.title) else ""
        say(f"{hit.rank:>2}  {hit.score:.3f}  {hit.document.id}{title}{heading}")
        say(f"    {shortened(_body(hit.passage.text), width)}")


def _body(text: str) -> str:
    """Without the headings it begins with: the line above shows their path."""
    lines = text.splitlines()
    below = list(dropwhile(lambda line: line.startswith("#") or not line.strip(), lines))
    return "\n".join(below) or text


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "rank": hit.rank,
        "score": hit.score,
        "id": hit.document.id,
        "title": hit.document.title,
        "metadata": hit.document.metadata,
        "passage": {
            "number": hit.passage.number,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "heading": hit.passage.heading,
            "text": hit.passage.text,
        },
    }
