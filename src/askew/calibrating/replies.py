"""Evidence of a FAQ: of each judged message the first answer, and whether it is right."""

from collections.abc import Sequence

from askew.calibrating.judged import BATCH, Asked, taught
from askew.confidence.record import NOTE, CalibrationRecord, put
from askew.confidence.risk_control import CONFIDENCE
from askew.faq.faq import Faq
from askew.faq.measure import held
from askew.faq.promised import OF, first
from askew.faq.reply import Reply
from askew.progress import Progress, Report, silent
from askew.types import Where


def calibrate_faq(
    faq: Faq,
    messages: Sequence[Asked],
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
    signal, evidence = taught([first(reply) for reply in replies], right)
    documents = faq.answers.sizes().documents
    record = CalibrationRecord(OF, faq.settings(where), evidence, documents, confidence, signal)
    faq.answers.store.set_note(NOTE, put(faq.answers.store.note(NOTE), record))
    return record
