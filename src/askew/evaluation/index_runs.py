"""Runs of an index: its document rankings for many queries, and the titles of documents."""

from collections.abc import Mapping, Sequence

from askew.errors import InputError
from askew.evaluation.measures import Run
from askew.evaluation.qrels import Qrels
from askew.index import Index
from askew.progress import Progress, Report, silent
from askew.search.ranking import Ranked
from askew.stores.steady import steady
from askew.text.display import shorten
from askew.types import Document, Where

BATCH = 256  # queries ranked together, so that progress shows and memory is bounded
TITLE = 120  # characters of a title


def rank_queries(
    index: Index,
    texts: Sequence[str],
    k: int,
    *,
    mode: str = "dense",
    where: Where | None = None,
    weights: tuple[float, float] | None = None,
    report: Report = silent,
) -> list[list[Ranked]]:
    """Return the k best documents of each query, like `Index.rank`, in batches with progress."""
    rankings: list[list[Ranked]] = []
    for start in range(0, len(texts), BATCH):
        rankings += index.rank(texts[start : start + BATCH], k, mode=mode, where=where, weights=weights)
        report(Progress("queries", len(rankings), len(texts)))
    return rankings


def index_run(index: Index, texts: Mapping[str, str], k: int, mode: str = "dense", report: Report = silent) -> Run:
    """Return the run of an index. texts: queries by id."""
    rankings = rank_queries(index, list(texts.values()), k, mode=mode, report=report)
    return {
        query: {entry.document: entry.score for entry in ranking}
        for query, ranking in zip(texts, rankings, strict=True)
    }


def absent(index: Index, qrels: Qrels, queries: Sequence[str]) -> int:
    """Return how many documents judged relevant the index lacks, and so cannot find.

    InputError if it lacks all of them: then index and judgements use different ids.
    """
    relevant = {document for query in queries for document, grade in qrels[query].items() if grade > 0}
    missing = len(relevant) - len(index.store.digests(list(relevant)))
    if missing == len(relevant):
        raise InputError(
            f"The index holds none of the {missing:,} documents that are judged relevant, like "
            f"{min(relevant)!r}: do the judgements name documents by the ids of this index?"
        )
    return missing


def titles(index: Index, documents: Sequence[str]) -> dict[str, str]:
    """Return the title, or the beginning of the text, of the documents in the index, by id."""
    found = steady(lambda: index.store.documents(list(index.store.digests(documents))))
    return {document.id: _title(document) for document in found}


def _title(document: Document) -> str:
    return shorten(document.title or document.text, TITLE)
