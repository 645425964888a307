"""`askew map`: the texts of a file, or of an index, as points of a plane, in the colours of their clusters."""

from pathlib import Path

import typer

from askew.charts.map_image import map_image
from askew.charts.map_page import map_page
from askew.charts.maps import Map
from askew.cli.cluster import Assign, Clusters, Labels, Method, MinSize, Task, Themes, Threshold, compared, how, themes
from askew.cli.corpus import ComparedTexts, Model, Source, corpus
from askew.cli.files import Format, IdField, MetadataFields, SkipBad, TextField, TitleField, fields
from askew.cli.output import AsJson, as_json, say
from askew.cli.search import Where, parsed_where
from askew.errors import InputError
from askew.files import output
from askew.mining.clusters.settings import Settings
from askew.mining.projection import PROJECTIONS, Points, project
from askew.types import Role

PAGES, IMAGES = (".html", ".htm"), (".png",)


def map(
    source: str = Source,
    out: Path = typer.Option(..., "--out", help="The file to write: .html to explore, .png to show."),
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
    """Draw many texts as a map of their themes, as a page to explore or as an image."""
    _check(out)
    settings = Settings(method, clusters, threshold, min_size, assign)
    chosen = fields(id_field, text_field, title_field, metadata_fields)
    given = ComparedTexts(chosen, format, skip_bad, task, model, parsed_where(where), Role.DOCUMENT)
    with corpus(source, given, json) as texts:
        found = themes(texts, settings, labels, json)
    points = project(found.vectors, found.similarity, projection)
    drawn = _map(source, found, points, _note(found, projection, labels))
    data = map_page(drawn).encode() if out.suffix.lower() in PAGES else map_image(drawn)
    with output(out) as file:
        file.write(data)
    if json:
        shown = [
            {"number": group.number, "name": group.name, "size": group.size} for group in found.clustering.clusters
        ]
        as_json({"out": str(out), "points": len(points), "projection": projection, "clusters": shown})
    else:
        say(how(found))
        say(f"Written: {out}, {len(data) / 1000:,.0f} kB. {_advice(out)}")


def _check(out: Path) -> None:
    if out.suffix.lower() not in (*PAGES, *IMAGES):
        raise InputError(f"The name of {out} does not tell what to draw. End it with .html or .png.")
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out} cannot be written: there is no folder {out.parent}.")


def _advice(out: Path) -> str:
    if out.suffix.lower() in PAGES:
        return "It holds the beginnings of the texts, and needs no network: open it in a browser."
    return "It shows the clusters' names and none of the texts."


def _note(found: Themes, projection: str, labels: str | None) -> str:
    told = f"{how(found)} Projected by {projection}: what is near in the plane is not always near in truth."
    return f"{told} Agreement {compared(found.agreement, labels or '')}." if found.agreement else told


def _map(source: str, found: Themes, points: Points, note: str) -> Map:
    title = "Standard input" if source == "-" else Path(source).name
    names = [group.name for group in found.clustering.clusters]
    ids = [document.id for document in found.documents]
    return Map(title, note, points, found.clustering.labels, names, ids, found.texts())
