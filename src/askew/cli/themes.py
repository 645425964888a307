"""What `askew cluster` and `askew map` have in common: their options, and the clusters they speak of."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from askew.cli.corpora import tell_kind
from askew.cli.output import counted, progress
from askew.errors import InputError, UnknownNameError
from askew.matching.corpus import Corpus
from askew.mining.clusters.cluster import cluster
from askew.mining.clusters.scores import Agreement, agreement
from askew.mining.clusters.settings import METHODS, NUMBERED, Settings
from askew.mining.clusters.shapes import Clustering
from askew.mining.means import means
from askew.similarity import Similarity
from askew.types import Document, FloatMatrix

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
