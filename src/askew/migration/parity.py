"""Parity of two indexes: overlap of results, score changes, judged quality."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from askew.errors import InputError
from askew.evaluation.measures import judged, mean, per_query
from askew.evaluation.qrels import Qrels
from askew.evaluation.significance import Comparison, Interval, compare, interval
from askew.files import replace_text
from askew.index import Index
from askew.migration.queries import Queries
from askew.progress import Progress, Report, silent
from askew.search.background import Background, sample
from askew.search.ranking import Ranked
from askew.stores.steady import steady
from askew.tasks import get
from askew.text.display import shorten
from askew.types import Document, FloatMatrix

BATCH = 128


@dataclass(frozen=True)
class ReplayedHits:
    """A document and its score; higher is better, among those of one index."""

    document: str
    score: float


@dataclass(frozen=True)
class Replayed:
    """What each index finds for a query, best first. overlap: the share of the k best that both have."""

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
    """What scores mean in one index. unrelated: of a query and passages drawn without regard to it, the middle one;
    floor: what 99 of 100 of them stay below. best, last: the median score of the first and of the k-th document found.
    """

    unrelated: float
    floor: float
    last: float
    best: float


def replay(
    old: Index, new: Index, queries: Sequence[Document], k: int, mode: str = "dense", report: Report = silent
) -> list[Replayed]:
    """In the order of the queries."""
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
    """Of the dense ranking: rankings are of mode dense, one for each query."""
    vectors = index.sealed.encode(get(index.contract.task).query_role, "replaying", queries)
    unrelated = Background(vectors @ steady(lambda: _sampled(index)).T)
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


FILE = "parity.json"
MEASURE = "nDCG@10"
DEPTH = 10  # as deep as the measure reads
NOTES = {
    "weights": "the weights of hybrid search: learn them anew with askew weights",
    "scale": "what the scores of this half of the FAQ mean: measured anew at the switch",
    "since-scale": "",
    "calibrations": "what was calibrated: calibrate anew with askew calibrate",
}
"""What a note of the old index is called by people; "" for one that nobody misses."""


@dataclass(frozen=True)
class ParitySide:
    """One of the two indexes. scale: of the dense ranking only, {} where another was replayed."""

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
    """Of one judged query the measure with the old and with the new index."""

    query: str
    text: str
    old: float
    new: float


@dataclass(frozen=True)
class Judgement:
    """measure: the mean over judged queries. new against old; outcomes: those that differ, the greatest loss first."""

    measure: str
    queries: int
    old: float
    new: float
    compared: Comparison
    outcomes: tuple[ParityOutcome, ...]


@dataclass(frozen=True)
class Parity:
    """overlap: the mean share of the k best documents that both find, with its interval over queries. same_first: the
    share of queries whose best document stays. replayed: what changed most comes first. judged: () without judgements.
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
    """Replays the queries on both and compares. qrels: which documents answer them, by the queries' ids."""
    asked = [query for query in queries.queries if qrels is None or query.id in qrels]
    if not asked:
        raise InputError("None of the queries is judged: the ids of the queries and of the judgements do not meet.")
    deep = replay(old, new, asked, max(k, DEPTH) if qrels else k, mode, report)
    found = [Replayed(one.query, one.text, one.old[:k], one.new[:k]) for one in deep]
    overlaps = [one.overlap for one in found]
    texts = [query.text for query in asked]
    scales = [{}, {}] if mode != "dense" else [
        vars(score_scale(old, texts, [one.old for one in found])),
        vars(score_scale(new, texts, [one.new for one in found])),
    ]  # fmt: skip
    return Parity(
        mode=mode,
        k=k,
        queries=queries.source,
        asked=len(asked),
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
    """What the old index has noted that belongs to its contract, and ends with it."""
    found = [NOTES.get(name, f"the note {name!r}") for name in old.store.notes()]
    return tuple(name for name in found if name)


def keep(place: Path, parity: Parity) -> None:
    """Beside the index that it measured, with which it goes. Without what users asked."""
    told = {key: value for key, value in parity.as_json().items() if key not in ("replayed", "judged")}
    replace_text(place / FILE, json.dumps(told))


def kept(place: Path) -> dict[str, Any]:
    """What was measured last; empty where nothing was."""
    try:
        return dict(json.loads((place / FILE).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _side(index: Index, scale: Mapping[str, float]) -> ParitySide:
    sealed, sizes = index.contract.encoder, index.sizes()
    counts = (sizes.documents, sizes.passages, sizes.truncated, sizes.bytes)
    return ParitySide(sealed.model, sealed.precision, sealed.fingerprint, *counts, scale)


def _judged(replayed: Sequence[Replayed], qrels: Qrels) -> Judgement:
    asked = {one.query: qrels[one.query] for one in replayed}
    if not judged(asked):
        raise InputError("No query has a relevant document among its judgements: there is nothing to measure.")
    runs = (
        {one.query: {found.document: found.score for found in side} for one, side in zip(replayed, sides, strict=True)}
        for sides in ([one.old for one in replayed], [one.new for one in replayed])
    )
    old, new = (per_query([MEASURE], asked, run)[MEASURE] for run in runs)
    texts = {one.query: one.text for one in replayed}
    differing = [
        ParityOutcome(query, texts[query], old[query], new[query]) for query in old if old[query] != new[query]
    ]
    ordered = tuple(sorted(differing, key=lambda outcome: outcome.new - outcome.old))
    return Judgement(MEASURE, len(old), mean(old), mean(new), compare(new, old), ordered)


LONGEST = 120
CHANGED = 15
"""Queries that a report shows with what each index finds."""
HITS = 3
"""Documents of each side that a report shows for a query."""


def most_changed(replayed: Sequence[Replayed]) -> list[Replayed]:
    """Those that a report shows: what changed most comes first, and what did not change is left out."""
    return [one for one in replayed if one.overlap < 1 or not one.same_first][:CHANGED]


def document_titles(old: Index, new: Index, replayed: Sequence[Replayed]) -> dict[str, str]:
    """By id. One that is gone meanwhile is left out."""
    ids = {found.document for one in replayed for side in (one.old, one.new) for found in side[:HITS]}
    known: dict[str, str] = {}
    for index in (old, new):
        known |= {document.id: _title(document) for document in _there(index, sorted(ids - known.keys()))}
    return known


def _there(index: Index, ids: list[str]) -> list[Document]:
    return steady(lambda: index.store.documents(list(index.store.digests(ids))))


def _title(document: Document) -> str:
    return shorten(document.title or document.text, LONGEST)
