"""Grid search over configurations: each is ranked on the same benchmark, encodings are shared and cached."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from askew.contract import Contract
from askew.encoders import Encoder
from askew.encoders.cache import CachedEncoder
from askew.encoders.dual import EncoderPair
from askew.errors import InputError
from askew.evaluation.measures import Run, mean, per_query
from askew.ingest import BATCH, entries
from askew.progress import Progress, Report, silent
from askew.recommend.configurations import Benchmark, Configuration, Encoding, documents_alone, opened, similarity
from askew.search.background import score_moments, spread
from askew.search.ranking import CANDIDATES, WIDEN, best_of_each, evidence, first_of_each, fuse
from askew.similarity import Similarity, prepare
from askew.stores import Entry
from askew.stores.text import TextIndex, words
from askew.tasks import Task
from askew.types import Document, FloatMatrix, Role

TOP = 10
BLOCK = 32  # queries ranked together
PILOT = 32
"""Documents from whose encoding the time for all is estimated."""
STEP = 128
"""Documents that are encoded between two looks at the clock."""
Places = NDArray[np.int64]
Shares = NDArray[np.float32]
Cached = CachedEncoder | EncoderPair
"""An encoder with a cache; that of a pair is with each of its encoders."""
MEASURE = "nDCG@10"


@dataclass(frozen=True)
class BenchmarkCorpus:
    """ids: of the documents. owners: the position of each passage's document."""

    ids: Sequence[str]
    owners: Places

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "BenchmarkCorpus":
        counts = [len(entry.passages) for entry in entries]
        return cls([entry.document.id for entry in entries], np.repeat(np.arange(len(entries)), counts))


@dataclass(frozen=True)
class TopDocuments:
    """The best documents of each query, best first, with scores: (n, k); place -1 pads shorter rankings.

    moments: (n, 2), mean and standard deviation of a query's scores with unrelated documents; None for BM25, and for
    scores that are not combined any more.
    """

    places: Places
    scores: Shares
    moments: Shares | None = None

    def evidence(self) -> NDArray[np.floating]:
        return self.scores if self.moments is None else evidence(self.scores, self.moments[:, :1], self.moments[:, 1:])


def by_meaning(
    queries: FloatMatrix, passages: FloatMatrix, corpus: BenchmarkCorpus, k: int = CANDIDATES
) -> TopDocuments:
    """Rank documents by inner product. queries: (n, dim); passages: (m, dim)."""
    count = len(passages)
    places = np.full((len(queries), k), -1, np.int64)
    scores = np.zeros((len(queries), k), np.float32)
    for start in range(0, len(queries), BLOCK):
        for row, found in enumerate(queries[start : start + BLOCK] @ passages.T, start=start):
            best = best_of_each(found, corpus.owners)[:k]
            places[row, : len(best)], scores[row, : len(best)] = corpus.owners[best], found[best]
    return TopDocuments(places, scores, np.array(score_moments(queries, passages[spread(count)]), np.float32))


def by_words(
    queries: Sequence[str], entries: Sequence[Entry], corpus: BenchmarkCorpus, language: str, report: Report = silent
) -> TopDocuments:
    """Rank documents by BM25 over title, heading and text of each passage."""
    index = TextIndex(None, language)
    texts = [words(entry.document.title, part.heading, part.text) for entry in entries for part in entry.passages]
    index.add(enumerate(texts))
    index.commit()
    kept = np.ones(len(texts), np.bool_)
    places = np.full((len(queries), CANDIDATES), -1, np.int64)
    scores = np.zeros((len(queries), CANDIDATES), np.float32)
    for row, query in enumerate(queries):
        owners, worth = _documents(index, query, corpus, kept)
        places[row, : len(owners)], scores[row, : len(owners)] = owners, worth
        if row % BLOCK == 0:
            report(Progress("words", row, len(queries)))
    report(Progress("words", len(queries), len(queries)))
    return TopDocuments(places, scores)


def _documents(index: TextIndex, query: str, corpus: BenchmarkCorpus, kept: NDArray[np.bool_]) -> tuple[Places, Shares]:
    """Return the best documents by their best passages, widening the search until there are enough."""
    wanted = CANDIDATES * WIDEN
    while True:
        found = index.search(query, wanted, 0, kept)
        owners = corpus.owners[found.keys]
        first = first_of_each(owners.tolist())[:CANDIDATES]
        if len(first) == CANDIDATES or len(found.keys) < wanted:
            return owners[first], found.scores[first]
        wanted *= WIDEN


def fused(meaning: TopDocuments, by_word: TopDocuments, weights: tuple[float, float], k: int = TOP) -> TopDocuments:
    """Combine both rankings; ties go to the document ranked higher by meaning, then by words."""
    count = len(meaning.places)
    places, scores = np.full((count, k), -1, np.int64), np.zeros((count, k), np.float32)
    halves = [(half.places, half.evidence()) for half in (meaning, by_word)]
    for row in range(count):
        names = [found[row, found[row] >= 0].tolist() for found, _ in halves]
        scaled = [worth[row, found[row] >= 0].tolist() for found, worth in halves]
        best = [one for one in fuse(names, scaled, weights) if one.score > 0][:k]
        places[row, : len(best)], scores[row, : len(best)] = [one.name for one in best], [one.score for one in best]
    return TopDocuments(places, scores)


def as_run(best: TopDocuments, queries: Sequence[str], corpus: BenchmarkCorpus, k: int = TOP) -> Run:
    """Return a run. queries: ids. Ties are left to the measures, as in `askew eval`."""
    return {
        query: {
            corpus.ids[place]: score
            for place, score in zip(places[:k].tolist(), scores[:k].tolist(), strict=True)
            if place >= 0
        }
        for query, places, scores in zip(queries, best.places, best.scores, strict=True)
    }


@dataclass(frozen=True)
class Effort:
    """Cost of an encoding. rate: documents per second, 0 if all vectors were cached. passages: mean per document.

    dim: of a vector.
    """

    rate: float
    passages: float
    dim: int


@dataclass(frozen=True)
class TrialResult:
    """values: nDCG@10 by query."""

    configuration: Configuration
    values: Mapping[str, float]
    effort: Effort

    @property
    def score(self) -> float:
        return mean(self.values)


@dataclass(frozen=True)
class GridSearch:
    """standings: results, best first. untried: configurations skipped for lack of time."""

    trial: Benchmark
    standings: tuple[TrialResult, ...]
    untried: tuple[Configuration, ...]


@dataclass
class _SearchState:
    """State of a search. by_words: BM25 results by tokenizer (for chunked texts only), chunk size and language.
    efforts: of the encodings so far.
    """

    trial: Benchmark
    task: Task
    folder: Path | None
    report: Report
    by_words: dict[tuple[str, int, str], TopDocuments] = field(default_factory=dict)
    efforts: dict[Encoding, Effort] = field(default_factory=dict)


class _OutOfTimeError(Exception):
    """The documents cannot be encoded in the time that is left."""


def grid_search(
    trial: Benchmark,
    configurations: Sequence[Configuration],
    task: Task,
    *,
    seconds: float = float("inf"),
    folder: Path | None = None,
    report: Report = silent,
) -> GridSearch:
    """Measure configurations on a benchmark, encoding by encoding.

    seconds: only the first encoding may take longer. Another one is not tried if the encoding of a few documents shows
    that there is no time for all, and is given up when the time is over; what it has encoded is kept for the next time.
    folder: for cached vectors. InputError without configurations.
    """
    if not configurations:
        raise InputError("There is no configuration to try. Pull a model, or name one with --model.")
    state = _SearchState(trial, task, folder, report)
    together: dict[Encoding, list[Configuration]] = {}
    for configuration in configurations:
        together.setdefault(configuration.encoding, []).append(configuration)
    end = time.monotonic() + seconds
    standings: list[TrialResult] = []
    untried: list[Configuration] = []
    for number, (encoding, mine) in enumerate(together.items()):
        try:
            standings += _tried(state, encoding, mine, end if standings else float("inf"))
        except _OutOfTimeError:
            untried += mine
        report(Progress("encodings", number + 1, len(together)))
    standings.sort(key=lambda standing: -standing.score)
    return GridSearch(trial, tuple(standings), tuple(untried))


def _tried(
    state: _SearchState, encoding: Encoding, configurations: Sequence[Configuration], end: float
) -> list[TrialResult]:
    trial = state.trial
    contract, encoder = opened(encoding, state.task)
    kept = _cached(state, encoder, contract)
    made = _entries(state, kept, contract, end)
    corpus = BenchmarkCorpus.of(made)
    passages = np.concatenate([entry.vectors for entry in made])
    effort = _effort(state, encoding, kept, len(corpus.owners) / len(made))
    queries = kept.encode([query.text for query in trial.queries], state.task.query_role).vectors
    return [
        TrialResult(one, _values(state, one, contract, (queries, passages), made, corpus), effort)
        for one in configurations
    ]


def _cached(state: _SearchState, encoder: Encoder, contract: Contract) -> Cached:
    """Return the encoder with a cache, which the encoders of a pair share with each of them alone."""
    if isinstance(encoder, EncoderPair) and encoder.signature.pair:
        alone = {role: replace(contract, encoder=side.signature) for role, side in encoder.sides.items()}
        sides = {role: CachedEncoder(side, _folder(state, alone[role])) for role, side in encoder.sides.items()}
        return EncoderPair(encoder.signature, sides)
    return CachedEncoder(encoder, _folder(state, contract))


def _folder(state: _SearchState, contract: Contract) -> Path | None:
    return state.folder and state.folder / contract.fingerprint[:32]


def _counted(kept: Cached) -> CachedEncoder:
    """Return the encoder of documents, which counts what it encodes."""
    return cast("CachedEncoder", kept.sides[Role.DOCUMENT]) if isinstance(kept, EncoderPair) else kept


def _effort(state: _SearchState, encoding: Encoding, kept: Cached, passages: float) -> Effort:
    """Return the effort, and keep it: a pair has the documents of its document encoder, which are cached by then."""
    counted = _counted(kept)
    rate = counted.encoded / counted.seconds if counted.seconds else 0.0
    known = state.efforts.get(documents_alone(encoding))
    effort = Effort(rate / passages, passages, counted.signature.dim)
    state.efforts[encoding] = known if known and not rate else effort
    return state.efforts[encoding]


def _entries(state: _SearchState, kept: Cached, contract: Contract, end: float) -> list[Entry]:
    """With vectors as the model pooled them: how they are compared is each configuration's own affair."""
    plain = replace(contract, encoder=replace(contract.encoder, similarity=Similarity.DOT))
    made: list[Entry] = []
    documents = state.trial.documents
    _check_time(documents, kept, plain, end)
    step = BATCH if end == float("inf") else STEP
    for start in range(0, len(documents), step):
        if time.monotonic() > end:
            raise _OutOfTimeError
        made += entries(documents[start : start + step], kept, plain)
        state.report(Progress(f"encode by {contract.encoder.model}", len(made), len(documents)))
    return made


def _check_time(documents: Sequence[Document], kept: Cached, contract: Contract, end: float) -> None:
    """Encode a few documents, and raise `_OutOfTimeError` if there is no time for all at this rate."""
    if end == float("inf") or len(documents) <= PILOT or time.monotonic() > end:
        return
    few = documents[:: -(-len(documents) // PILOT)]
    entries(few[:1], kept, contract)  # opens the model
    counted, begun = _counted(kept), time.monotonic()
    before = counted.encoded
    entries(few[1:], kept, contract)
    each = (time.monotonic() - begun) / (len(few) - 1)
    if counted.encoded > before and begun + each * len(documents) > end:
        raise _OutOfTimeError


def _values(
    state: _SearchState,
    configuration: Configuration,
    contract: Contract,
    vectors: tuple[FloatMatrix, FloatMatrix],
    made: Sequence[Entry],
    corpus: BenchmarkCorpus,
) -> dict[str, float]:
    ids = [query.id for query in state.trial.queries]
    way, mode = similarity(configuration, contract), configuration.mode
    if mode == "lexical":
        best = _lexical_entries(state, configuration.encoding, made, corpus, contract)
    else:
        queries, passages = (prepare(side, way) for side in vectors)
        best = by_meaning(queries, passages, corpus)
        if mode == "hybrid":
            words = _lexical_entries(state, configuration.encoding, made, corpus, contract)
            best = fused(best, words, configuration.weights)
    return per_query((MEASURE,), state.trial.qrels, as_run(best, ids, corpus))[MEASURE]


def _lexical_entries(
    state: _SearchState, encoding: Encoding, made: Sequence[Entry], corpus: BenchmarkCorpus, contract: Contract
) -> TopDocuments:
    cut = encoding.chunk_tokens
    key = (encoding.model if cut else "", cut, contract.language)
    if key not in state.by_words:
        texts = [query.text for query in state.trial.queries]
        state.by_words[key] = by_words(texts, made, corpus, contract.language, state.report)
    return state.by_words[key]
