"""Labelled scores for a calibration: top hits of judged queries, and labelled pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from askew.confidence.record import (
    DATA,
    NOTE,
    CalibrationRecord,
    ConfidenceModel,
    TopHit,
    file_data,
    learn_confidence,
    list_data,
    put,
)
from askew.confidence.risk_control import CONFIDENCE, Guarantee, LabelledScores, guarantee, labelled_scores
from askew.contract import Contract
from askew.dedup.corpus import Corpus, calibrated, calibration_file, pair_settings, stored_digests
from askew.documents.sources import find
from askew.encoders import Encoder
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair, is_graded
from askew.evaluation.qrels import Qrels
from askew.faq.entries import held
from askew.faq.faq import Faq
from askew.faq.reply import FAQ, Reply, first
from askew.files import replace_text
from askew.index import Index
from askew.ingest import entries
from askew.progress import Progress, Report, silent
from askew.search.abstention import SEARCH, settings, top_hits
from askew.search.ranking import SearchParams
from askew.types import Document, Where
from askew.validation import check_queries

TRAINING = 0.2
"""Share of the queries that train the confidence model; a tenth to a third works as well
(docs/decisions/0013-promises.md)."""
SEED = 0
BATCH = 256  # queries between two progress reports


@dataclass(frozen=True)
class CalibrationQuery:
    """A query and the documents that answer it; none if it is unanswerable."""

    text: str
    relevant: frozenset[str]


def judged_queries(queries: Mapping[str, str], qrels: Qrels, *, unanswerable: bool) -> list[CalibrationQuery]:
    """Return queries with their relevant documents.

    queries: text by id. unanswerable: keep queries without a relevant document, for which every answer is wrong;
    otherwise they count as unjudged and are left out. Raises InputError if no query has a relevant document.
    """
    found = [
        CalibrationQuery(text, frozenset(id for id, grade in qrels.get(query, {}).items() if grade > 0))
        for query, text in queries.items()
    ]
    if not any(one.relevant for one in found):
        raise InputError("No query has a relevant document: do queries and judgements use the same ids?")
    return [one for one in found if one.relevant or unanswerable]


def train_and_score(firsts: Sequence[TopHit], right: Sequence[bool]) -> tuple[ConfidenceModel, LabelledScores]:
    """Train the confidence model on a random fifth of the queries, and score the others with it.

    right: whether each first hit is. The split is the same every time; training queries are not scored, as that would
    overstate the precision.
    """
    drawn, rest = _split(len(firsts))
    training = [place for place in drawn if firsts[place].document]
    model = learn_confidence([firsts[place] for place in training], [right[place] for place in training])
    given = [place for place in rest if firsts[place].document]
    values = [model.of(firsts[place]) for place in given]
    return model, labelled_scores(values, [right[place] for place in given], len(rest))


def _split(count: int) -> tuple[list[int], list[int]]:
    """Return the places of the queries that train, and of those that are scored."""
    order = np.random.default_rng(SEED).permutation(count).tolist()
    size = int(count * TRAINING)
    return order[:size], order[size:]


def calibrate_faq(
    faq: Faq,
    messages: Sequence[CalibrationQuery],
    *,
    where: Where | None = None,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Calibrate the answers of a FAQ and store the result in it; it must be writable.

    An answer is right if it is the same text as the answer of a relevant entry. The messages that train the confidence
    model also refine the FAQ's own estimate of weights and threshold.
    """
    faq.learn([(messages[place].text, sorted(messages[place].relevant)) for place in _split(len(messages))[0]])
    replies: list[Reply] = []
    for start in range(0, len(messages), BATCH):
        texts = [message.text for message in messages[start : start + BATCH]]
        replies += faq.ask_all(texts, 2, where=where, threshold=0)
        report(Progress("messages", len(replies), len(messages)))
    known = held(faq.answers, {id for message in messages for id in message.relevant})
    right = []
    for message, reply in zip(messages, replies, strict=True):
        answers = {known[id].text for id in message.relevant if id in known}
        right.append(bool(reply.near) and reply.near[0].entry.answer in answers)
    model, scores = train_and_score([first(reply) for reply in replies], right)
    documents = faq.answers.sizes().documents
    record = CalibrationRecord(FAQ, faq.settings(where), scores, documents, confidence, model)
    faq.answers.store.set_note(NOTE, put(faq.answers.store.note(NOTE), record))
    return record


def calibrate_search(
    index: Index,
    queries: Sequence[CalibrationQuery],
    params: SearchParams,
    *,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Calibrate the first hits of a search and store the result in the index; it must be writable."""
    check_queries([query.text for query in queries])
    found: list[TopHit] = []
    for start in range(0, len(queries), BATCH):
        texts = [query.text for query in queries[start : start + BATCH]]
        found += top_hits(index.store, texts, index.sealed.encode_queries(texts, "calibrating"), params)
        report(Progress("queries", len(found), len(queries)))
    right = [first.document in query.relevant for first, query in zip(found, queries, strict=True)]
    model, scores = train_and_score(found, right)
    documents = index.sizes().documents
    record = CalibrationRecord(SEARCH, settings(index.store, params), scores, documents, confidence, model)
    index.store.set_note(NOTE, put(index.store.note(NOTE), record))
    return record


PAIRS = "pairs"
CHECKED = 50  # given scores that are compared with the model's
TOLERANCE = 0.05  # median difference, relative: a file has no titles


def calibrate_pairs(
    pairs: Sequence[LabelledPair],
    contract: Contract,
    encoder: Encoder,
    documents: int = 0,
    *,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Return the labelled scores of pairs.

    A pair's own score is used if it has one, as the labels of a review do; otherwise the model's. documents: size of
    the index that is searched for duplicates, 0 for files. Raises InputError for graded labels, and for scores that
    another model gave.
    """
    if is_graded(pairs):
        raise InputError("The labels are grades: give 1 for duplicates and 0 for other pairs.")
    given = [pair for pair in pairs if pair.score is not None]
    _check(given, contract, encoder)
    scores = iter(scored([pair for pair in pairs if pair.score is None], contract, encoder, report))
    values = [next(scores) if pair.score is None else pair.score for pair in pairs]
    labelled = labelled_scores(values, [pair.label == 1 for pair in pairs])
    return CalibrationRecord(PAIRS, pair_settings(contract), labelled, documents, confidence)


def scored(pairs: Sequence[LabelledPair], contract: Contract, encoder: Encoder, report: Report = silent) -> list[float]:
    """Return the model's scores (n,); of texts split into passages the highest score of two passages."""
    scores: list[float] = []
    for start in range(0, len(pairs), BATCH):
        part = pairs[start : start + BATCH]
        texts = list(dict.fromkeys(text for pair in part for text in (pair.text1, pair.text2)))
        made = entries([Document(text, text) for text in texts], encoder, contract)
        vectors = {entry.document.id: entry.vectors for entry in made}
        scores += [float((vectors[pair.text1] @ vectors[pair.text2].T).max()) for pair in part]
        report(Progress("pairs", len(scores), len(pairs)))
    return scores


def keep_in_index(index: Index, record: CalibrationRecord) -> CalibrationRecord:
    """Store a calibration in a writable index, for the documents that it holds now, and return it with their digest."""
    kept = replace(record, settings={**record.settings, DATA: list_data(stored_digests(index.store))})
    index.store.set_note(NOTE, put(index.store.note(NOTE), kept))
    return kept


def keep_for_file(record: CalibrationRecord, source: str | Path) -> tuple[CalibrationRecord, Path]:
    """Store a calibration for a file, or a folder of files, and return it with their digest, and where it is stored."""
    kept = replace(record, settings={**record.settings, DATA: file_data([one.path for one in find(source)])})
    path = calibration_file(kept.settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, put(path.read_text("utf-8") if path.exists() else "", kept))
    return kept, path


def pair_guarantee(corpus: Corpus, min_confidence: float) -> Guarantee:
    """Return the guarantee of a precision; pairs at or above its threshold are reported."""
    record = calibrated(corpus)
    return guarantee(record.scores, min_confidence, record.confidence)


def _check(pairs: Sequence[LabelledPair], contract: Contract, encoder: Encoder) -> None:
    """Raise `InputError` for scores that another model gave."""
    if not pairs:
        return
    some = [pairs[place] for place in np.linspace(0, len(pairs) - 1, min(CHECKED, len(pairs))).astype(int).tolist()]
    own = np.array(scored(some, contract, encoder))
    given = np.array([pair.score for pair in some], np.float64)
    if np.median(np.abs(own - given)) > TOLERANCE * max(1.0, float(np.abs(own).max())):
        raise InputError(
            f"The scores in the labels are not those of {contract.encoder.model}. Name the model that gave them, or "
            "remove the scores to have them computed."
        )
