"""What a FAQ lacks and where it is at odds with itself: unanswered messages, duplicates, contradictions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from askew.errors import InputError
from askew.faq.entries import QuestionAnswer, joined
from askew.faq.faq import Faq
from askew.faq.measure import held
from askew.faq.reply import AnswerHit, Reply
from askew.faq.scale import FLOOR
from askew.mining.exact.vectors import InMemory
from askew.mining.pairs import pairs
from askew.mining.verdicts.differences import Difference, differences
from askew.progress import Progress, Report, silent
from askew.similarity import Similarity
from askew.tasks import get
from askew.types import Role

BATCH = 256  # messages asked together


@dataclass(frozen=True)
class Asked:
    """A message of a log and how often it came, in any case and spacing; `nearest` is the best of what is stored."""

    message: str
    count: int
    nearest: tuple[AnswerHit, ...]


@dataclass(frozen=True)
class Unanswered:
    """Messages that ask the same and that nothing answers; the first speaks for all. count: with their repetitions."""

    count: int
    messages: tuple[Asked, ...]


@dataclass(frozen=True)
class SameQuestion:
    """Two stored questions that ask the same. answers: same (word for word), alike (their score reaches the threshold),
    or differ.
    """

    score: float
    a: QuestionAnswer
    b: QuestionAnswer
    answers: str


@dataclass(frozen=True)
class Contradiction:
    """because: same question, or same answer but for what differs. score: of that pair."""

    because: str
    score: float
    a: QuestionAnswer
    b: QuestionAnswer
    evidence: tuple[Difference, ...]


@dataclass(frozen=True)
class Curation:
    """threshold: the score from which two questions ask the same. asked: messages in the log."""

    threshold: float
    asked: int
    unanswered: tuple[Unanswered, ...]
    duplicates: tuple[SameQuestion, ...]
    contradictions: tuple[Contradiction, ...]

    @property
    def clean(self) -> bool:
        return not (self.unanswered or self.duplicates or self.contradictions)

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)


def curate(
    faq: Faq,
    log: Sequence[str] = (),
    *,
    threshold: float | None = None,
    floor: float = FLOOR,
    report: Report = silent,
) -> Curation:
    """`threshold`: the questions' task's own where none is given."""
    chosen = _threshold(faq) if threshold is None else threshold
    duplicates, contradictions = _at_odds(faq, chosen, report)
    unanswered = _unanswered(faq, log, chosen, floor, report)
    return Curation(chosen, len(log), tuple(unanswered), tuple(duplicates), tuple(contradictions))


def _threshold(faq: Faq) -> float:
    if faq.questions.contract.encoder.similarity is not Similarity.COSINE:
        raise InputError("The questions' model has no scale that is known beforehand: give a threshold.")
    return faq.questions.task.threshold


def _unanswered(faq: Faq, log: Sequence[str], threshold: float, floor: float, report: Report) -> list[Unanswered]:
    """Groups, the most asked first."""
    counted: Counter[str] = Counter()
    first: dict[str, str] = {}
    for message in log:
        if key := " ".join(message.split()).casefold():
            counted[key] += 1
            first.setdefault(key, message.strip())
    replies = _replies(faq, list(first.values()), floor, report)
    open_ones = [
        Asked(reply.message, counted[key], reply.near[:1])
        for key, reply in zip(first, replies, strict=True)
        if reply.abstained
    ]
    return _grouped(faq, sorted(open_ones, key=lambda asked: -asked.count), threshold)


def _replies(faq: Faq, messages: Sequence[str], floor: float, report: Report) -> list[Reply]:
    replies: list[Reply] = []
    for start in range(0, len(messages), BATCH):
        replies += faq.ask_all(messages[start : start + BATCH], 1, floor=floor)
        report(Progress("messages", len(replies), len(messages)))
    return replies


def _grouped(faq: Faq, asked: Sequence[Asked], threshold: float) -> list[Unanswered]:
    """Stars, not chains: each message of a group reaches the threshold with the one that speaks for it."""
    if not asked:
        return []
    vectors = faq.questions.sealed.encode(Role.DOCUMENT, "grouping", [one.message for one in asked])
    near: list[set[int]] = [{row} for row in range(len(asked))]
    for a, b in pairs(InMemory(vectors), threshold).keys.tolist():
        near[a].add(b)
        near[b].add(a)
    weight = np.array([sum(asked[other].count for other in rows) for rows in near])
    groups, taken = [], set[int]()
    for row in np.argsort(-weight, kind="stable").tolist():
        if row not in taken:
            others = sorted(near[row] - taken - {row})
            taken |= near[row]
            members = tuple(asked[place] for place in (row, *others))
            groups.append(Unanswered(sum(one.count for one in members), members))
    return sorted(groups, key=lambda group: -group.count)


def _at_odds(faq: Faq, threshold: float, report: Report) -> tuple[list[SameQuestion], list[Contradiction]]:
    same = {(pair.a, pair.b): pair.score for pair in faq.questions.duplicates(threshold, report=report)}
    alike = _alike(faq, threshold, report)
    ids = {id for pair in (*same, *alike) for id in pair}
    questions, answers = held(faq.questions, ids), held(faq.answers, ids)
    entry = {id: joined(questions, answers[id]) for id in answers}
    whole = {pair: score for pair, score in same.items() if entry.keys() >= set(pair)}
    duplicates = [
        SameQuestion(score, entry[a], entry[b], _verdict(entry[a], entry[b], alike)) for (a, b), score in whole.items()
    ]
    near = get("near-duplicate").threshold
    met = {frozenset(pair) for pair in same}
    others = {pair: score for pair, score in alike.items() if score >= near and frozenset(pair) not in met}
    contradictions = [
        Contradiction(because, score, entry[a], entry[b], evidence)
        for because, found in (("same question", whole), ("same answer", others))
        for (a, b), score in found.items()
        if entry.keys() >= {a, b} and (evidence := tuple(differences(entry[a].answer, entry[b].answer)))
    ]
    return duplicates, contradictions


def _alike(faq: Faq, threshold: float, report: Report) -> dict[tuple[str, str], float]:
    """Pairs of answers that reach the threshold; none where the answers' model has no known scale."""
    if faq.answers.contract.encoder.similarity is not Similarity.COSINE:
        return {}
    return {(pair.a, pair.b): pair.score for pair in faq.answers.duplicates(threshold, report=report)}


def _verdict(a: QuestionAnswer, b: QuestionAnswer, alike: Mapping[tuple[str, str], float]) -> str:
    if " ".join(a.answer.split()) == " ".join(b.answer.split()):
        return "same"
    return "alike" if (a.id, b.id) in alike or (b.id, a.id) in alike else "differ"
