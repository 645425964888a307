"""Calibration of answers: first hits of an index or a FAQ for judged queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.confidence.record import NOTE, CalibrationRecord, ConfidenceModel, TopHit, learn_confidence, put
from askew.confidence.risk_control import CONFIDENCE, LabelledScores, labelled_scores
from askew.errors import InputError
from askew.evaluation.qrels import Qrels
from askew.faq.faq import Faq
from askew.faq.measure import held
from askew.faq.promised import FAQ, first
from askew.faq.reply import Reply
from askew.index import Index
from askew.progress import Progress, Report, silent
from askew.search.abstention import SEARCH, settings, top_hits
from askew.search.ranking import SearchParams
from askew.types import Where
from askew.validation import check_queries

TRAINING = 0.2
"""Share of the queries that train the confidence model; a tenth to a third works as well
(docs/decisions/0013-promises.md)."""
SEED = 0
BATCH = 256  # queries between two progress reports


@dataclass(frozen=True)
class JudgedQuery:
    """A query and the documents that answer it; none if it is unanswerable."""

    text: str
    relevant: frozenset[str]


def judged_queries(queries: Mapping[str, str], qrels: Qrels, *, unanswerable: bool) -> list[JudgedQuery]:
    """Return queries with their relevant documents.

    queries: text by id. unanswerable: keep queries without a relevant document, for which every answer is wrong;
    otherwise they count as unjudged and are left out. Raises InputError if no query has a relevant document.
    """
    found = [
        JudgedQuery(text, frozenset(id for id, grade in qrels.get(query, {}).items() if grade > 0))
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
    order = np.random.default_rng(SEED).permutation(len(firsts)).tolist()
    size = int(len(order) * TRAINING)
    training = [place for place in order[:size] if firsts[place].document]
    model = learn_confidence([firsts[place] for place in training], [right[place] for place in training])
    rest = order[size:]
    given = [place for place in rest if firsts[place].document]
    values = [model.of(firsts[place]) for place in given]
    return model, labelled_scores(values, [right[place] for place in given], len(rest))


def calibrate_faq(
    faq: Faq,
    messages: Sequence[JudgedQuery],
    *,
    where: Where | None = None,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Calibrate the answers of a FAQ and store the result in it; it must be writable.

    An answer is right if it is the same text as the answer of a relevant entry.
    """
    replies: list[Reply] = []
    for start in range(0, len(messages), BATCH):
        texts = [message.text for message in messages[start : start + BATCH]]
        replies += faq.ask_all(texts, 2, where=where, floor=0)
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
    queries: Sequence[JudgedQuery],
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
