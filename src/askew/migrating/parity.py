"""How far old and new agree: overlap, what changed most, what scores mean now, and what is void after the switch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from askew.errors import InputError
from askew.evaluation.measures import judged, mean, per_query
from askew.evaluation.qrels import Qrels
from askew.evaluation.significance import Comparison, Interval, compare, interval
from askew.index import Index
from askew.migrating.queries import Queries
from askew.migrating.replay import Replayed, replay, scale
from askew.paths import put_whole
from askew.progress import Report, silent

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
class Side:
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
class Outcome:
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
    outcomes: tuple[Outcome, ...]


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
    old: Side
    new: Side
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
        vars(scale(old, texts, [one.old for one in found])),
        vars(scale(new, texts, [one.new for one in found])),
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
    put_whole(place / FILE, lambda path: path.write_text(json.dumps(told), "utf-8"))


def kept(place: Path) -> dict[str, Any]:
    """What was measured last; empty where nothing was."""
    try:
        return dict(json.loads((place / FILE).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _side(index: Index, scale: Mapping[str, float]) -> Side:
    sealed, sizes = index.contract.encoder, index.sizes()
    counts = (sizes.documents, sizes.passages, sizes.truncated, sizes.bytes)
    return Side(sealed.model, sealed.precision, sealed.fingerprint, *counts, scale)


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
    differing = [Outcome(query, texts[query], old[query], new[query]) for query in old if old[query] != new[query]]
    ordered = tuple(sorted(differing, key=lambda outcome: outcome.new - outcome.old))
    return Judgement(MEASURE, len(old), mean(old), mean(new), compare(new, old), ordered)
