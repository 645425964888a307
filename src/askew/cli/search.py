"""`askew search` and `askew similar`: the best documents for a query, or the most similar ones."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from warnings import catch_warnings, simplefilter

import typer

from askew.cli.hits import note_script, show_hits
from askew.cli.output import AsJson, as_json, counted, note
from askew.errors import InputError, TruncationWarning
from askew.index import Index
from askew.search.hits import Hits, Reranking, hit_fields
from askew.search.ranking import CANDIDATES, MODES, SearchParams, without_sparse
from askew.types import Hit
from askew.values import from_json

Name = typer.Argument(help="The index: a folder NAME.askew.")
Where = typer.Option(None, "--where", help='Metadata filter as JSON, e.g. \'{"year": {"$gte": 2020}}\'.')
K = typer.Option(10, "-k", "--k", help="Number of documents.")
Mode = typer.Option(
    None, "--mode", help=f"{', '.join(MODES)}: meaning, keywords (BM25), both, learned terms; by default the task's."
)
Weights = typer.Option(None, "--weights", help="Weights of dense, lexical (and sparse) in hybrid mode, e.g. 2,1.")
LONGEST_WHERE = 1_000_000  # characters; each condition costs a query
DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s)")


def search(
    name: str = Name,
    query: str = typer.Argument(help="What to search for."),
    k: int = K,
    mode: str = Mode,
    weights: str = Weights,
    where: str = Where,
    offset: int = typer.Option(0, "--offset", help="Number of hits to skip, for paging."),
    passages: int = typer.Option(1, "--passages", help="Maximum number of hits per document."),
    document_score: str = typer.Option("max", "--document-score", help="max, mean2 or mean3 of a document's passages."),
    rerank: bool = typer.Option(False, "--rerank", help="Rerank the best candidates with a cross-encoder."),
    rerank_model: str = typer.Option(None, "--rerank-model", help="Cross-encoder to use instead of the default."),
    budget: str = typer.Option(None, "--budget", help="Time limit for reranking, e.g. 300ms or 2s."),
    candidates: int = typer.Option(CANDIDATES, "--candidates", help="Number of candidates to rerank."),
    collapse: bool = typer.Option(False, "--collapse", help="Show documents that say the same once."),
    diversity: float = typer.Option(
        0.0, "--diversity", help="0 to 1: how much hits should differ from those above them, against relevance."
    ),
    min_confidence: float = typer.Option(
        None,
        "--min-confidence",
        help="Return the top hit only if its expected precision is at least this (e.g. 0.95).",
    ),
    highlight: int = typer.Option(
        0, "--highlight", min=0, help="Highlight the best sentence in the first N hits (about 20 ms each)."
    ),
    mark: int = typer.Option(0, "--mark", min=0, hidden=True, help="The former name of --highlight."),
    json: bool = AsJson,
) -> None:
    """Find the documents that answer a query."""
    with Index.open(name) as index, catch_warnings():
        simplefilter("ignore", TruncationWarning)  # `_show` says it
        mode = mode or index.task.mode
        if mode != "lexical":
            note_script(index, query)
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
            collapse=collapse,
            diversity=diversity,
            highlight=highlight or mark,
            min_confidence=min_confidence or 0.0,
        )
        about: dict[str, object] = {"query": query, "mode": mode, "task": index.contract.task}
        about |= {"reranking": vars(found.reranking)} if found.reranking.model else {}
        if min_confidence:
            how = SearchParams(mode=mode, where=parsed_where(where), document_score=document_score)
            how = replace(how, weights=parsed_weights(weights, mode) or without_sparse(index.weights))
            about |= _guarantee(index, how, min_confidence, json)
        _show(found, json, about)


def similar(
    name: str = Name,
    text: str = typer.Argument(help="The text to compare documents with."),
    k: int = K,
    where: str = Where,
    json: bool = AsJson,
) -> None:
    """Find the documents most similar to a text. Both sides are encoded as documents."""
    with Index.open(name) as index:
        if index.task.kind == "asymmetric" and not json:
            note(f"The task of this index ({index.task.name}) is asymmetric; the text is encoded as a document.")
        with catch_warnings():
            simplefilter("ignore", TruncationWarning)  # `_show` says it
            found = index.similar(text, k, where=parsed_where(where))
        _show(found, json, {"text": text, "task": index.contract.task, "role": "document"})


def parsed_where(text: str | None) -> Mapping[str, Any] | None:
    if text is None:
        return None
    if len(text) > LONGEST_WHERE:
        raise InputError(f"--where has {len(text):,} characters; at most {LONGEST_WHERE:,} are allowed.")
    try:
        value = from_json(text)
    except ValueError as error:
        raise InputError(f'--where is not valid JSON: {error}. Write it like \'{{"lang": "en"}}\'.') from error
    if not isinstance(value, dict):
        raise InputError('--where must be a JSON object, like \'{"lang": "en"}\'.')
    return value


def parsed_weights(text: str | None, mode: str | None = None) -> tuple[float, ...] | None:
    if text is None:
        return None
    if mode not in (None, "hybrid"):
        raise InputError(f"--weights requires --mode hybrid, not {mode}.")
    try:
        weights = tuple(float(part) for part in text.split(","))
    except ValueError:
        weights = ()
    if len(weights) not in (2, 3):
        raise InputError(f"--weights takes two or three numbers separated by commas, like 2,1, not {text!r}.")
    return weights


def _reranker(index: Index, rerank: bool, model: str | None) -> str | None:
    if not rerank and model is None:
        return None
    chosen = model or index.task.reranker
    if not chosen:
        raise InputError(f"The task {index.task.name} has no default reranking model: set --rerank-model.")
    return chosen


def _seconds(text: str | None) -> float:
    if text is None:
        return math.inf
    found = DURATION.fullmatch(text.strip())
    if not found:
        raise InputError(f"--budget is a time like 300ms or 2s, not {text!r}.")
    return float(found["number"]) / (1000 if found["unit"] == "ms" else 1)


def _guarantee(index: Index, how: SearchParams, precision: float, quiet: bool) -> dict[str, object]:
    from askew.cli.guarantee import assurance  # only searches with a guarantee need it
    from askew.search.abstention import calibrated

    return {"promise": assurance(calibrated(index.store, how), precision, index.sizes().documents, quiet)}


def _show(found: Sequence[Hit], json: bool, about: Mapping[str, object]) -> None:
    lost = found.lost if isinstance(found, Hits) else 0
    if lost:
        note(
            f"The model did not see {counted(lost, 'token')} of the query: beyond its maximum length, or words that it "
            "does not know. Search by words (--mode lexical) does."
        )
        about = {**about, "lost": lost}
    if missing := found.missing if isinstance(found, Hits) else ():
        note(f"Documents are left out, as {counted(len(missing), 'server')} does not answer: {', '.join(missing)}.")
        about = {**about, "missing": list(missing)}
    if json:
        as_json({**about, "hits": [hit_fields(hit) for hit in found]})
    else:
        show_hits(found)
        if isinstance(found, Hits) and found.reranking.model:
            _show_reranking(found.reranking)
    if not found:
        if not json:
            note("No hit reaches this confidence." if "promise" in about else "Nothing found.")
        raise typer.Exit(1)


def _show_reranking(done: Reranking) -> None:
    note(
        f"Reranked {done.scored} of {counted(done.candidates, 'candidate')} with {done.model} "
        f"in {done.seconds * 1000:,.0f} ms."
    )
