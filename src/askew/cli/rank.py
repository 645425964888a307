"""`askew rank` and `askew tune`: a TREC run of many queries, and hybrid weights from judged ones."""

from pathlib import Path

import typer

from askew.cli.files import RowOptions, gathered
from askew.cli.files import queries as read_queries
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.search import Mode, Name, Weights, Where, parsed_weights, parsed_where
from askew.errors import InputError
from askew.evaluation.qrels import read_qrels, trec
from askew.evaluation.systems import rank_queries
from askew.files import check_outputs, output
from askew.index import Index
from askew.search.ranking import CHANNELS
from askew.validation import output_path

Queries = typer.Argument(help="A file of queries: JSONL, CSV or TSV with id and text, or TXT with one a line.")


@gathered
def rank(
    name: str = Name,
    queries: str = Queries,
    k: int = typer.Option(100, "-k", "--k", help="Hits per query."),
    mode: str = Mode,
    weights: str = Weights,
    where: str = Where,
    out: Path = typer.Option(None, "--out", help="Write the run to a file instead of printing it."),
    *,
    rows: RowOptions,
    json: bool = AsJson,
) -> None:
    """Search for every query in a file, and print a TREC run."""
    if out is not None:
        if json:
            raise InputError("--out takes the run, and --json prints it as JSON: choose one.")
        check_outputs([output_path(out, "--out")], force=True, sources=[queries])
    read = read_queries(queries, rows)
    filter = parsed_where(where)
    with Index.open(name) as index, progress(quiet=json) as report:
        mode = mode or index.task.mode
        both = parsed_weights(weights, mode)
        texts = [query.text for query in read]
        rankings = rank_queries(index, texts, k, mode=mode, where=filter, weights=both, report=report)
    if json:
        found = [[{"id": entry.document, "score": entry.score} for entry in ranking] for ranking in rankings]
        as_json([{"query": query.id, "hits": hits} for query, hits in zip(read, found, strict=True)])
        return
    lines = list(trec([query.id for query in read], rankings))
    if out is None:
        for line in lines:
            say(line)
        return
    with output(out) as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
    note(f"{counted(len(lines), 'line')} for {len(read):,} queries in {out}.")


@gathered
def tune(
    name: str = Name,
    queries: str = Queries,
    qrels: str = typer.Argument(help="Relevance judgements: TREC, BEIR, CSV or TSV."),
    *,
    rows: RowOptions,
    json: bool = AsJson,
) -> None:
    """Learn the weights of hybrid search from judged queries. They are stored in the index."""
    judged = read_qrels(qrels)
    read = read_queries(queries, rows)
    known = [query for query in read if query.id in judged]
    if not known:
        raise InputError(f"No query in {queries} is judged in {qrels}: do both use the same ids?")
    with Index.open(name, writable=True) as index:
        sparse = index.contract.sparse is not None
        learned = index.learn([query.text for query in known], [judged[query.id] for query in known])
    if json:
        as_json(vars(learned))
        return
    channels = CHANNELS if sparse else CHANNELS[:2]
    found = vars(learned)
    weights = ", ".join(f"{name} {found[name]:.2f}" for name in channels)
    alone = ", ".join(f"{found[f'{name}_alone']:.4f} {name} alone" for name in channels)
    say(f"Learned from {learned.queries:,} judged queries: {weights}.")
    say(f"nDCG@10 on these queries: {learned.fused:.4f} together, {alone}.")
