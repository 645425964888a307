"""Calibration of answers: the top hit of an index or a FAQ, for judged queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.confidence.confidence_model import ConfidenceModel, TopHit, learn_confidence
from askew.confidence.record import NOTE, CalibrationRecord, put
from askew.confidence.risk_control import CONFIDENCE, LabelledScores, labelled_scores
from askew.errors import InputError
from askew.faq.faq import Faq
from askew.faq.measure import held
from askew.faq.promised import FAQ, first
from askew.faq.reply import Reply
from askew.index import Index
from askew.progress import Progress, Report, silent
from askew.search.abstention import SEARCH, settings, top_hits
from askew.search.ranking import SearchParams
from askew.stores.steady import steady
from askew.types import Document, Where
from askew.validation import check_queries

TEACH = 0.2
"""The share of the queries that teach; a tenth to a third serves as well (docs/decisions/0013-promises.md)."""
SEED = 0
BATCH = 256  # queries between two words about how far it is

Judgements = Mapping[str, Mapping[str, float]]
"""By query and document: how relevant; 0 and less is not at all."""


@dataclass(frozen=True)
class JudgedQueries:
    """A query, and the documents that answer it; none where nothing does."""

    text: str
    relevant: frozenset[str]


def judged_queries(queries: Sequence[Document], qrels: Judgements, *, unanswerable: bool) -> list[JudgedQueries]:
    """unanswerable: a query without a relevant document is one that nothing answers, so that every answer to it is
    wrong; else it is left out, as nobody has judged it.
    """
    found = [
        JudgedQueries(query.text, frozenset(id for id, value in qrels.get(query.id, {}).items() if value > 0))
        for query in queries
    ]
    if not any(one.relevant for one in found):
        raise InputError("Of no query is a relevant document known: do the ids of queries and judgements meet?")
    return [one for one in found if one.relevant or unanswerable]


def train_and_score(firsts: Sequence[TopHit], right: Sequence[bool]) -> tuple[ConfidenceModel, LabelledScores]:
    """Drawn at random, the same ones every time. What taught is no evidence: it would flatter the signal."""
    order = np.random.default_rng(SEED).permutation(len(firsts)).tolist()
    size = int(len(order) * TEACH)
    lessons = [place for place in order[:size] if firsts[place].document]
    signal = learn_confidence([firsts[place] for place in lessons], [right[place] for place in lessons])
    rest = order[size:]
    given = [place for place in rest if firsts[place].document]
    values = [signal.of(firsts[place]) for place in given]
    return signal, labelled_scores(values, [right[place] for place in given], len(rest))


def calibrate_faq(
    faq: Faq,
    messages: Sequence[JudgedQueries],
    *,
    where: Where | None = None,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Kept in the FAQ, which must be writable. An answer is right if an entry that answers has the very same one."""
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
    signal, evidence = train_and_score([first(reply) for reply in replies], right)
    documents = faq.answers.sizes().documents
    record = CalibrationRecord(FAQ, faq.settings(where), evidence, documents, confidence, signal)
    faq.answers.store.set_note(NOTE, put(faq.answers.store.note(NOTE), record))
    return record


def calibrate_search(
    index: Index,
    queries: Sequence[JudgedQueries],
    how: SearchParams,
    *,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Kept in the index, which must be writable, for every search that ranks in the same way."""
    check_queries([query.text for query in queries])
    found: list[TopHit] = []
    for start in range(0, len(queries), BATCH):
        texts = [query.text for query in queries[start : start + BATCH]]
        encode = index.sealed.sides("calibrating").query
        found += steady(lambda texts=texts, encode=encode: top_hits(index.store, encode, texts, how))  # type: ignore[misc]
        report(Progress("queries", len(found), len(queries)))
    right = [first.document in query.relevant for first, query in zip(found, queries, strict=True)]
    signal, evidence = train_and_score(found, right)
    documents = index.sizes().documents
    record = CalibrationRecord(SEARCH, settings(index.store, how), evidence, documents, confidence, signal)
    index.store.set_note(NOTE, put(index.store.note(NOTE), record))
    return record
