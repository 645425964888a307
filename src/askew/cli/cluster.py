"""`askew cluster`: which themes the texts of a file, or of an index, fall into."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from askew.cleaning.tables import format_of, write
from askew.cli.corpora import Given, Model, Source, corpus
from askew.cli.output import AsJson, as_json, counted, say, shortened
from askew.cli.reading import Format, IdField, MetadataFields, SkipBad, TextField, TitleField, fields
from askew.cli.search import Where, parsed_where
from askew.cli.themes import (
    Assign,
    Clusters,
    Labels,
    Method,
    MinSize,
    Task,
    Themes,
    Threshold,
    compared,
    how,
    text_of,
    themes,
)
from askew.mining.clusters.assign import closeness
from askew.mining.clusters.settings import Settings
from askew.mining.clusters.shapes import OUTLIER, Cluster
from askew.types import Role

LISTED = 20
WIDTH = 100
COLUMNS = ("id", "cluster", "name", "score", "title", "text")
SHARED = ("where", "task", "model", "method", "threshold", "min_size", "assign", "labels", "format", "skip_bad")
FIELDS = ("id_field", "text_field", "title_field", "metadata_fields")
"""Options that `askew map` knows too, beside the number of clusters."""


def cluster(
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
    settings = Settings(method, clusters, threshold, min_size, assign)
    chosen = fields(id_field, text_field, title_field, metadata_fields)
    given = Given(chosen, format, skip_bad, task, model, parsed_where(where), Role.DOCUMENT)
    with corpus(source, given, json) as texts:
        found = themes(texts, settings, labels, json)
    if out is not None:
        write(out, _rows(found), _columns(found))
    if json:
        as_json(_as_fields(found))
    else:
        _show(found, limit)
        _tell(found, labels, out)
    if not found.clustering.clusters:
        raise typer.Exit(1)
    if not json:
        say(f"See them:    {_map_command(context, found)}")


def _show(found: Themes, limit: int) -> None:
    texts, count = found.texts(), len(found.documents)
    width = max((len(group.name) for group in found.clustering.clusters[:limit]), default=0)
    for group in found.clustering.clusters[:limit]:
        say(f"{group.number:>3}  {group.name:<{width}}  {counted(group.size, 'text')}, {group.size / count:.1%}")
        for position in group.representatives:
            say(f"     {shortened(texts[position], WIDTH)}")
    _tell_more(len(found.clustering.clusters), limit)
    outliers = found.clustering.outliers
    if outliers:
        say(f"\n  -  in no cluster  {counted(len(outliers), 'text')}, {len(outliers) / count:.1%}")
        for position in outliers[:limit]:
            say(f"     {shortened(texts[position], WIDTH)}")
        _tell_more(len(outliers), limit)
    say()


def _tell_more(count: int, limit: int) -> None:
    if count > limit:
        say(f"     … and {count - limit:,} more: --limit shows more, --json all")


def _tell(found: Themes, labels: str | None, out: Path | None) -> None:
    say(how(found))
    say(f"Silhouette:  {found.clustering.silhouette:.3f}, by {found.similarity}")
    if found.agreement:
        say(f"Agreement:   {compared(found.agreement, labels or '')}")
    if out is not None:
        say(f"Written:     {out}, {counted(len(found.documents), 'row')}")


def _map_command(context: typer.Context, found: Themes) -> str:
    """The command that draws these very clusters."""
    given = {**context.params, "clusters": found.clustering.settings.clusters}
    words = ["askew", "map", str(given["source"]), "--out", "map.html"]
    for option in context.command.params:
        name, value = option.name or "", given.get(option.name or "")
        if name in (*SHARED, *FIELDS, "clusters") and value != option.get_default(context) and value is not None:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [option.opts[0]] if each is True else [option.opts[0], str(each)]
    return shlex.join(words)


def _columns(found: Themes) -> list[str]:
    """Ours, then the fields of the texts; one that has the name of ours is told apart."""
    names = dict.fromkeys(name for document in found.documents for name in document.metadata)
    titled = any(document.title for document in found.documents)
    return [*(name for name in COLUMNS if titled or name != "title"), *(_column(name) for name in names)]


def _column(name: str) -> str:
    return f"metadata.{name}" if name in COLUMNS else name


def _rows(found: Themes) -> Iterator[Mapping[str, object]]:
    labels, clusters = found.clustering.labels.tolist(), found.clustering.clusters
    scores = closeness(found.vectors, found.clustering.labels).tolist()
    for document, label, score in zip(found.documents, labels, scores, strict=True):
        inside = label != OUTLIER
        yield {
            "id": document.id,
            "cluster": label,
            "name": clusters[label].name if inside else "",
            "score": round(score, 6) if inside else None,
            "title": document.title,
            "text": document.text,
            **{_column(name): value for name, value in document.metadata.items()},
        }


def _as_fields(found: Themes) -> dict[str, Any]:
    made, texts = found.clustering, found.documents
    return {
        "method": made.method,
        "similarity": str(found.similarity),
        "settings": {name: value for name, value in vars(made.settings).items() if name != "method"},
        "documents": len(texts),
        "clusters": [_cluster(group, found) for group in made.clusters],
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
