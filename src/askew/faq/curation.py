"""FAQ curation: unanswered messages, duplicate questions and contradictory answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from askew.dedup.corpus import of_index
from askew.dedup.exact.pairs import pairs
from askew.dedup.exact.vectors import InMemory
from askew.dedup.find import PairParams, similar_pairs
from askew.errors import InputError
from askew.faq.entries import QuestionAnswer, held, joined, without_readers
from askew.faq.faq import Faq
from askew.faq.reply import THRESHOLD, AnswerHit, Reply
from askew.index import Index
from askew.pair_labels.judge import SentenceDifference, differences
from askew.progress import Progress, Report, reporter
from askew.similarity import Similarity
from askew.tasks import get
from askew.text.normalise import normalise
from askew.types import Pair, Role

BATCH = 256  # messages searched together


@dataclass(frozen=True)
class LoggedMessage:
    """Message of a log with the frequency of its normal form; `nearest` is the closest stored answer."""

    message: str
    count: int
    nearest: tuple[AnswerHit, ...]


@dataclass(frozen=True)
class Unanswered:
    """Group of equivalent unanswered messages, the representative first. count: total with repetitions."""

    count: int
    messages: tuple[LoggedMessage, ...]


@dataclass(frozen=True)
class SameQuestion:
    """Two stored questions with the same meaning. answers: "same" (identical wording), "alike" (their score reaches the
    threshold) or "differ".
    """

    score: float
    a: QuestionAnswer
    b: QuestionAnswer
    answers: str


@dataclass(frozen=True)
class Contradiction:
    """Contradiction. because: "same question" or "same answer" (except for the evidence). score: of that pair."""

    because: str
    score: float
    a: QuestionAnswer
    b: QuestionAnswer
    evidence: tuple[SentenceDifference, ...]


@dataclass(frozen=True)
class Curation:
    """Result of a curation. threshold: score from which questions count as the same. asked: messages in the log."""

    threshold: float
    asked: int
    unanswered: tuple[Unanswered, ...]
    duplicates: tuple[SameQuestion, ...]
    contradictions: tuple[Contradiction, ...]

    @property
    def clean(self) -> bool:
        return not (self.unanswered or self.duplicates or self.contradictions)

    def as_json(self) -> Mapping[str, Any]:
        """Return the result, without the readers of its entries."""
        return asdict(self, dict_factory=without_readers)


def curate(
    faq: Faq,
    log: Sequence[str] = (),
    *,
    threshold: float | None = None,
    answer_threshold: float = THRESHOLD,
    progress: bool | Report | None = None,
) -> Curation:
    """Find unanswered messages, duplicates and contradictions. threshold: from which two questions count as the
    same; None means their task's default. answer_threshold: from which a message counts as answered, see `Faq.ask`.
    """
    report = reporter(progress)
    chosen = _threshold(faq) if threshold is None else threshold
    duplicates, contradictions = _at_odds(faq, chosen, report)
    unanswered = _unanswered(faq, log, chosen, answer_threshold, report)
    return Curation(chosen, len(log), tuple(unanswered), tuple(duplicates), tuple(contradictions))


def _threshold(faq: Faq) -> float:
    if faq.questions.contract.encoder.similarity is not Similarity.COSINE:
        raise InputError(
            "The questions' model does not use cosine similarity, so there is no default threshold: set a threshold."
        )
    return faq.questions.task.threshold


def _unanswered(faq: Faq, log: Sequence[str], threshold: float, enough: float, report: Report) -> list[Unanswered]:
    """Return groups of unanswered messages, the most frequent first."""
    counted: Counter[str] = Counter()
    first: dict[str, str] = {}
    for message in log:
        if key := normalise(message):
            counted[key] += 1
            first.setdefault(key, message.strip())
    replies = _replies(faq, list(first.values()), enough, report)
    open_ones = [
        LoggedMessage(reply.message, counted[key], reply.near[:1])
        for key, reply in zip(first, replies, strict=True)
        if reply.abstained
    ]
    return _grouped(faq, sorted(open_ones, key=lambda message: -message.count), threshold)


def _replies(faq: Faq, messages: Sequence[str], enough: float, report: Report) -> list[Reply]:
    replies: list[Reply] = []
    for start in range(0, len(messages), BATCH):
        replies += faq.ask_all(messages[start : start + BATCH], 1, threshold=enough)
        report(Progress("messages", len(replies), len(messages)))
    return replies


def _grouped(faq: Faq, messages: Sequence[LoggedMessage], threshold: float) -> list[Unanswered]:
    """Group messages in stars, not chains: each member reaches the threshold with the representative."""
    if not messages:
        return []
    vectors = faq.questions.sealed.encode(Role.DOCUMENT, "grouping", [one.message for one in messages])
    near: list[set[int]] = [{row} for row in range(len(messages))]
    for a, b in pairs(InMemory(vectors), threshold).keys.tolist():
        near[a].add(b)
        near[b].add(a)
    weight = np.array([sum(messages[other].count for other in rows) for rows in near])
    groups, taken = [], set[int]()
    for row in np.argsort(-weight, kind="stable").tolist():
        if row not in taken:
            others = sorted(near[row] - taken - {row})
            taken |= near[row]
            members = tuple(messages[place] for place in (row, *others))
            groups.append(Unanswered(sum(one.count for one in members), members))
    return sorted(groups, key=lambda group: -group.count)


def _at_odds(faq: Faq, threshold: float, report: Report) -> tuple[list[SameQuestion], list[Contradiction]]:
    same = {(pair.a, pair.b): pair.score for pair in _similar(faq.questions, threshold, report)}
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
    """Return pairs of answers that reach the threshold; none unless the answers' model uses cosine similarity."""
    if faq.answers.contract.encoder.similarity is not Similarity.COSINE:
        return {}
    return {(pair.a, pair.b): pair.score for pair in _similar(faq.answers, threshold, report)}


def _similar(index: Index, threshold: float, report: Report) -> list[Pair]:
    return similar_pairs(of_index(index), PairParams(threshold), report)


def _verdict(a: QuestionAnswer, b: QuestionAnswer, alike: Mapping[tuple[str, str], float]) -> str:
    if normalise(a.answer) == normalise(b.answer):
        return "same"
    return "alike" if (a.id, b.id) in alike or (b.id, a.id) in alike else "differ"
