"""Which configuration finds most? Each is tried on the same documents and queries; encodings are shared and kept."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from askew.advising.configurations import Configuration, Encoding, opened, similarity
from askew.advising.kept import KeptEncoder
from askew.advising.scoring import Best, Corpus, as_run, by_meaning, by_words, fused
from askew.advising.trial import Trial
from askew.contract import Contract
from askew.errors import InputError
from askew.evaluation.measures import mean, per_query
from askew.ingest import BATCH, entries
from askew.progress import Progress, Report, silent
from askew.similarity import Similarity, prepare
from askew.stores import Entry
from askew.tasks import Task
from askew.types import FloatMatrix

MEASURE = "nDCG@10"


@dataclass(frozen=True)
class Effort:
    """What an encoding takes. rate: documents a second, 0 where all vectors were there already; passages: a document's
    on average; dim: numbers of a vector.
    """

    rate: float
    passages: float
    dim: int


@dataclass(frozen=True)
class Standing:
    """values: of each query its nDCG@10."""

    configuration: Configuration
    values: Mapping[str, float]
    effort: Effort

    @property
    def score(self) -> float:
        return mean(self.values)


@dataclass(frozen=True)
class Tournament:
    """standings: best first. untried: what there was no time for."""

    trial: Trial
    standings: tuple[Standing, ...]
    untried: tuple[Configuration, ...]


@dataclass
class _Course:
    """by_words: what BM25 finds, for each way to cut the texts and each language; whose tokens they are cut by matters
    only where they are cut.
    """

    trial: Trial
    task: Task
    folder: Path | None
    report: Report
    by_words: dict[tuple[str, int, str], Best] = field(default_factory=dict)


def compete(
    trial: Trial,
    configurations: Sequence[Configuration],
    task: Task,
    *,
    seconds: float = float("inf"),
    folder: Path | None = None,
    report: Report = silent,
) -> Tournament:
    """The first encoding is always tried; another only while the time is not over. folder: where vectors are kept, else
    the cache. InputError where nothing competes.
    """
    if not configurations:
        raise InputError("Nothing competes: name a model whose weights are here, with --model.")
    course = _Course(trial, task, folder, report)
    together: dict[Encoding, list[Configuration]] = {}
    for configuration in configurations:
        together.setdefault(configuration.encoding, []).append(configuration)
    end, longest = time.monotonic() + seconds, 0.0
    standings: list[Standing] = []
    untried: list[Configuration] = []
    for number, (encoding, mine) in enumerate(together.items()):
        begun = time.monotonic()
        if standings and begun + longest > end:
            untried += mine
            continue
        standings += _tried(course, encoding, mine)
        longest = max(longest, time.monotonic() - begun)
        report(Progress("encodings", number + 1, len(together)))
    standings.sort(key=lambda standing: -standing.score)
    return Tournament(trial, tuple(standings), tuple(untried))


def _tried(course: _Course, encoding: Encoding, configurations: Sequence[Configuration]) -> list[Standing]:
    trial = course.trial
    contract, encoder = opened(encoding, course.task)
    kept = KeptEncoder(encoder, course.folder and course.folder / contract.fingerprint[:32])
    made = _entries(course, kept, contract)
    corpus = Corpus.of(made)
    passages = np.concatenate([entry.vectors for entry in made])
    rate = kept.encoded / kept.seconds if kept.seconds else 0.0
    each = len(corpus.owners) / len(made)
    effort = Effort(rate / each, each, encoder.signature.dim)
    queries = kept.encode([query.text for query in trial.queries], course.task.query_role).vectors
    return [
        Standing(one, _values(course, one, contract, (queries, passages), made, corpus), effort)
        for one in configurations
    ]


def _entries(course: _Course, kept: KeptEncoder, contract: Contract) -> list[Entry]:
    """With vectors as the model pooled them: how they are compared is each configuration's own affair."""
    plain = replace(contract, encoder=replace(contract.encoder, similarity=Similarity.DOT))
    made: list[Entry] = []
    documents = course.trial.documents
    for start in range(0, len(documents), BATCH):
        made += entries(documents[start : start + BATCH], kept, plain)
        course.report(Progress(f"encode by {contract.encoder.model}", len(made), len(documents)))
    return made


def _values(
    course: _Course,
    configuration: Configuration,
    contract: Contract,
    vectors: tuple[FloatMatrix, FloatMatrix],
    made: Sequence[Entry],
    corpus: Corpus,
) -> dict[str, float]:
    ids = [query.id for query in course.trial.queries]
    way, mode = similarity(configuration, contract), configuration.mode
    if mode == "lexical":
        best = _words(course, configuration.encoding, made, corpus, contract)
    else:
        queries, passages = (prepare(side, way) for side in vectors)
        best = by_meaning(queries, passages, corpus)
        if mode == "hybrid":
            words = _words(course, configuration.encoding, made, corpus, contract)
            best = fused(best, words, configuration.weights)
    return per_query((MEASURE,), course.trial.qrels, as_run(best, ids, corpus))[MEASURE]


def _words(course: _Course, encoding: Encoding, made: Sequence[Entry], corpus: Corpus, contract: Contract) -> Best:
    cut = encoding.chunk_tokens
    key = (encoding.model if cut else "", cut, contract.language)
    if key not in course.by_words:
        texts = [query.text for query in course.trial.queries]
        course.by_words[key] = by_words(texts, made, corpus, contract.language, course.report)
    return course.by_words[key]
