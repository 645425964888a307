"""Calibration: the score threshold for a target precision, from judged queries or labelled pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askew import validation
from askew.calibration.labelled import (
    CalibrationQuery,
    calibrate_faq,
    calibrate_pairs,
    calibrate_search,
    judged_queries,
    keep_for_file,
    keep_in_index,
)
from askew.confidence.record import CalibrationRecord
from askew.confidence.risk_control import (
    CONFIDENCE,
    PRECISIONS,
    Guarantee,
    Infeasible,
    check_precision,
    try_guarantee,
)
from askew.contract import Contract
from askew.dedup.corpus import Corpus
from askew.errors import InputError, public
from askew.evaluation.labelled_pairs import LabelledPair, read_pairs
from askew.evaluation.qrels import Qrels, judgements, query_texts
from askew.faq.faq import Faq
from askew.index import Index
from askew.paths import folder, is_faq
from askew.progress import Report, reporter
from askew.search.background import Background, pair_scores, random_pairs
from askew.search.ranking import EQUAL_WEIGHTS, SearchParams, Weights, without_sparse
from askew.tasks import get
from askew.types import Where
from askew.values import items, shown

TASK = "duplicate-questions"
Labels = Sequence[LabelledPair] | Sequence[tuple[str, str, float]] | str | Path
"""Pairs of texts with 1 for duplicates and 0 for others, or a file of them."""

LABELS = "labels must be a file, or a list of (text, text, label) with the label 1 or 0"


@dataclass(frozen=True)
class Calibration:
    """record: labelled scores as they are stored. guarantees: one per target precision. left_out: queries without a
    relevant document that were not used. file: where the record is kept if it is of a file; None: in the index.
    """

    record: CalibrationRecord
    guarantees: tuple[Guarantee | Infeasible, ...]
    left_out: int = 0
    file: Path | None = None

    @property
    def guarantee(self) -> Guarantee:
        """The guarantee with the highest precision. Raises InputError if there is none."""
        feasible = [one for one in self.guarantees if isinstance(one, Guarantee)]
        if not feasible:
            raise InputError("; ".join(one.reason for one in self.guarantees if isinstance(one, Infeasible)))
        return max(feasible, key=lambda one: one.promise)

    @property
    def threshold(self) -> float:
        """Confidence (answers) or score (pairs) from which the guarantee holds."""
        return self.guarantee.threshold

    @property
    def coverage(self) -> float:
        """Share of the labelled queries or pairs that reach the threshold, 0 to 1."""
        return self.guarantee.coverage


@dataclass(frozen=True)
class _Answers:
    """Options of a calibration of search or FAQ answers. weights: None for those stored in the index."""

    mode: str | None
    weights: Weights | None
    document_score: str
    where: Where | None

    def check(self) -> None:
        """Raise InputError if an option is invalid."""
        weights = EQUAL_WEIGHTS if self.weights is None else self.weights
        validation.check_weights(weights, 2)
        SearchParams(mode=self.mode or "dense", where=self.where, weights=weights, document_score=self.document_score)

    @property
    def default(self) -> bool:
        return self.mode in (None, "dense") and self.weights is None and self.document_score == "max"


@public
def calibrate(
    index: Index | Faq | str | Path,
    *,
    queries: Mapping[str, str] | str | Path | None = None,
    qrels: Qrels | str | Path | None = None,
    unanswerable: bool = False,
    labels: Labels | None = None,
    promise: float | None = None,
    confidence: float = CONFIDENCE,
    mode: str | None = None,
    weights: Weights | None = None,
    document_score: str = "max",
    where: Where | None = None,
    task: str = TASK,
    model: str | None = None,
    progress: bool | Report | None = None,
) -> Calibration:
    """Find the threshold at which answers or duplicate pairs reach a target precision, and store it with the index.

    index: a writable index or FAQ, or its name; with labels also a file whose texts are compared. queries: text by id,
    or a file. qrels: grade by query and document id, or a file. unanswerable: any answer to a query without a relevant
    document is wrong; otherwise such queries are left out. labels: labelled pairs, for duplicates. promise: the target
    precision, 0 to 1; None computes a table of 0.8, 0.9, 0.95 and 0.99. confidence: probability that a guarantee holds.
    mode, weights, document_score, where: the search that is calibrated, by default
    that of the task. task, model: how a file is compared.

    Raises InputError if the promise cannot be kept with these labels; it says how many more are needed. Requires the
    extra `evaluation`.
    """
    check_precision(
        CONFIDENCE if promise is None else validation.number(promise, "promise"),
        validation.number(confidence, "confidence"),
    )
    validation.flag(unanswerable, "unanswerable")
    if mode is not None:
        validation.string(mode, "mode")
    options = _Answers(mode, weights, document_score, where)
    options.check()
    get(task)
    if model is not None:
        validation.string(model, "model")
    report = reporter(progress)
    if labels is not None:
        if queries is not None or qrels is not None or where is not None:
            raise InputError("Pass labels for pairs, or queries and qrels (and where) for answers; one at a time.")
        record, file = _pairs(index, _labelled(labels), task, model, confidence, report)
        return _calibration(record, promise, file=file)
    if queries is None or qrels is None:
        raise InputError("Pass queries with qrels, to calibrate answers; or labels, to calibrate duplicate pairs.")
    texts = query_texts(queries)
    known = judged_queries(texts, judgements(qrels), unanswerable=unanswerable)
    return _calibration(_answers(index, known, options, confidence, report), promise, len(texts) - len(known))


def guarantees(record: CalibrationRecord, promise: float | None = None) -> tuple[Guarantee | Infeasible, ...]:
    """Return the guarantee for a target precision, or for each precision of the standard table."""
    wanted = PRECISIONS if promise is None else (promise,)
    return tuple(try_guarantee(record.scores, share, record.confidence) for share in wanted)


def _calibration(
    record: CalibrationRecord, promise: float | None, left_out: int = 0, file: Path | None = None
) -> Calibration:
    found = Calibration(record, guarantees(record, promise), left_out, file)
    if promise is not None:
        _ = found.guarantee  # raises if it is infeasible
    return found


def _answers(
    index: Index | Faq | str | Path,
    known: Sequence[CalibrationQuery],
    options: _Answers,
    confidence: float,
    report: Report,
) -> CalibrationRecord:
    if isinstance(index, Faq):
        if not options.default:
            raise InputError("A FAQ is searched in one way: leave out mode, weights and document_score.")
        return calibrate_faq(index, known, where=options.where, confidence=confidence, report=report)
    if isinstance(index, Index):
        weights = without_sparse(index.weights) if options.weights is None else options.weights
        mode, score = options.mode or index.task.mode, options.document_score
        params = SearchParams(
            mode=mode, where=options.where, weights=weights, document_score=score, languages=index.sealed.languages
        )
        return calibrate_search(index, known, params, confidence=confidence, report=report)
    opened = Faq.open(index, writable=True) if is_faq(index) else Index.open(index, writable=True)
    with opened:
        return _answers(opened, known, options, confidence, report)


def _pairs(
    source: Index | Faq | str | Path,
    pairs: Sequence[LabelledPair],
    task: str,
    model: str | None,
    confidence: float,
    report: Report,
) -> tuple[CalibrationRecord, Path | None]:
    if isinstance(source, Faq):
        raise InputError("A FAQ has no duplicate pairs to calibrate: pass one of its indexes.")
    if isinstance(source, Index):
        encoder, documents = source.encoder("calibrating"), source.sizes().documents
        record = calibrate_pairs(pairs, source.contract, encoder, documents, confidence=confidence, report=report)
        return keep_in_index(source, record), None
    if folder(source).exists():
        with Index.open(source, writable=True) as index:
            return _pairs(index, pairs, task, model, confidence, report)
    if not Path(source).exists():
        raise InputError(f"There is no file {source}, and no index {folder(source)}.")
    contract, encoder = Contract.for_task(task, model=model)
    record = calibrate_pairs(pairs, contract, encoder, confidence=confidence, report=report)
    return keep_for_file(record, source)


def _labelled(labels: Labels) -> list[LabelledPair]:
    if isinstance(labels, str | Path):
        return read_pairs(labels)
    return [_labelled_pair(one, place) for place, one in enumerate(items(labels, LABELS))]


def _labelled_pair(one: object, place: int) -> LabelledPair:
    if isinstance(one, LabelledPair):
        return one
    if not isinstance(one, tuple | list) or len(one) != 3:
        raise InputError(f"{LABELS}; at position {place} is {shown(one)}.")
    first, second, label = one
    name = f"labels, at position {place}: the"
    texts = validation.string(first, f"{name} first text"), validation.string(second, f"{name} second text")
    return LabelledPair(*texts, validation.number(label, f"{name} label", "1 or 0"))


PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


@dataclass(frozen=True)
class Unrelated:
    """Scores of random pairs. percentiles: (per cent, score below which they are)."""

    pairs: int
    mean: float
    percentiles: tuple[tuple[float, float], ...]


def unrelated(corpus: Corpus) -> Unrelated:
    """Score random pairs of documents, the same ones every time. A few of them may be related after all.

    Raises InputError for fewer than two documents.
    """
    if len(corpus.ids) < 2:
        raise InputError("There are fewer than two documents to compare.")
    keys = np.asarray(corpus.vectors.keys, np.int64)
    pairs = random_pairs(corpus.owners(keys))
    found = Background(pair_scores(*(corpus.vectors.vectors(keys[rows]) for rows in pairs)))
    percentiles = tuple((percent, found.quantile(percent / 100)) for percent in PERCENTILES)
    return Unrelated(found.scores.size, found.mean, percentiles)
