"""Parity of two indexes for the same queries: overlap of results, score changes, judged quality."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from askew.errors import InputError
from askew.evaluation.measures import judged, mean, parsed, per_query
from askew.evaluation.qrels import Qrels, query_texts
from askew.evaluation.significance import Comparison, Interval, compare, interval
from askew.evaluation.synthetic_queries import synthetic_queries
from askew.faq import faq
from askew.faq.messages import read_log
from askew.files import replace_text
from askew.index import Index
from askew.inputs import texts_from
from askew.progress import Progress, Report, silent
from askew.search.background import Background, sample
from askew.search.ranking import Ranked
from askew.stores import Store
from askew.stores.local.versions import COMPARISON
from askew.tasks import get
from askew.text.display import shorten
from askew.types import Document, FloatMatrix

MOST = 1000
"""Maximum number of queries; more are sampled."""
SYNTHETIC = 200
DOCUMENTS = 2000
"""Number of documents, evenly spread, that synthetic queries are made from."""
SEED = 0
ARGUMENT = "the argument queries"


@dataclass(frozen=True)
class Queries:
    """source: where they come from, for people. total: number of distinct queries before sampling."""

    queries: tuple[Document, ...]
    source: str
    total: int


def queries_from(
    given: Queries | Mapping[str, str] | Sequence[str] | str | Path, judged: Qrels | None = None
) -> Queries:
    """Return the queries of a list, of {id: text}, or of a file.

    judged: only these are wanted; then the file is a table of queries with ids, otherwise a log of messages.
    """
    if isinstance(given, Queries):
        return given
    if isinstance(given, str | Path):
        if judged is None:
            return sampled(numbered(read_log(str(given)).messages), str(given))
        return sampled(judged_first([Document(*one) for one in query_texts(given).items()], judged), str(given))
    if isinstance(given, Mapping):
        return sampled(judged_first([Document(*one) for one in query_texts(given).items()], judged), ARGUMENT)
    return sampled(numbered(texts_from(given, "queries")), ARGUMENT)


def judged_first(queries: Sequence[Document], judged: Qrels | None) -> Sequence[Document]:
    """Return the judged ones of these queries, before a sample is drawn; all, if none is judged, or None is given."""
    return [query for query in queries if judged and query.id in judged] or queries


def numbered(texts: Sequence[str]) -> list[Document]:
    """Return texts as queries with the ids 1, 2, …"""
    return [Document(str(number), text) for number, text in enumerate(texts, 1)]


def sampled(queries: Sequence[Document], source: str, most: int = MOST) -> Queries:
    """Return distinct queries; of more than `most` a random sample, the same one every time."""
    first: dict[str, Document] = {}
    for query in queries:
        first.setdefault(" ".join(query.text.split()), query)
    distinct = list(first.values())
    if not distinct:
        raise InputError(f"There are no queries in {source}.")
    chosen = list(range(len(distinct)))
    if len(distinct) > most:
        chosen = sorted(random.Random(SEED).sample(chosen, most))  # noqa: S311  # no secret
    return Queries(tuple(distinct[place] for place in chosen), source, len(distinct))


def own_queries(index: Index, most: int = SYNTHETIC) -> Queries:
    """Return queries made from the documents: titles, headings, questions and sentences, or whole texts if too short.

    They are weaker evidence than the queries of users.
    """
    with index.store.snapshot() as store:
        documents = _spread(store)
    try:
        synthetic = synthetic_queries(documents, most).queries
        return sampled(synthetic, "the documents (titles, headings, sentences)", most)
    except InputError:
        return sampled(documents, "the documents (their whole texts)", most)


def _spread(store: Store) -> list[Document]:
    keys = sample(store.keys(), DOCUMENTS)
    return store.documents(list(dict.fromkeys(store.owners(keys.tolist()))))


BATCH = 128  # queries per progress report
MEASURE = "nDCG@10"
DEPTH = 10  # of the measure
TITLE = 120  # characters of a title
CHANGED = 15
"""Queries with results in a report."""
HITS = 3
"""Documents per index and query in a report."""
NOTES = {
    "weights": "the weights of hybrid search: learn them again with askew tune",
    faq.NOTE: "the estimate of the FAQ's scores: made again at the switch, without labels",
    **dict.fromkeys((faq.SINCE, faq.EDITS, faq.TOUCHED, faq.TORN, faq.VERSION), ""),
    "calibrations": "the calibrations: calibrate again with askew calibrate",
    "requests": "",  # the keys of requests to the server; one that is repeated changes nothing
}
"""Descriptions of the notes of an index; "" for a note that needs no mention."""


@dataclass(frozen=True)
class ReplayedHits:
    """A document and its score; comparable within one index only."""

    document: str
    score: float


@dataclass(frozen=True)
class Replayed:
    """Results of a query, best first. overlap: share of the k best documents that both indexes find."""

    query: str
    text: str
    old: tuple[ReplayedHits, ...]
    new: tuple[ReplayedHits, ...]

    @property
    def overlap(self) -> float:
        longest = max(len(self.old), len(self.new))
        shared = {found.document for found in self.old} & {found.document for found in self.new}
        return len(shared) / longest if longest else 1.0

    @property
    def same_first(self) -> bool:
        return [found.document for found in self.old[:1]] == [found.document for found in self.new[:1]]


@dataclass(frozen=True)
class ScoreScale:
    """Score scale of an index. unrelated: median score of random passages; floor: their 99th percentile. best, last:
    median score of the first and of the k-th hit.
    """

    unrelated: float
    floor: float
    last: float
    best: float


def check_judged(queries: Queries, qrels: Qrels) -> None:
    """Raise InputError if quality cannot be measured on these queries, or if ir-measures is missing."""
    parsed(MEASURE)
    grades = {query.id: qrels[query.id] for query in queries.queries if query.id in qrels}
    if not grades:
        raise InputError("None of the queries is judged: do queries and judgements use the same ids?")
    if not judged(grades):
        raise InputError("No query has a relevant document, so there is nothing to measure.")


def replay(
    old: Index, new: Index, queries: Sequence[Document], k: int, mode: str = "dense", report: Report = silent
) -> list[Replayed]:
    """Search for each query in both indexes."""
    result: list[Replayed] = []
    for start in range(0, len(queries), BATCH):
        part = queries[start : start + BATCH]
        texts = [query.text for query in part]
        rankings = zip(part, old.rank(texts, k, mode=mode), new.rank(texts, k, mode=mode), strict=True)
        result += [
            Replayed(query.id, query.text, _replayed_hits(before), _replayed_hits(after))
            for query, before, after in rankings
        ]
        report(Progress("queries", len(result), len(queries)))
    return result


def score_scale(index: Index, queries: Sequence[str], rankings: Sequence[Sequence[ReplayedHits]]) -> ScoreScale:
    """Measure the score scale. rankings: of mode dense, one per query."""
    vectors = index.sealed.encode(get(index.contract.task).query_role, "replaying", queries)
    with index.store.snapshot():
        unrelated = Background(vectors @ _sampled(index).T)
    ranked = [ranking for ranking in rankings if ranking]
    return ScoreScale(
        unrelated=unrelated.quantile(0.5),
        floor=unrelated.quantile(0.99),
        last=float(np.median([ranking[-1].score for ranking in ranked])),
        best=float(np.median([ranking[0].score for ranking in ranked])),
    )


def _sampled(index: Index) -> FloatMatrix:
    return index.store.vectors(sample(index.store.keys()))


def _replayed_hits(ranking: Sequence[Ranked]) -> tuple[ReplayedHits, ...]:
    return tuple(ReplayedHits(entry.document, entry.score) for entry in ranking)


@dataclass(frozen=True)
class ParitySide:
    """One of the two indexes. scale: {} unless the mode is dense."""

    model: str
    precision: str
    fingerprint: str
    documents: int
    passages: int
    truncated: int
    bytes: int
    scale: Mapping[str, float]


@dataclass(frozen=True)
class ParityOutcome:
    """Value of the measure for one query in the old and in the new index."""

    query: str
    text: str
    old: float
    new: float


@dataclass(frozen=True)
class Judgement:
    """old, new: mean of the measure over judged queries. outcomes: queries that differ, the largest loss first."""

    measure: str
    queries: int
    old: float
    new: float
    compared: Comparison
    outcomes: tuple[ParityOutcome, ...]


@dataclass(frozen=True)
class Parity:
    """queries: their source. asked: how many were replayed; total: distinct queries before sampling. overlap: mean
    share of the k best documents that both find, with its interval. same_first: share of queries with the same first
    hit. void: what was learned for the old contract. replayed: lowest overlap first. judged: () without judgements.
    """

    mode: str
    k: int
    queries: str
    asked: int
    total: int
    overlap: float
    interval: Interval
    same_first: float
    old: ParitySide
    new: ParitySide
    void: tuple[str, ...]
    replayed: tuple[Replayed, ...]
    judged: tuple[Judgement, ...] = ()

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        for entry, replayed in zip(fields["replayed"], self.replayed, strict=True):
            entry["overlap"] = replayed.overlap
        return fields


def parity(
    old: Index,
    new: Index,
    queries: Queries,
    k: int = 10,
    mode: str = "dense",
    qrels: Qrels | None = None,
    report: Report = silent,
) -> Parity:
    """Replay the queries on both indexes and compare. qrels: judgements by query id."""
    if qrels is not None:
        check_judged(queries, qrels)
    chosen = [query for query in queries.queries if qrels is None or query.id in qrels]
    deep = replay(old, new, chosen, max(k, DEPTH) if qrels else k, mode, report)
    found = [Replayed(one.query, one.text, one.old[:k], one.new[:k]) for one in deep]
    overlaps = [one.overlap for one in found]
    texts = [query.text for query in chosen]
    scales = [{}, {}] if mode != "dense" else [
        vars(score_scale(old, texts, [one.old for one in found])),
        vars(score_scale(new, texts, [one.new for one in found])),
    ]  # fmt: skip
    return Parity(
        mode=mode,
        k=k,
        queries=queries.source,
        asked=len(chosen),
        total=queries.total,
        overlap=sum(overlaps) / len(overlaps),
        interval=interval(overlaps),
        same_first=sum(one.same_first for one in found) / len(found),
        old=_side(old, scales[0]),
        new=_side(new, scales[1]),
        void=void(old),
        replayed=tuple(sorted(found, key=lambda one: (one.overlap, one.same_first))),
        judged=(_judged(deep, qrels),) if qrels else (),
    )


def void(old: Index) -> tuple[str, ...]:
    """Return descriptions of what the old index learned for its contract, and the new one lacks."""
    found = [NOTES.get(name, f"the note {name!r}") for name in old.store.notes()]
    return tuple(name for name in found if name)


def keep(place: Path, parity: Parity) -> None:
    """Store the figures in the folder of the new index, without queries."""
    fields = {key: value for key, value in parity.as_json().items() if key not in ("replayed", "judged")}
    replace_text(place / COMPARISON, json.dumps(fields))


def kept(place: Path) -> dict[str, Any]:
    """Return the stored figures, {} if there are none."""
    try:
        return dict(json.loads((place / COMPARISON).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _side(index: Index, scale: Mapping[str, float]) -> ParitySide:
    sealed, sizes = index.contract.encoder, index.sizes()
    counts = (sizes.documents, sizes.passages, sizes.truncated, sizes.bytes)
    return ParitySide(sealed.model, sealed.precision, sealed.fingerprint, *counts, scale)


def _judged(replayed: Sequence[Replayed], qrels: Qrels) -> Judgement:
    grades = {one.query: qrels[one.query] for one in replayed}
    runs = (
        {one.query: {found.document: found.score for found in side} for one, side in zip(replayed, sides, strict=True)}
        for sides in ([one.old for one in replayed], [one.new for one in replayed])
    )
    old, new = (per_query([MEASURE], grades, run)[MEASURE] for run in runs)
    texts = {one.query: one.text for one in replayed}
    differing = [
        ParityOutcome(query, texts[query], old[query], new[query]) for query in old if old[query] != new[query]
    ]
    ordered = tuple(sorted(differing, key=lambda outcome: outcome.new - outcome.old))
    return Judgement(MEASURE, len(old), mean(old), mean(new), compare(new, old), ordered)


def most_changed(replayed: Sequence[Replayed]) -> list[Replayed]:
    """Return the queries with the lowest overlap, for a report; unchanged ones are left out."""
    return [one for one in replayed if one.overlap < 1 or not one.same_first][:CHANGED]


def document_titles(old: Index, new: Index, replayed: Sequence[Replayed]) -> dict[str, str]:
    """Return titles by id, of documents that still exist."""
    ids = {found.document for one in replayed for side in (one.old, one.new) for found in side[:HITS]}
    known: dict[str, str] = {}
    for index in (old, new):
        known |= {document.id: _title(document) for document in _existing(index, sorted(ids - known.keys()))}
    return known


def _existing(index: Index, ids: list[str]) -> list[Document]:
    with index.store.snapshot() as store:
        return store.documents(list(store.digests(ids)))


def _title(document: Document) -> str:
    return shorten(document.title or document.text, TITLE)
