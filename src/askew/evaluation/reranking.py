"""Reranking quality: the candidates of a run in the order of a model, against their original order."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askew.errors import InputError
from askew.evaluation.measures import Run, Values, parsed, per_query
from askew.evaluation.qrels import Qrels, judgements, query_texts, read_run
from askew.evaluation.significance import Comparison, compare
from askew.index import Index
from askew.progress import Progress, Report, reporter, silent
from askew.search.ranking import Ranked, best_of_each
from askew.search.rerank import Reranker, passage_text
from askew.types import FloatMatrix

BATCH = 256  # queries encoded together
MEASURES = ("AP", "nDCG@10")


@dataclass(frozen=True)
class RerankingEvaluation:
    """model: whose order it is. before, after: value by measure and query, for the original and the new order.
    comparisons: by measure, after against before.
    """

    model: str
    before: Values
    after: Values
    comparisons: Mapping[str, Comparison]

    @property
    def queries(self) -> int:
        return len(next(iter(self.after.values())))


def evaluate_reranking(
    index: Index | str | Path,
    candidates: Run | str | Path,
    *,
    queries: Mapping[str, str] | str | Path,
    qrels: Qrels | str | Path,
    measures: str | Sequence[str] = MEASURES,
    rerank_model: str | None = None,
    progress: bool | Report | None = None,
) -> RerankingEvaluation:
    """Reorder the candidates of a run with the index's model, or a cross-encoder, and compare with the original order.

    candidates: a TREC run or its path. queries, qrels: as for `evaluate`. rerank_model: the cross-encoder. Raises
    InputError if ids do not match, or if the index lacks a candidate.
    """
    wanted = parsed(measures)
    run = candidates if isinstance(candidates, Mapping) else read_run(candidates)
    texts, grades = query_texts(queries), judgements(qrels)
    if not isinstance(index, Index):
        with Index.open(index) as opened:
            return evaluate_reranking(
                opened, run, queries=texts, qrels=grades, measures=wanted, rerank_model=rerank_model, progress=progress
            )
    ordered = reordered(index, run, texts, rerank_model, reporter(progress))
    known = {query: grades[query] for query in ordered if query in grades}
    given = {query: run[query] for query in ordered}
    before, after = (per_query(wanted, known, ranked) for ranked in (given, ordered))
    if not any(after.values()):
        raise InputError("No query of the run has a relevant document: do run and judgements use the same ids?")
    comparisons = {measure: compare(after[measure], before[measure]) for measure in before}
    return RerankingEvaluation(rerank_model or index.contract.encoder.model, before, after, comparisons)


def reordered(
    index: Index,
    candidates: Run,
    queries: Mapping[str, str],
    rerank: str | Reranker | None = None,
    report: Report = silent,
) -> dict[str, dict[str, float]]:
    """The same documents for each query, scored anew: by the index's own model, a document by its best passage; or by
    the cross-encoder `rerank`, which reads that passage. Queries without a text are left out.

    queries: text by id. InputError for a candidate that the index does not hold.
    """
    asked = [query for query in candidates if query in queries]
    if not asked:
        raise InputError("No query of the run is among the queries: their ids do not meet.")
    found: dict[str, dict[str, float]] = {}
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        vectors = index.sealed.encode_queries([queries[query] for query in part], "reranking")
        for query, vector in zip(part, vectors, strict=True):
            best = _by_vector(index, vector, query, list(candidates[query]))
            found[query] = _by_reading(index, queries[query], best, rerank) if rerank else _scores(best)
            report(Progress("queries", len(found), len(asked)))
    return found


def _by_vector(index: Index, query: FloatMatrix, name: str, documents: Sequence[str]) -> list[Ranked]:
    """Each document by its best passage. query: (dim,)."""
    try:
        ranges = index.store.extents(documents)
    except KeyError as fault:
        raise InputError(f"The index holds no document {fault}, which the run has for query {name!r}.") from None
    keys = [key for held in ranges for key in held]
    owners = np.repeat(np.arange(len(ranges)), [len(held) for held in ranges])
    scores = index.store.vectors(keys) @ query
    best = sorted(best_of_each(scores, owners).tolist())  # in the order of the candidates
    return [Ranked(documents[owners[place]], keys[place], float(scores[place])) for place in best]


def _by_reading(index: Index, query: str, best: Sequence[Ranked], model: str | Reranker) -> dict[str, float]:
    passages = index.store.passages([entry.key for entry in best])
    documents = index.store.documents([entry.document for entry in best])
    texts = [passage_text(document, passage) for document, passage in zip(documents, passages, strict=True)]
    return _scores(index.sealed.reranker(model).rerank(query, texts, best, math.inf)[0])


def _scores(ranking: Sequence[Ranked]) -> dict[str, float]:
    return {entry.document: entry.score for entry in ranking}
