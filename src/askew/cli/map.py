"""`askew map`: texts as points in a plane, coloured by cluster."""

from pathlib import Path

import typer

from askew.cli.cluster import Assign, Clusters, Labels, Method, MinSize, Task, Threshold, agreement_line, tell
from askew.cli.corpus import Model, Source
from askew.cli.files import Format, IdField, MetadataFields, SkipBad, TextField, TitleField
from askew.cli.output import AsJson, as_json, progress, say
from askew.cli.search import Where, parsed_where
from askew.compare import cluster
from askew.corpora import STDIN
from askew.matching.themes import PAGES, Themes, map_path
from askew.mining.projection import PROJECTIONS


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
