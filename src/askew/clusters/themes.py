"""Clustering of a corpus into themes, one vector per document, and the map of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.charts.maps import Map, map_fields, map_image, map_page
from askew.clusters.cluster import cluster
from askew.clusters.measures import Agreement, agreement, closeness
from askew.clusters.projection import PROJECTIONS, project
from askew.clusters.settings import COMMUNITIES, OUTLIER, Cluster, Clustering, Labels, Settings
from askew.contract import Contract
from askew.dedup.corpus import Corpus, Origin
from askew.dedup.exact.vectors import Vectors
from askew.errors import InputError, StoreError, UnknownNameError
from askew.export import frames as export
from askew.files import output
from askew.progress import Report, reporter, silent
from askew.similarity import Similarity, prepare
from askew.types import Document, FloatMatrix

COLUMNS = ("id", "cluster", "name", "score", "title", "text")
"""Columns of the table of documents; metadata fields with one of these names get the prefix `metadata.`."""
ROWS = 8192
"""Passages read at a time."""
PAGES, IMAGES = (".html", ".htm"), (".png",)


@dataclass(frozen=True, eq=False, repr=False)
class Themes:
    """Documents with their clusters.

    documents: in corpus order. vectors: (n, dim) float32, one per document, the mean of its passages. agreement: with
    the given labels, if any.
    """

    documents: Sequence[Document]
    vectors: FloatMatrix
    clustering: Clustering
    contract: Contract
    origin: Origin
    agreement: Agreement | None = None

    def __repr__(self) -> str:
        return f"Themes({self.summary()})"

    @property
    def labels(self) -> Labels:
        """Cluster number of each document, (n,) int64; -1 for an outlier."""
        return self.clustering.labels

    @property
    def clusters(self) -> Sequence[Cluster]:
        """The clusters, largest first, with names, terms and representative texts (positions in `documents`)."""
        return self.clustering.clusters

    @property
    def silhouette(self) -> float:
        """Silhouette of the clustering without outliers, -1 to 1 for cosine."""
        return self.clustering.silhouette

    @property
    def outliers(self) -> list[int]:
        """Positions of the documents in no cluster."""
        return self.clustering.outliers

    @property
    def similarity(self) -> Similarity:
        return self.contract.encoder.similarity

    @property
    def texts(self) -> list[str]:
        """Text of each document, after its title if it has one."""
        return [text_of(document) for document in self.documents]

    def documents_of(self, number: int) -> list[Document]:
        """Return the documents of a cluster."""
        return [document for document, label in zip(self.documents, self.labels, strict=True) if label == number]

    def summary(self) -> str:
        """Return one sentence: how many clusters of how many texts, by which method, and why by this one."""
        made, count = self.clustering, len(self.documents)
        told = f"{_counted(len(made.clusters), 'cluster')} of {_counted(count, 'text')}, by {made.method}"
        if made.method == COMMUNITIES:
            told += f" at {made.settings.threshold:g} or more"
        return "; ".join((told, *made.reasons)) + "."

    def columns(self) -> list[str]:
        """Return the columns of `rows`: COLUMNS, without title if no document has one, then the metadata fields."""
        names = dict.fromkeys(name for document in self.documents for name in document.metadata)
        titled = any(document.title for document in self.documents)
        return [*(name for name in COLUMNS if titled or name != "title"), *(_column(name) for name in names)]

    def rows(self) -> Iterator[Mapping[str, object]]:
        """Yield each document with its cluster. score: its mean score within the cluster, None for an outlier."""
        scores = closeness(self.vectors, self.labels).tolist()
        for document, label, score in zip(self.documents, self.labels.tolist(), scores, strict=True):
            inside = label != OUTLIER
            yield {
                "id": document.id,
                "cluster": label,
                "name": self.clusters[label].name if inside else "",
                "score": round(score, 6) if inside else None,
                "title": document.title,
                "text": document.text,
                **{_column(name): value for name, value in document.metadata.items()},
            }

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one dict per document: id, cluster, name, score, title, text, then its metadata."""
        return export.to_dicts(self.rows())

    def to_pandas(self) -> Any:
        """Return the same rows as a pandas DataFrame."""
        return export.to_pandas(
            ({name: row.get(name) for name in self.columns()} for row in self.rows()), self.columns()
        )

    def _repr_html_(self) -> str:
        shown = ({"cluster": each.number, "name": each.name, "texts": each.size} for each in self.clusters)
        return export.html_table(shown, ("cluster", "name", "texts"), self.summary())

    def save_map(
        self,
        path: str | Path,
        *,
        projection: str = PROJECTIONS[0],
        title: str = "Map",
        note: str = "",
        progress: bool | Report | None = None,
    ) -> int:
        """Draw the texts as points in a plane and return the size of the file in bytes.

        path: an interactive page that shows the texts (.html, .htm), or an image that does not (.png). projection:
        auto (tsne up to 20,000 texts, then pca), pca, tsne or umap. note: a line below the title. Raises InputError for
        another suffix or a missing folder.
        """
        target = map_path(path)
        drawn = self._drawn(projection, title, note, reporter(progress))
        data = map_page(drawn).encode() if target.suffix.lower() in PAGES else map_image(drawn)
        with output(target) as file:
            file.write(data)
        return len(data)

    def map_fields(self, projection: str = PROJECTIONS[0], report: Report = silent) -> Mapping[str, object]:
        """Return the map as JSON, with the beginnings of the texts. projection: as for `save_map`."""
        return map_fields(self._drawn(projection, "", "", report))

    def _drawn(self, projection: str, title: str, note: str, report: Report) -> Map:
        points = project(self.vectors, self.similarity, projection, report)
        names, ids = [each.name for each in self.clusters], [document.id for document in self.documents]
        return Map(title, note or self.summary(), points, self.labels, names, ids, self.texts)


def find_themes(
    corpus: Corpus, settings: Settings, labels: str | Sequence[str] | None = None, report: Report = silent
) -> Themes:
    """Cluster the documents of a corpus. labels: a metadata field, or one label per document, to compare with."""
    documents = corpus.documents()
    if not corpus.ids:
        raise InputError("There are no documents to cluster. Is the filter too narrow?")
    if len(documents) != len(corpus.ids):
        raise StoreError("Documents were deleted from the index while it was read; try again.")
    given = _labels(documents, labels) if labels is not None and len(labels) else []
    similarity = corpus.contract.encoder.similarity
    vectors = means(corpus.vectors, corpus.owners(corpus.vectors.keys), len(documents), similarity)
    made = cluster([text_of(document) for document in documents], vectors, similarity, settings, report)
    compared = agreement(made.labels, given) if given else None
    return Themes(documents, vectors, made, corpus.contract, corpus.origin, compared)


def text_of(document: Document) -> str:
    return f"{document.title} · {document.text}" if document.title else document.text


def map_path(path: str | Path) -> Path:
    """Return the path of a map; InputError if its suffix is unknown or its folder is missing."""
    target = Path(path)
    if target.suffix.lower() not in (*PAGES, *IMAGES):
        raise InputError(f"Unknown format: {path} must end in .html or .png.")
    if not target.absolute().parent.is_dir():
        raise InputError(f"Cannot write {path}: there is no folder {target.parent}.")
    return target


def means(vectors: Vectors, owners: NDArray[np.int64], count: int, similarity: Similarity) -> FloatMatrix:
    """Return the mean of each document's passages, (count, dim), scaled so that an inner product is a score.

    owners: for each vector, in key order, its document 0, 1, …; each document has at least one. For cosine the mean is
    normalised again. For the dot product it is not: it scores what the passages score on average.
    """
    keys = vectors.keys
    sums = np.zeros((count, vectors.vectors(keys[:1]).shape[1]), np.float64)
    for start in range(0, len(keys), ROWS):
        part = slice(start, start + ROWS)
        np.add.at(sums, owners[part], vectors.vectors(keys[part]))
    sizes = np.bincount(owners, minlength=count)
    return prepare((sums / sizes[:, None]).astype(np.float32), similarity)


def _labels(documents: Sequence[Document], labels: str | Sequence[str]) -> list[str]:
    """Return the label of each document, "" for none."""
    if not isinstance(labels, str):
        if len(labels) != len(documents):
            raise InputError(f"Got {len(labels):,} labels for {len(documents):,} texts; each text needs exactly one.")
        return [str(label) for label in labels]
    known = {name for document in documents for name in document.metadata}
    if not known:
        raise InputError(f"The texts have no fields, so labels (--labels) cannot be {labels!r}.")
    if labels not in known:
        raise UnknownNameError("field", labels, known)
    found = [document.metadata.get(labels) for document in documents]
    return ["" if value is None else str(value) for value in found]


def _column(name: str) -> str:
    return f"metadata.{name}" if name in COLUMNS else name


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def as_fields(found: Themes) -> dict[str, Any]:
    """Return themes as JSON."""
    made, texts = found.clustering, found.documents
    return {
        "method": made.method,
        "similarity": str(found.similarity),
        "settings": {name: value for name, value in vars(made.settings).items() if name != "method"},
        "documents": len(texts),
        "clusters": [_cluster(group, found) for group in found.clusters],
        "outliers": [texts[position].id for position in made.outliers],
        "tried": [{"clusters": number, **vars(found)} for number, found in made.tried.items()],
        "stability": dict(made.stability),
        "reasons": list(made.reasons),
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
