"""`askew cluster`: the themes of many texts."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from askew.cleaning.tables import format_of, write
from askew.cli.corpus import ComparedTexts, Model, Source, corpus, tell_kind
from askew.cli.files import Format, IdField, MetadataFields, SkipBad, TextField, TitleField, fields
from askew.cli.output import AsJson, as_json, counted, progress, say
from askew.cli.search import Where, parsed_where
from askew.errors import InputError, UnknownNameError
from askew.matching.corpus import Corpus
from askew.mining.clusters.assign import closeness
from askew.mining.clusters.cluster import cluster
from askew.mining.clusters.scores import Agreement, agreement
from askew.mining.clusters.settings import METHODS, NUMBERED, Settings
from askew.mining.clusters.shapes import OUTLIER, Cluster, Clustering
from askew.mining.means import means
from askew.similarity import Similarity
from askew.text.display import percent, shorten
from askew.types import Document, FloatMatrix, Role

TASK = "article-similarity"

Task = typer.Option(TASK, "--task", help="For a file: what its texts are.")
Method = typer.Option(METHODS[0], "--method", help=f"{', '.join(METHODS)}.")
Clusters = typer.Option(None, "--clusters", help=f"How many, for {' and '.join(NUMBERED)}; else the best silhouette.")
Threshold = typer.Option(None, "--threshold", help="For communities: the score from which texts are neighbours.")
MinSize = typer.Option(None, "--min-size", help="Fewer texts are no cluster but outliers.")
Assign = typer.Option(False, "--assign", help="Put outliers into the nearest cluster.")
Labels = typer.Option(None, "--labels", help="A field with labels that people gave, to compare the clusters with.")


@dataclass(frozen=True)
class Themes:
    """Documents in the order of the corpus, a vector for each, and their clusters."""

    documents: Sequence[Document]
    vectors: FloatMatrix
    clustering: Clustering
    similarity: Similarity
    agreement: Agreement | None

    def texts(self) -> list[str]:
        return [text_of(document) for document in self.documents]

    def documents_of(self, number: int) -> list[Document]:
        return [d for d, label in zip(self.documents, self.clustering.labels, strict=True) if label == number]


def text_of(document: Document) -> str:
    return f"{document.title} · {document.text}" if document.title else document.text


def themes(corpus: Corpus, settings: Settings, labels: str | None, quiet: bool) -> Themes:
    """InputError where there are no documents, or none with such a label."""
    similarity = corpus.contract.encoder.similarity
    tell_kind(corpus.contract)
    documents = corpus.documents()
    if not documents:
        raise InputError("There are no documents to cluster. Is the filter too narrow?")
    given = _labels(documents, labels) if labels else []
    vectors = means(corpus.vectors, corpus.owners(corpus.vectors.keys), len(documents), similarity)
    with progress(quiet=quiet) as report:
        made = cluster([text_of(d) for d in documents], vectors, similarity, settings, report)
    return Themes(documents, vectors, made, similarity, agreement(made.labels, given) if given else None)


def how(themes: Themes) -> str:
    """In a sentence: how many clusters, of what, by which method, and where their number comes from."""
    made, count = themes.clustering, len(themes.documents)
    number = len(made.clusters)
    told = f"{counted(number, 'cluster')} of {counted(count, 'text')}, by {made.method}"
    if made.method == "communities":
        told += f" at {made.settings.threshold:g} or more"
    if made.tried:
        steps = list(made.tried)
        told += f"; of {steps[0]} to {steps[-1]} clusters, {made.settings.clusters} have the best silhouette"
    return told + "."


def compared(agreement: Agreement, field: str) -> str:
    return (
        f"against {field}: V-measure {agreement.v_measure:.3f}, ARI {agreement.ari:.3f}, NMI {agreement.nmi:.3f} "
        f"({counted(agreement.labelled, 'text')}, {counted(agreement.classes, 'label')})"
    )


def _labels(documents: Sequence[Document], field: str) -> list[str]:
    """Of each document; empty where it has none."""
    known = {name for document in documents for name in document.metadata}
    if not known:
        raise InputError(f"The texts have no fields of their own, so none is {field!r}: --labels has nothing to read.")
    if field not in known:
        raise UnknownNameError("field", field, known)
    found = [document.metadata.get(field) for document in documents]
    return ["" if value is None else str(value) for value in found]


LISTED = 20
WIDTH = 100
COLUMNS = ("id", "cluster", "name", "score", "title", "text")
SHARED = ("where", "task", "model", "method", "threshold", "min_size", "assign", "labels", "format", "skip_bad")
FIELDS = ("id_field", "text_field", "title_field", "metadata_fields")
"""Options that `askew map` knows too, beside the number of clusters."""


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
    settings = Settings(method, clusters, threshold, min_size, assign)
    chosen = fields(id_field, text_field, title_field, metadata_fields)
    given = ComparedTexts(chosen, format, skip_bad, task, model, parsed_where(where), Role.DOCUMENT)
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
        share = percent(group.size / count, 1)
        say(f"{group.number:>3}  {group.name:<{width}}  {counted(group.size, 'text')}, {share}")
        for position in group.representatives:
            say(f"     {shorten(texts[position], WIDTH)}")
    _tell_more(len(found.clustering.clusters), limit)
    outliers = found.clustering.outliers
    if outliers:
        say(f"\n  -  in no cluster  {counted(len(outliers), 'text')}, {percent(len(outliers) / count, 1)}")
        for position in outliers[:limit]:
            say(f"     {shorten(texts[position], WIDTH)}")
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
