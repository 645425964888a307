"""Hard negatives: for each relevant document, the best-ranked documents that are not relevant. Exact.

Every passage of the index is scored for every query, in bounded memory, with the vectors that are stored; nothing is
encoded but the queries. Ranks and margin are decided in double precision. A document that scores nearly as well as the
relevant one is often relevant and was not judged, so those above a share of its score are left out (`margin`; Moreira
et al. 2024, NV-Retriever, arXiv 2407.15831), and those that a cross-encoder finds at least as relevant, if one is
given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders.loading import load_cross
from askew.errors import InputError, public
from askew.evaluation.qrels import Qrels, judgements, query_texts
from askew.index import Index
from askew.models import own
from askew.progress import Progress, Report, reporter
from askew.training.data import document_text
from askew.training.stored import MEMORY, StoredVectors, raise_to
from askew.types import FloatMatrix
from askew.validation import instance, number, string, whole
from askew.values import shown

if TYPE_CHECKING:
    from askew.encoders.onnx.cross import CrossEncoder

MARGIN = 0.95
"""Share of a relevant document's score above which another document may be relevant too."""
RANKS = (1, 100)
CHECKED = 8  # scores of each block computed once more in float64

Scores = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Negative:
    """A document that is not relevant. rank: among all that are not, from 1. scores: of the index's model."""

    query: str
    positive: str
    negative: str
    positive_score: float
    negative_score: float
    rank: int


@dataclass(frozen=True)
class Certificate:
    """What was compared: every query with every passage. rounding: the largest difference of a score from float64,
    among a few of each block; what it might decide is computed once more in float64.
    """

    queries: int
    documents: int
    passages: int
    compared: int
    rounding: float


@dataclass(frozen=True)
class Negatives:
    """found: by query and relevant document, best first. Counts of what was left out, and why.

    without: judged queries none of whose relevant documents is in the index. above: documents above the margin.
    vetoed: documents that the cross-encoder found at least as relevant; it reads no more than it takes to find enough.
    """

    found: tuple[Negative, ...]
    without: int
    above: int
    vetoed: int
    certificate: Certificate


@dataclass(frozen=True)
class Wanted:
    """What to mine. count: of each relevant document. ranks: first and last, from 1, of those not relevant."""

    count: int
    ranks: tuple[int, int]
    margin: float


@public
def negatives(
    index: Index,
    queries: Mapping[str, str] | str | Path,
    qrels: Qrels | str | Path,
    *,
    count: int = 5,
    ranks: tuple[int, int] = RANKS,
    margin: float = MARGIN,
    cross_encoder: str | None = None,
    progress: bool | Report | None = None,
) -> Negatives:
    """Return hard negatives of judged queries from an open index, whose own model scores them.

    queries: texts by id, or a file; those without judgements are left out. qrels: grades by query and document, or a
    file. count: negatives of each relevant document. ranks: first and last, from 1, among the documents that are not
    relevant. margin: 0.95 leaves out what scores above 95 % of the relevant document's score. cross_encoder: a model
    with a veto. Raises `InputError` if no query has a relevant document in the index.
    """
    instance(index, Index, "index", "an open Index, such as Index.open(name)")
    wanted = Wanted(whole(count, "count", 1), _checked_ranks(ranks), _checked_margin(margin))
    texts, grades, report = query_texts(queries), judgements(qrels), reporter(progress)
    with index.store.snapshot():
        stored = StoredVectors.of(index)
        relevant, without = _relevant(texts, grades, {id: place for place, id in enumerate(stored.ids)})
        if not relevant:
            raise InputError(
                "No query has a relevant document in the index. Do queries, judgements and index use the same ids?"
            )
        vectors = index.sealed.encode_queries([texts[query] for query in relevant], "mining negatives")
        veto = None if cross_encoder is None else _Veto.by(string(cross_encoder, "cross_encoder"), index, texts, report)
        mined = _mined(stored, vectors, relevant, wanted, veto, report)
    passages = len(stored.keys)
    certificate = Certificate(len(relevant), len(stored.ids), passages, len(relevant) * passages, mined.rounding)
    return Negatives(tuple(mined.found), without, mined.above, mined.vetoed, certificate)


def rows(found: Negatives, index: Index, queries: Mapping[str, str] | str | Path) -> Iterator[dict[str, Any]]:
    """Yield each negative as a triplet of texts (query, positive, negative) for trainers, with ids and scores."""
    texts = query_texts(queries)
    ids = sorted({id for one in found.found for id in (one.positive, one.negative)})
    shown = {document.id: document_text(document) for document in index.documents(ids)}
    for one in found.found:
        told = asdict(one)
        numbered = {f"{name}_id": told.pop(name) for name in IDS}
        triplet = {"query": texts[one.query], "positive": shown[one.positive], "negative": shown[one.negative]}
        yield {**triplet, **numbered, **told}


IDS = ("query", "positive", "negative")
COLUMNS = (*IDS, "query_id", "positive_id", "negative_id", "positive_score", "negative_score", "rank")


def _checked_ranks(ranks: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(ranks, tuple) or len(ranks) != 2:
        raise InputError(f"ranks are the first and the last place, as in (1, 100), not {shown(ranks)}.")
    first, last = (whole(rank, "ranks", 1) for rank in ranks)
    if first > last:
        raise InputError(f"ranks are the first and the last place, not {first} and {last}.")
    return first, last


def _checked_margin(margin: float) -> float:
    if not 0 < number(margin, "margin") <= 1:
        raise InputError(f"margin is a share of the relevant document's score, above 0 and at most 1, not {margin:g}.")
    return float(margin)


def _relevant(queries: Mapping[str, str], qrels: Qrels, place: Mapping[str, int]) -> tuple[dict[str, list[int]], int]:
    """Return the places of each query's relevant documents, and how many judged queries have none here."""
    judged = {
        query: [place[id] for id, grade in qrels[query].items() if grade > 0 and id in place]
        for query in queries
        if query in qrels
    }
    relevant = {query: places for query, places in judged.items() if places}
    return relevant, len(judged) - len(relevant)


@dataclass
class _Mined:
    found: list[Negative]
    above: int = 0
    vetoed: int = 0
    rounding: float = 0.0


def _mined(
    stored: StoredVectors,
    vectors: FloatMatrix,
    relevant: Mapping[str, list[int]],
    wanted: Wanted,
    veto: "_Veto | None",
    report: Report,
) -> _Mined:
    """Return the first negatives of each relevant document within the ranks and the margin, and what was left out."""
    mined, names = _Mined([]), list(relevant)
    each = max(1, MEMORY // (4 * len(stored.ids)))
    for start in range(0, len(names), each):
        part = names[start : start + each]
        asked = vectors[start : start + each]
        scores, off = _scored(stored, asked)
        mined.rounding = max(mined.rounding, off)
        candidates = list[_Candidates]()
        for query, vector, row in zip(part, asked, scores, strict=True):
            near = _near(row, relevant[query], wanted.ranks[1], stored.longest * _rounding(vector))
            of_query, above = _of_query(query, vector, relevant[query], near, stored, wanted)
            mined.above += above
            candidates += of_query if veto else [one.first(wanted.count) for one in of_query]
        if veto:
            candidates, vetoed = _without_vetoed(candidates, wanted.count, veto, stored.ids)
            mined.vetoed += vetoed
        mined.found += [negative for one in candidates for negative in one.negatives(stored.ids)]
        report(Progress("mine negatives", start + len(part), len(names)))
    return mined


def _scored(stored: StoredVectors, vectors: FloatMatrix) -> tuple[Scores, float]:
    """Return the scores of all documents, (n, documents): each that of its best passage; and the largest rounding."""
    scores = np.full((len(vectors), len(stored.ids)), -np.inf, np.float32)
    rng, start, rounding = np.random.default_rng(0), 0, 0.0
    for block in stored.blocks:
        made = vectors @ block.vectors.T
        raise_to(scores, made, stored.owners[start : start + len(block.keys)])
        rows, columns = (rng.integers(0, size, CHECKED) for size in made.shape)
        exact = np.einsum("ij,ij->i", vectors[rows].astype(float), block.vectors[columns].astype(float))
        rounding = max(rounding, float(np.abs(exact - made[rows, columns]).max()))
        start += len(block.keys)
    return scores, rounding


@dataclass(frozen=True)
class _Candidates:
    """Negatives of one query and relevant document, best first: places, scores and ranks (n,)."""

    query: str
    positive: str
    score: float
    places: Places
    scores: NDArray[np.float64]
    ranks: Places

    def at(self, chosen: slice | Sequence[int]) -> "_Candidates":
        return replace(self, places=self.places[chosen], scores=self.scores[chosen], ranks=self.ranks[chosen])

    def first(self, count: int) -> "_Candidates":
        return self.at(slice(count))

    def negatives(self, ids: Sequence[str]) -> Iterator[Negative]:
        for place, score, rank in zip(self.places.tolist(), self.scores.tolist(), self.ranks.tolist(), strict=True):
            yield Negative(self.query, self.positive, ids[place], self.score, score, rank)


def _rounding(vector: FloatMatrix) -> float:
    """Return the largest difference between two scores of a query (dim,) by rounding to float32, for documents of norm
    1 (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1).
    """
    return float(2 * len(vector) * np.finfo(np.float32).eps * np.linalg.norm(vector))


def _near(scores: Scores, relevant: Sequence[int], last: int, rounding: float) -> Places:
    """Return the places of the documents that may be among the first `last` that are not relevant, ascending."""
    held = scores.copy()
    held[list(relevant)] = -np.inf
    most = min(last, len(held) - len(relevant))
    if not most:
        return np.empty(0, np.int64)
    return np.flatnonzero(held >= np.partition(held, -most)[-most] - rounding)


def _of_query(
    query: str, vector: FloatMatrix, relevant: Sequence[int], near: Places, stored: StoredVectors, wanted: Wanted
) -> tuple[list[_Candidates], int]:
    """Return the candidates of one query, by relevant document, and how many documents in the ranks were above it.

    near: places of the documents among which they are.
    """
    first, last = wanted.ranks
    scores = stored.exact_scores(vector, np.array([*near, *relevant], np.int64))
    order = np.lexsort((near, -scores[: len(near)]))[first - 1 : last]
    places, ranked = near[order], scores[order]
    found, above = list[_Candidates](), 0
    for positive, score in zip(relevant, scores[len(near) :].tolist(), strict=True):
        below = np.flatnonzero(ranked <= score - (1 - wanted.margin) * abs(score))
        above += len(order) - len(below)
        found.append(_Candidates(query, stored.ids[positive], score, places[below], ranked[below], first + below))
    return found, above


@dataclass(frozen=True)
class _Veto:
    """A cross-encoder that reads queries and documents together."""

    model: "CrossEncoder"
    index: Index
    queries: Mapping[str, str]
    report: Report

    @classmethod
    def by(cls, model: str, index: Index, queries: Mapping[str, str], report: Report) -> "_Veto":
        return cls(load_cross(own.resolve(model)), index, queries, report)

    def scores(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
        """Return the score of each pair of a query and a document, by their ids."""
        asked = list(dict.fromkeys(pairs))
        found = self.index.documents(sorted({id for _, id in asked}))
        texts = {document.id: document_text(document) for document in found}
        scored = self.model.score([(self.queries[query], texts[id]) for query, id in asked], self.report)
        return dict(zip(asked, scored.tolist(), strict=True))


def _without_vetoed(
    candidates: Sequence[_Candidates], count: int, veto: _Veto, ids: Sequence[str]
) -> tuple[list[_Candidates], int]:
    """Return the first candidates that the cross-encoder finds less relevant than the relevant document, and how many
    it did not.

    Reads as many of each as are still wanted, until there are enough: a pass through the model costs far more than all
    else.
    """
    own = veto.scores((one.query, one.positive) for one in candidates)
    kept, read = [list[int]() for _ in candidates], [0] * len(candidates)
    while parts := {
        n: range(read[n], min(read[n] + count - len(kept[n]), len(one.places)))
        for n, one in enumerate(candidates)
        if len(kept[n]) < count and read[n] < len(one.places)
    }:
        asked = {(n, row): (candidates[n].query, ids[candidates[n].places[row]]) for n in parts for row in parts[n]}
        scores = veto.scores(asked.values())
        for (n, row), pair in asked.items():
            if scores[pair] < own[candidates[n].query, candidates[n].positive]:
                kept[n].append(row)
        read = [parts[n].stop if n in parts else done for n, done in enumerate(read)]
    vetoed = sum(read) - sum(map(len, kept))
    return [one.at(rows) for one, rows in zip(candidates, kept, strict=True)], vetoed
