"""Evaluated systems: how indexes, runs and rerankers order documents for judged queries, measured and compared."""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from askew.errors import InputError, public
from askew.evaluation.abstention import abstention
from askew.evaluation.evaluate import Evaluation, evaluate_runs, measured, shown
from askew.evaluation.measures import STANDARD, Run, Values, depth, judged, parsed, per_query
from askew.evaluation.qrels import Qrels, judgements, numbers_by_id, query_texts, read_run
from askew.evaluation.report import shown_queries
from askew.evaluation.significance import Comparison, compare
from askew.index import Index, folder
from askew.jobs.cluster import RayCluster, connected
from askew.progress import Progress, Report, reporter, silent
from askew.search.ranking import MODES, Ranked, Weights, best_of_each
from askew.search.rerank import Reranker, passage_text
from askew.stores.visible import VisibleStore
from askew.text.display import shorten
from askew.types import Document, FloatMatrix, Where
from askew.validation import flag, one_of, string, strings, whole
from askew.values import items
from askew.values import shown as described

BATCH = 256  # queries ranked together, so that progress shows and memory is bounded
TITLE = 120  # characters of a title


def rank_queries(
    index: Index,
    texts: Sequence[str],
    k: int,
    *,
    mode: str | None = None,
    where: Where | None = None,
    weights: Weights | None = None,
    report: Report = silent,
) -> list[list[Ranked]]:
    """Return the k best documents of each query, like `Index.rank`, in batches with progress."""
    rankings: list[list[Ranked]] = []
    for start in range(0, len(texts), BATCH):
        rankings += index.rank(texts[start : start + BATCH], k, mode=mode, where=where, weights=weights)
        report(Progress("queries", len(rankings), len(texts)))
    return rankings


def index_run(
    index: Index,
    texts: Mapping[str, str],
    k: int,
    mode: str | None = None,
    report: Report = silent,
    cluster: RayCluster | None = None,
) -> Run:
    """Return the run of an index. texts: queries by id. cluster: what searches, if not this process."""
    queries = list(texts.values())
    if cluster is None:
        rankings = rank_queries(index, queries, k, mode=mode, report=report)
    else:
        rankings = _rank_on(cluster, index, queries, k, mode, report)
    return {
        query: {entry.document: entry.score for entry in ranking}
        for query, ranking in zip(texts, rankings, strict=True)
    }


def _rank_on(
    cluster: RayCluster, index: Index, texts: Sequence[str], k: int, mode: str | None, report: Report
) -> list[list[Ranked]]:
    """Rank queries by the workers of a cluster, which open the index where this process has it.

    In the batches of `rank_queries`: the last bits of a product of matrices depend on their sizes.
    """
    if isinstance(index.store, VisibleStore):
        raise InputError("What some groups may read is searched here: leave out on (--on).")
    facts = (str(index.place), index.contract.seal(), index.sizes().documents)
    parts = [(facts, start, texts[start : start + BATCH], k, mode) for start in range(0, len(texts), BATCH)]
    found: list[list[Ranked]] = [[] for _ in texts]
    done = 0
    for _, (start, rankings) in cluster.run(rank_part, deque(parts)):
        found[start : start + len(rankings)] = rankings
        done += len(rankings)
        report(Progress("queries", done, len(texts)))
    return found


_open: dict[str, Index] = {}


def rank_part(
    facts: tuple[str, str, int], start: int, texts: Sequence[str], k: int, mode: str | None
) -> tuple[int, list[list[Ranked]]]:
    """Rank some queries in a worker, which keeps the index open for its next part.

    facts: path, contract and number of documents of the index. start: place of the first query among all, returned.
    """
    path, contract, documents = facts
    if path not in _open:
        if not folder(path).exists():
            raise InputError(f"A worker has no {path}: put the index on a file system that all machines share.")
        _open[path] = Index.open(path)
    index = _open[path]
    if index.contract.seal() != contract or index.sizes().documents != documents:
        raise InputError(f"A worker has another index at {path}: put it on a file system that all machines share.")
    return start, rank_queries(index, texts, k, mode=mode)


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
    with index.store.snapshot() as store:
        found = store.documents(list(store.digests(documents)))
    return {document.id: _title(document) for document in found}


def _title(document: Document) -> str:
    return shorten(document.title or document.text, TITLE)


SearchSystem = Index | Run | str | Path
"""An index, the name of one, a run, or the path of a TREC run."""


@dataclass(frozen=True)
class _Search:
    """texts: by id, of the queries to search for. modes: of indexes. k: hits per query."""

    texts: Mapping[str, str]
    qrels: Qrels
    modes: Sequence[str | None]
    k: int
    report: Report
    cluster: RayCluster | None = None


@public
def evaluate(
    index: SearchSystem,
    *,
    queries: Mapping[str, str] | str | Path | None = None,
    qrels: Qrels | str | Path,
    measures: str | Sequence[str] = STANDARD,
    mode: str | Sequence[str] | None = None,
    against: Mapping[str, SearchSystem] | Sequence[str | Path] | str | Path = (),
    k: int = 0,
    unanswerable: bool = False,
    on: str | None = None,
    progress: bool | Report | None = None,
) -> Evaluation:
    """Measure the quality of searches on judged queries, and compare systems query by query.

    index: an index or its name; a TREC run or its path. queries: text by id, or a file with id and text; None if only
    runs are evaluated. qrels: grade by query and document id (0 and below is not relevant), or a file in the layout of
    TREC or BEIR, CSV or TSV. measures: names as in ir-measures, such as "nDCG@10". mode: dense, lexical or hybrid,
    by default what the task of each index says; several are compared with the first. against: more systems to compare
    with the first, by name. k: hits per query, 0 for as many as the measures need. unanswerable: also search for the
    queries without a relevant document, and measure whether their scores are lower (`Evaluation.abstention`).
    on: search on a Ray cluster whose machines share the folders of the indexes: `ray://HOST:PORT`, or `ray`.

    Raises InputError if no query has a relevant document, if ids of documents or queries do not match, or if a system
    or measure cannot be used.
    """
    wanted = parsed(measures)
    modes = _modes(mode)
    depths = whole(k, "k") or depth(wanted)
    named, report = dict(_named(index, against)), reporter(progress)
    flag(unanswerable, "unanswerable")
    grades = judgements(qrels)
    texts = dict.fromkeys(grades, "") if queries is None else query_texts(queries)
    known = measured(texts, grades)
    if unanswerable and (queries is None or len(known) == len(texts)):
        raise InputError("unanswerable needs queries without a relevant document; pass some, or leave it out.")
    searched = texts if unanswerable else {id: texts[id] for id in known}
    search = _Search(searched, grades, modes, depths, report)
    with connected(on) as cluster, ExitStack() as opened:
        search = replace(search, cluster=cluster)
        systems = {name: _opened(one, opened) for name, one in named.items()}
        runs, missing = _runs(systems, search, searchable=queries is not None)
        _check_ids(runs, known)
        found = evaluate_runs(wanted, texts, grades, runs)
        indexes = [one for one in systems.values() if isinstance(one, Index)]
        found = replace(found, missing=missing, titles=_titles(indexes, shown(found, shown_queries(found))))
    if not unanswerable:
        return found
    return replace(found, abstention={name: abstention(list(texts), grades, run) for name, run in runs.items()})


def is_run(name: str | Path) -> bool:
    """Return whether a name is the path of a run: an index is a folder."""
    return Path(name).is_file()


def _named(
    first: SearchSystem, others: Mapping[str, SearchSystem] | Sequence[str | Path] | str | Path
) -> Iterator[tuple[str, SearchSystem]]:
    """Yield the systems with their names. Raises InputError if two have the same name, or if one is no system."""
    name = str(first) if isinstance(first, str | Path) else "index" if isinstance(first, Index) else "run"
    seen: set[str] = set()
    for other, system in [(name, first), *_others(others)]:
        if not isinstance(system, Index | str | Path | Mapping):
            raise InputError(
                f"{other} must be an index, its name, a run {{query: {{document: score}}}} or the path of a TREC run, "
                f"not {described(system)}."
            )
        if other in seen:
            raise InputError(f"{other} is named twice: a system is compared with others, not with itself.")
        seen.add(other)
        yield other, system


def _others(given: object) -> list[tuple[str, Any]]:
    if isinstance(given, Mapping):
        return [(string(name, "A name in against"), system) for name, system in given.items()]
    if isinstance(given, str | Path):
        return [(str(given), given)]
    listed = items(given, "against must be a list of names and paths, or a dict {name: index or run}")
    if not all(isinstance(one, str | Path) for one in listed):
        raise InputError("Only names and paths can be listed. Pass a dict: against={'name': index or run}.")
    return [(str(one), one) for one in listed]


def _modes(given: str | Sequence[str] | None) -> tuple[str | None, ...]:
    """Return the modes; None alone for what the task of each index says."""
    if given is None:
        return (None,)
    modes = [given] if isinstance(given, str) else strings(given, "mode", "['dense', 'hybrid']")
    if not modes:
        return (None,)
    return tuple(dict.fromkeys(one_of(mode, "search mode", MODES) for mode in modes))


def _opened(system: SearchSystem, opened: ExitStack) -> Index | Run:
    if isinstance(system, Index):
        return system
    if isinstance(system, Mapping):
        return numbers_by_id(system, "A run must be a dict {query: {document: score}}")
    return read_run(system) if is_run(system) else opened.enter_context(Index.open(system))


def _runs(
    systems: Mapping[str, Index | Run], search: _Search, searchable: bool
) -> tuple[dict[str, Run], dict[str, int]]:
    """Return the run of each system and mode, and how many relevant documents each index lacks."""
    runs: dict[str, Run] = {}
    missing: dict[str, int] = {}
    relevant = [query for query in judged(search.qrels) if query in search.texts]
    for name, system in systems.items():
        if not isinstance(system, Index):
            runs[name] = system
            continue
        if not searchable:
            raise InputError(f"Pass queries with their texts to search {name}; only runs can do without.")
        missing[name] = absent(system, search.qrels, relevant)
        for mode in search.modes:
            named = f"{name} ({mode})" if len(search.modes) > 1 else name
            runs[named] = index_run(system, search.texts, search.k, mode, search.report, search.cluster)
    return runs, missing


def _check_ids(runs: Mapping[str, Run], known: Sequence[str]) -> None:
    for name, run in runs.items():
        if not any(query in run for query in known):
            raise InputError(f"{name} has no hits for any judged query: do run and judgements use the same ids?")


def _titles(indexes: Sequence[Index], documents: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for index in indexes:
        known |= titles(index, [id for id in documents if id not in known])
    return known


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
            found[query] = (
                _by_reading(index, queries[query], best, candidates[query], rerank) if rerank else _scores(best)
            )
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


def _by_reading(
    index: Index, query: str, best: Sequence[Ranked], first_stage: Mapping[str, float], model: str | Reranker
) -> dict[str, float]:
    """Each document by its best passage. first_stage: the scores by which the documents were found."""
    passages = index.store.passages([entry.key for entry in best])
    documents = index.store.documents([entry.document for entry in best])
    texts = [passage_text(document, passage) for document, passage in zip(documents, passages, strict=True)]
    found = [replace(entry, score=first_stage[entry.document]) for entry in best]
    return _scores(index.sealed.reranker(model).rerank(query, texts, found, math.inf)[0])


def _scores(ranking: Sequence[Ranked]) -> dict[str, float]:
    return {entry.document: entry.score for entry in ranking}
