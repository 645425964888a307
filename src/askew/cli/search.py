"""`askew search` and `askew similar`: one text in, the best documents out."""

import json as jsonlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import typer

from askew.cli.hits import as_fields, show_hits, tell_script
from askew.cli.output import AsJson, as_json, counted, note
from askew.errors import InputError
from askew.faq.place import refuse
from askew.index import Index
from askew.search.hits import Hits
from askew.search.ranking import CANDIDATES, MODES, SearchParams
from askew.search.rerank import Reranking
from askew.types import Hit

Name = typer.Argument(help="The index, a folder NAME.askew.")
Where = typer.Option(None, "--where", help='A filter on metadata as JSON, e.g. \'{"year": {"$gte": 2020}}\'.')
K = typer.Option(10, "-k", "--k", help="How many documents.")
Mode = typer.Option("dense", "--mode", help=f"{', '.join(MODES)}: by meaning, by words (BM25), or both.")
Weights = typer.Option(None, "--weights", help="Of dense and of lexical in hybrid, like 2,1; else as learned.")
DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s)")


def search(
    name: str = Name,
    query: str = typer.Argument(help="What you are looking for."),
    k: int = K,
    mode: str = Mode,
    weights: str = Weights,
    where: str = Where,
    offset: int = typer.Option(0, "--offset", help="Hits to leave out: the pages before this one."),
    passages: int = typer.Option(1, "--passages", help="Hits of one document at most."),
    document_score: str = typer.Option("max", "--document-score", help="max, mean2 or mean3 of its best passages."),
    rerank: bool = typer.Option(False, "--rerank", help="Read the best candidates again with a cross-encoder."),
    rerank_model: str = typer.Option(None, "--rerank-model", help="Another cross-encoder than the task's own."),
    budget: str = typer.Option(None, "--budget", help="Time for reranking, like 300ms: as many candidates as fit."),
    candidates: int = typer.Option(CANDIDATES, "--candidates", help="How many to rerank."),
    min_confidence: float = typer.Option(None, "--min-confidence", help="The first hit, if so many are right: 0.95."),
    highlight: int = typer.Option(
        0, "--highlight", min=0, help="Highlight the best sentence in the first N hits (about 20 ms each)."
    ),
    mark: int = typer.Option(0, "--mark", min=0, hidden=True, help="The former name of --highlight."),
    json: bool = AsJson,
) -> None:
    """Find the documents that answer a query, the sentence that matches best marked."""
    refuse(name)
    with Index.open(name) as index:
        if mode != "lexical":
            tell_script(index, query)
        found = index.search(
            query,
            k,
            mode=mode,
            where=parsed_where(where),
            weights=parsed_weights(weights, mode),
            offset=offset,
            passages=passages,
            document_score=document_score,
            rerank=_reranker(index, rerank, rerank_model),
            budget=_seconds(budget),
            candidates=candidates,
            highlight=highlight or mark,
            min_confidence=min_confidence or 0.0,
        )
        told = _told(found.reranking)
        if min_confidence:
            how = SearchParams(mode=mode, where=parsed_where(where), document_score=document_score)
            how = replace(how, weights=parsed_weights(weights, mode) or index.weights)
            told |= _promise(index, how, min_confidence, json)
        _show(found, json, {"query": query, "mode": mode, "task": index.contract.task, **told})


def similar(
    name: str = Name,
    text: str = typer.Argument(help="The text to compare the documents with."),
    k: int = K,
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Find the documents most like a text, both sides encoded as documents."""
    refuse(name)
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


def parsed_weights(text: str | None, mode: str = "hybrid") -> tuple[float, float] | None:
    if text is None:
        return None
    if mode != "hybrid":
        raise InputError(f"--weights are for --mode hybrid, not for {mode}.")
    try:
        dense, lexical = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--weights takes two numbers with a comma between, like 2,1, not {text!r}.") from None
    return dense, lexical


def _reranker(index: Index, rerank: bool, model: str | None) -> str | None:
    if not rerank and model is None:
        return None
    chosen = model or index.task.reranker
    if not chosen:
        raise InputError(f"No reranking model is known for the task {index.task.name}: name one with --rerank-model.")
    return chosen


def _seconds(text: str | None) -> float:
    if text is None:
        return math.inf
    found = DURATION.fullmatch(text.strip())
    if not found:
        raise InputError(f"--budget is a time like 300ms or 2s, not {text!r}.")
    return float(found["number"]) / (1000 if found["unit"] == "ms" else 1)


def _told(reranking: Reranking) -> dict[str, object]:
    return {"reranking": vars(reranking)} if reranking.model else {}


def _promise(index: Index, how: SearchParams, promise: float, quiet: bool) -> dict[str, object]:
    from askew.cli.guarantee import assurance  # a search without a promise needs none of it
    from askew.search.abstention import calibrated

    return {"promise": assurance(calibrated(index.store, how), promise, index.sizes().documents, quiet)}


def _show(found: Sequence[Hit], json: bool, about: Mapping[str, object]) -> None:
    if json:
        as_json({**about, "hits": [as_fields(hit) for hit in found]})
    else:
        show_hits(found)
        if isinstance(found, Hits) and found.reranking.model:
            _tell(found.reranking)
    if not found:
        if not json:
            note("Nothing is sure enough." if "promise" in about else "Nothing found.")
        raise typer.Exit(1)


def _tell(told: Reranking) -> None:
    note(
        f"Reranked {told.scored} of {counted(told.candidates, 'candidate')} with {told.model} "
        f"in {told.seconds * 1000:,.0f} ms."
    )
