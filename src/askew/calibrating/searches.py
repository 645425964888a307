"""Evidence of an index: of each judged query the first hit, and whether it is right."""

from collections.abc import Sequence

from askew.asked import check_how, check_queries
from askew.calibrating.judged import BATCH, Asked, taught
from askew.confidence.confidence_model import TopHit
from askew.confidence.record import NOTE, CalibrationRecord, put
from askew.confidence.risk_control import CONFIDENCE
from askew.index import Index
from askew.progress import Progress, Report, silent
from askew.search.how import How
from askew.search.sure.first import firsts
from askew.search.sure.promised import OF, settings
from askew.stores.steady import steady


def calibrate_search(
    index: Index, queries: Sequence[Asked], how: How, *, confidence: float = CONFIDENCE, report: Report = silent
) -> CalibrationRecord:
    """Kept in the index, which must be writable, for every search that ranks in the same way."""
    check_queries([query.text for query in queries])
    check_how(how)
    found: list[TopHit] = []
    for start in range(0, len(queries), BATCH):
        texts = [query.text for query in queries[start : start + BATCH]]
        encode = index.sealed.sides("calibrating").query
        found += steady(lambda texts=texts, encode=encode: firsts(index.store, encode, texts, how))  # type: ignore[misc]
        report(Progress("queries", len(found), len(queries)))
    right = [first.document in query.relevant for first, query in zip(found, queries, strict=True)]
    signal, evidence = taught(found, right)
    documents = index.sizes().documents
    record = CalibrationRecord(OF, settings(index.store, how), evidence, documents, confidence, signal)
    index.store.set_note(NOTE, put(index.store.note(NOTE), record))
    return record
