"""`askew cluster` and `askew map`: the themes of many texts, and a picture of them."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import typer

from askew.cli.files import Model, Source, TextOptions, gathered, given_options, tell_origin, tell_task
from askew.cli.output import AsJson, as_json, counted, progress, say
from askew.cli.search import Where, parsed_where
from askew.clusters.measures import Agreement
from askew.clusters.projection import PROJECTIONS, chosen
from askew.clusters.settings import METHODS, NUMBERED
from askew.clusters.themes import PAGES, Themes, as_fields, map_path
from askew.compare import CLUSTER_TASK, STDIN, cluster
from askew.export.tables import format_of, write
from askew.files import check_outputs
from askew.text.display import percent, shorten

LISTED = 20
WIDTH = 100


@dataclass(frozen=True)
class ClusterOptions:
    """The options that `askew cluster` and `askew map` have in common."""

    method: str = typer.Option(METHODS[0], "--method", help=f"{', '.join(METHODS)}.")
    clusters: int = typer.Option(
        None, "--clusters", help=f"Number of clusters, for {', '.join(NUMBERED)} (default: best score)."
    )
    threshold: float = typer.Option(
        None,
        "--threshold",
        help="For communities: score from which texts are neighbours (default: from the data).",
    )
    min_size: int = typer.Option(None, "--min-size", help="Smaller clusters become outliers.")
    assign: bool = typer.Option(False, "--assign", help="Assign outliers to the nearest cluster.")
    labels: str = typer.Option(None, "--labels", help="A field with classes to compare the clusters with.")
    where: str = Where
    task: str = typer.Option(CLUSTER_TASK, "--task", help="For a file: what its texts are.")
    model: str = Model


@gathered
def cluster_(
    context: typer.Context,
    source: str = Source,
    out: Path = typer.Option(None, "--out", help="Also write every text with its cluster: .csv, .jsonl or .parquet."),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Clusters, and outliers, shown; --json has them all."),
    *,
    how: ClusterOptions,
    reading: TextOptions,
    json: bool = AsJson,
) -> None:
    """Find the themes of many texts, with names and typical texts. Exit code 1 means that nothing clusters."""
    if out is not None:
        format_of(out)
        check_outputs([out], force=True, sources=[source])
    found = _found(source, how, reading, json)
    if out is not None:
        write(out, found.rows(), found.columns())
    if json:
        as_json(as_fields(found))
    else:
        _show(found, limit)
        _show_summary(found, how.labels, out)
    if not found.clusters:
        raise typer.Exit(1)
    if not json:
        say(f"See them:    {_map_command(context, found)}")


def _found(source: str, how: ClusterOptions, reading: TextOptions, quiet: bool) -> Themes:
    """Cluster the texts, and print notes on how they were read. quiet: no progress bar."""
    with progress(quiet=quiet) as report:
        found = cluster(
            source,
            method=how.method,
            clusters=how.clusters,
            threshold=how.threshold,
            min_size=how.min_size,
            assign=how.assign,
            labels=how.labels,
            task=how.task,
            model=how.model,
            where=parsed_where(how.where),
            id=reading.id_field,
            text=reading.text_fields,
            title=reading.title_field,
            metadata=reading.metadata_fields or None,
            format=reading.format,
            skip_bad=reading.skip_bad,
            encoding=reading.encoding,
            progress=report,
        )
    tell(found)
    return found


def tell(found: Themes) -> None:
    """Print notes on how the texts were read."""
    tell_origin(found.contract, found.origin, len(found.documents))
    tell_task(found.contract)


def agreement_line(agreement: Agreement, field: str) -> str:
    return (
        f"against {field}: V-measure {agreement.v_measure:.3f}, ARI {agreement.ari:.3f}, NMI {agreement.nmi:.3f} "
        f"({counted(agreement.labelled, 'text')}, {counted(agreement.classes, 'label')})"
    )


def _show(found: Themes, limit: int) -> None:
    texts, count = found.texts, len(found.documents)
    width = max((len(group.name) for group in found.clusters[:limit]), default=0)
    for group in found.clusters[:limit]:
        say(
            f"{group.number:>3}  {group.name:<{width}}  {counted(group.size, 'text')}, {percent(group.size / count, 1)}"
        )
        for position in group.representatives:
            say(f"     {shorten(texts[position], WIDTH)}")
    _show_more(len(found.clusters), limit)
    outliers = found.outliers
    if outliers:
        say()
        say(f"  -  in no cluster  {counted(len(outliers), 'text')}, {percent(len(outliers) / count, 1)}")
        for position in outliers[:limit]:
            say(f"     {shorten(texts[position], WIDTH)}")
        _show_more(len(outliers), limit)
    say()


def _show_more(count: int, limit: int) -> None:
    if count > limit:
        say(f"     … and {count - limit:,} more: --limit shows more, --json all")


def _show_summary(found: Themes, labels: str | None, out: Path | None) -> None:
    say(found.summary())
    say(f"Silhouette:  {found.silhouette:.3f}, by {found.similarity}")
    if found.agreement:
        say(f"Agreement:   {agreement_line(found.agreement, labels or '')}")
    if out is not None:
        say(f"Written:     {out}, {counted(len(found.documents), 'row')}")


def _map_command(context: typer.Context, found: Themes) -> str:
    """Return the command that draws the same clusters."""
    settings = found.clustering.settings
    chosen = {"method": settings.method, "clusters": settings.clusters, "threshold": settings.threshold}
    options = given_options(context, (ClusterOptions, TextOptions), chosen)
    return shlex.join(["askew", "map", str(context.params["source"]), "--out", "map.html", *options])


@gathered
def map(
    source: str = Source,
    out: Path = typer.Option(..., "--out", help="File to write: .html (interactive) or .png."),
    projection: str = typer.Option(PROJECTIONS[0], "--projection", help=f"{', '.join(PROJECTIONS)}."),
    *,
    how: ClusterOptions,
    reading: TextOptions,
    json: bool = AsJson,
) -> None:
    """Draw texts as a map of themes, on a page or in an image."""
    check_outputs([map_path(out)], force=True, sources=[source])
    chosen(projection, 0)
    found = _found(source, how, reading, json)
    projection = chosen(projection, len(found.documents))
    title = "Standard input" if source == STDIN else Path(source).name
    note = _note(found, projection, how.labels)
    with progress(quiet=json) as report:
        size = found.save_map(out, projection=projection, title=title, note=note, progress=report)
    if json:
        shown = [{"number": group.number, "name": group.name, "size": group.size} for group in found.clusters]
        as_json({"out": str(out), "points": len(found.documents), "projection": projection, "clusters": shown})
    else:
        say(found.summary())
        say(f"Written: {out}, {size / 1000:,.0f} kB. {_advice(out)}")


def _advice(out: Path) -> str:
    if out.suffix.lower() in PAGES:
        return "It contains the beginnings of the texts and needs no network: open it in a browser."
    return "It shows the names of the clusters and no texts."


def _note(found: Themes, projection: str, labels: str | None) -> str:
    text = f"{found.summary()} Projected by {projection}: distances in the plane are approximate."
    return f"{text} Agreement {agreement_line(found.agreement, labels or '')}." if found.agreement else text
