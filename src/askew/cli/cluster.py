"""`askew cluster` and `askew map`: the themes of many texts, and a picture of them."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from askew.cleaning.tables import format_of, write
from askew.cli.files import (
    Format,
    IdField,
    MetadataFields,
    Model,
    SkipBad,
    Source,
    TextField,
    TitleField,
    tell_origin,
    tell_task,
)
from askew.cli.output import AsJson, as_json, counted, progress, say
from askew.cli.search import Where, parsed_where
from askew.compare import CLUSTER_TASK, STDIN, cluster
from askew.matching.themes import PAGES, Themes, map_path, text_of
from askew.mining.clusters.scores import Agreement
from askew.mining.clusters.settings import METHODS, NUMBERED
from askew.mining.clusters.shapes import Cluster
from askew.mining.projection import PROJECTIONS
from askew.text.display import percent, shorten

Task = typer.Option(CLUSTER_TASK, "--task", help="For a file: what its texts are.")
Method = typer.Option(METHODS[0], "--method", help=f"{', '.join(METHODS)}.")
Clusters = typer.Option(
    None, "--clusters", help=f"Number of clusters, for {' and '.join(NUMBERED)} (default: best silhouette)."
)
Threshold = typer.Option(None, "--threshold", help="For communities: score at or above which texts are neighbours.")
MinSize = typer.Option(None, "--min-size", help="Smaller clusters become outliers.")
Assign = typer.Option(False, "--assign", help="Assign outliers to the nearest cluster.")
Labels = typer.Option(None, "--labels", help="A field with classes to compare the clusters with.")


LISTED = 20
WIDTH = 100
SHARED = ("where", "task", "model", "method", "threshold", "min_size", "assign", "labels", "format", "skip_bad")
FIELDS = ("id_field", "text_field", "title_field", "metadata_fields")
"""Options that `askew map` has too, besides the number of clusters."""


def cluster_(
    context: typer.Context,
    source: str = Source,
    method: str = Method,
    clusters: int = Clusters,
    threshold: float = Threshold,
    min_size: int = MinSize,
    assign: bool = Assign,
    labels: str = Labels,
    out: Path = typer.Option(None, "--out", help="Also write every text with its cluster: .csv, .jsonl or .parquet."),
    limit: int = typer.Option(LISTED, "--limit", min=0, help="Clusters, and outliers, shown; --json has them all."),
    where: str = Where,
    task: str = Task,
    model: str = Model,
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Find the themes of many texts, with names and typical texts; exit code 1 when nothing clusters."""
    if out is not None:
        format_of(out)
    with progress(quiet=json) as report:
        found = cluster(
            source,
            method=method,
            clusters=clusters,
            threshold=threshold,
            min_size=min_size,
            assign=assign,
            labels=labels,
            task=task,
            model=model,
            where=parsed_where(where),
            id=id_field,
            text=text_field,
            title=title_field,
            metadata=metadata_fields or None,
            format=format,
            skip_bad=skip_bad,
            progress=report,
        )
    tell(found)
    if out is not None:
        write(out, found.rows(), found.columns())
    if json:
        as_json(_as_fields(found))
    else:
        _show(found, limit)
        _show_summary(found, labels, out)
    if not found.clusters:
        raise typer.Exit(1)
    if not json:
        say(f"See them:    {_map_command(context, found)}")


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
    given = {**context.params, "clusters": found.clustering.settings.clusters}
    words = ["askew", "map", str(given["source"]), "--out", "map.html"]
    for option in context.command.params:
        name, value = option.name or "", given.get(option.name or "")
        if name in (*SHARED, *FIELDS, "clusters") and value != option.get_default(context) and value is not None:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [option.opts[0]] if each is True else [option.opts[0], str(each)]
    return shlex.join(words)


def _as_fields(found: Themes) -> dict[str, Any]:
    made, texts = found.clustering, found.documents
    return {
        "method": made.method,
        "similarity": str(found.similarity),
        "settings": {name: value for name, value in vars(made.settings).items() if name != "method"},
        "documents": len(texts),
        "clusters": [_cluster(group, found) for group in found.clusters],
        "outliers": [texts[position].id for position in made.outliers],
        "tried": [{"clusters": number, "silhouette": value} for number, value in made.tried.items()],
        "silhouette": made.silhouette,
        **({"agreement": vars(found.agreement)} if found.agreement else {}),
    }


def _cluster(group: Cluster, found: Themes) -> dict[str, Any]:
    shown: Sequence[int] = group.representatives
    return {
        "number": group.number,
        "name": group.name,
        "terms": list(group.terms),
        "size": group.size,
        "share": group.size / len(found.documents),
        "cohesion": group.cohesion,
        "representatives": [{"id": found.documents[i].id, "text": text_of(found.documents[i])} for i in shown],
        "documents": [document.id for document in found.documents_of(group.number)],
    }


def map(
    source: str = Source,
    out: Path = typer.Option(..., "--out", help="File to write: .html (interactive) or .png."),
    projection: str = typer.Option(PROJECTIONS[0], "--projection", help=f"{', '.join(PROJECTIONS)}."),
    method: str = Method,
    clusters: int = Clusters,
    threshold: float = Threshold,
    min_size: int = MinSize,
    assign: bool = Assign,
    labels: str = Labels,
    where: str = Where,
    task: str = Task,
    model: str = Model,
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Draw many texts as a map of their themes: an interactive page or an image."""
    map_path(out)
    with progress(quiet=json) as report:
        found = cluster(
            source,
            method=method,
            clusters=clusters,
            threshold=threshold,
            min_size=min_size,
            assign=assign,
            labels=labels,
            task=task,
            model=model,
            where=parsed_where(where),
            id=id_field,
            text=text_field,
            title=title_field,
            metadata=metadata_fields or None,
            format=format,
            skip_bad=skip_bad,
            progress=report,
        )
    tell(found)
    title = "Standard input" if source == STDIN else Path(source).name
    size = found.save_map(out, projection=projection, title=title, note=_note(found, projection, labels))
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
