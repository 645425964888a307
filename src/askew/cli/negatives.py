"""`askew negatives`: hard negatives of judged queries, as triplets for training."""

from dataclasses import asdict
from pathlib import Path

import typer

from askew.cli.files import RowOptions, gathered
from askew.cli.files import queries as read_queries
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.search import Name
from askew.evaluation.qrels import by_id, read_qrels
from askew.export.tables import format_of, write
from askew.files import check_outputs
from askew.index import Index
from askew.text.display import shorten
from askew.training.negatives import COLUMNS, MARGIN, RANKS, Negatives, rows
from askew.training.negatives import negatives as mined
from askew.validation import output_path

WIDTH = 70
SHOWN = 3


@gathered
def negatives(
    name: str = Name,
    queries: str = typer.Argument(help="A file of queries, in any format that `askew rank` reads."),
    qrels: str = typer.Argument(help="Relevance judgements: TREC, BEIR, CSV or TSV."),
    count: int = typer.Option(5, "--count", min=1, help="Negatives of each relevant document."),
    first: int = typer.Option(RANKS[0], "--first", min=1, help="First rank, among documents that are not relevant."),
    last: int = typer.Option(RANKS[1], "--last", min=1, help="Last rank."),
    margin: float = typer.Option(MARGIN, "--margin", help="Leave out what scores above this share of the relevant."),
    cross_encoder: str = typer.Option(None, "--cross-encoder", help="Leave out what it finds as relevant."),
    out: Path = typer.Option(None, "--out", help="Write triplets: .csv, .jsonl or .parquet."),
    *,
    options: RowOptions,
    json: bool = AsJson,
) -> None:
    """Mine hard negatives: the best-ranked irrelevant documents."""
    if out is not None:
        format_of(output_path(out, "--out"))
        check_outputs([out], force=True, sources=[queries, qrels])
    texts, judged = by_id(read_queries(queries, options), queries), read_qrels(qrels)
    with Index.open(name) as index:
        with progress(quiet=json) as report:
            found = mined(
                index, texts, judged, count=count, ranks=(first, last), margin=margin, cross_encoder=cross_encoder,
                progress=report,
            )  # fmt: skip
        triplets = list(rows(found, index, texts))
    if out is not None:
        write(out, triplets, COLUMNS)
    if json:
        as_json({**asdict(found), "found": triplets})
        return
    _show(found, triplets, out)


def _show(found: Negatives, triplets: list[dict[str, object]], out: Path | None) -> None:
    for one in triplets[:SHOWN] if out is None else []:
        say(shorten(str(one["query"]), WIDTH))
        for what in ("positive", "negative"):
            say(f"  {what}  {one[f'{what}_score']:.3f}  {shorten(' '.join(str(one[what]).split()), WIDTH)}")
        say()
    told = found.certificate
    queries = len({negative.query for negative in found.found})
    say(f"{counted(len(found.found), 'negative')} for {queries:,} of {told.queries:,} queries.")
    if found.above:
        say(f"Left out above the margin, where documents may be relevant too: {found.above:,}.")
    if found.vetoed:
        say(f"Left out as the cross-encoder finds them relevant: {found.vetoed:,}.")
    if found.without:
        say(f"Judged queries without a relevant document in the index: {found.without:,}.")
    say(
        f"Each of {told.queries:,} queries was compared with all {told.passages:,} passages of "
        f"{told.documents:,} documents; scores are within {told.rounding:.1e} of double precision."
    )
    if out is not None:
        note(f"{counted(len(triplets), 'triplet')} in {out}.")
