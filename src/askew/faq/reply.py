"""Replies: fusion of both channels into ranked answers with one score each, and those good enough to return."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from askew.confidence.record import CalibrationRecord, Settings, TopHit, digest, find
from askew.confidence.risk_control import guarantee
from askew.faq.entries import QuestionAnswer, joined, without_readers
from askew.faq.estimate import Estimate
from askew.search.ranking import Ranked, first_of_each
from askew.types import Document, Where

THRESHOLD = 0.5
"""Default score from which an answer is returned: the estimate of a FAQ puts it where an answer is as likely as not."""
FAQ = "faq"
COMMAND = "askew calibrate NAME --queries QUERIES --qrels QRELS"


@dataclass(frozen=True)
class ChannelScore:
    """Result of an answer in one channel. rank: among the distinct answers, from 1. score: the model's similarity.
    evidence: weight of that score in the estimate of the FAQ, in nats.
    """

    rank: int
    score: float
    evidence: float


@dataclass(frozen=True)
class AnswerHit:
    """Answer found, with its best matching stored question ("" if not stored).

    score: 0 to 1, how much the message looks like one that this answer fits rather than like any other message.
    log_odds: the same without rounding at the ends. channel: the one with the strongest evidence. standings: results
    by channel that found it.
    """

    rank: int
    score: float
    entry: QuestionAnswer
    channel: str
    standings: Mapping[str, ChannelScore]
    log_odds: float

    @property
    def because(self) -> str:
        """How the answer was found, as part of a sentence."""
        similar = {name.removesuffix("s"): one.score for name, one in self.standings.items()}
        first, *others = sorted(similar, key=lambda name: -similar[name])
        also = "".join(f", and to its {name} {similar[name]:.2f}" for name in others)
        return f"the message is most like its {first} (similarity {similar[first]:.2f}{also})"


@dataclass(frozen=True)
class Reply:
    """Reply to a message. hits: answers that reach the threshold; none if nothing answers the message. near: the best
    answers whether or not they reach it. threshold: the score that was asked for.
    """

    message: str
    hits: tuple[AnswerHit, ...]
    near: tuple[AnswerHit, ...]
    threshold: float

    @property
    def abstained(self) -> bool:
        return not self.hits

    @property
    def explanation(self) -> str:
        """One sentence that says what was decided, and why."""
        if not self.near:
            return "Nothing in the FAQ was found."
        best = self.near[0]
        id, score = best.entry.id, shown(best.score)
        if self.hits:
            return f"{id} scores {score}, and {shown(self.threshold)} is enough: {best.because}."
        if best.score < self.threshold:
            return f"Nothing in the FAQ answers this: the nearest entry, {id}, scores {score}, below {self._least}."
        return f"Nothing in the FAQ answers this surely enough: the nearest entry, {id}, scores {score}."

    @property
    def _least(self) -> str:
        """The threshold, rounded so that a score below it does not look like it."""
        return f"{math.ceil(self.threshold * 100 - 1e-9) / 100:.2f}"

    def as_json(self) -> Mapping[str, Any]:
        """Return the reply, without the readers of its entries."""
        found = asdict(self, dict_factory=without_readers)
        return {**found, "abstained": self.abstained, "explanation": self.explanation}


@dataclass(frozen=True)
class ChannelDocuments:
    """Candidate documents of both channels, by id."""

    questions: Mapping[str, Document]
    answers: Mapping[str, Document]


def shown(score: float) -> str:
    """Return a score with two decimal places, rounded down, so that one below a threshold never looks like it."""
    return f"{math.floor(score * 100 + 1e-9) / 100:.2f}"


def reply(message: str, ranked: Sequence[AnswerHit], k: int, threshold: float) -> Reply:
    good = [hit for hit in ranked if hit.score >= threshold][:k]
    return Reply(message, _numbered(good), _numbered(ranked[:k]), threshold)


def fused(
    rankings: Mapping[str, Sequence[Ranked]], candidates: ChannelDocuments, estimate: Estimate
) -> list[AnswerHit]:
    """Return each distinct answer once, best first. An answer shared by several questions gets the best of them.

    Questions whose answer is missing, because a writer is active, are skipped.
    """
    found: dict[str, dict[str, tuple[int, float]]] = {}
    shown: dict[str, str] = {}
    for name, ranking in rankings.items():
        entries = [entry for entry in ranking if entry.document in candidates.answers]
        texts = [candidates.answers[entry.document].text for entry in entries]
        for rank, place in enumerate(first_of_each(texts), start=1):
            text, entry = texts[place], entries[place]
            found.setdefault(text, {})[name] = rank, entry.score
            shown.setdefault(text, entry.document)
    hits = [_hit(candidates, shown[text], mine, estimate) for text, mine in found.items()]
    return sorted(hits, key=lambda hit: -hit.log_odds)


def _hit(candidates: ChannelDocuments, id: str, mine: Mapping[str, tuple[int, float]], estimate: Estimate) -> AnswerHit:
    parts = estimate.parts({name: score for name, (_, score) in mine.items()})
    log_odds = estimate.log_odds(parts)
    channel = max(mine, key=lambda name: parts[name])
    standings = {name: ChannelScore(rank, score, parts[name]) for name, (rank, score) in mine.items()}
    entry = joined(candidates.questions, candidates.answers[id])
    return AnswerHit(0, _probability(log_odds), entry, channel, standings, log_odds)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds)) if log_odds >= 0 else math.exp(log_odds) / (1 + math.exp(log_odds))


def _numbered(hits: Sequence[AnswerHit]) -> tuple[AnswerHit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))


def settings(manifests: Sequence[str], estimate: Estimate, where: Where | None) -> Settings:
    """Return everything a calibration depends on. A new estimate invalidates it."""
    filter = json.dumps(where, sort_keys=True, ensure_ascii=False) if where else ""
    return {"contract": digest(*manifests), "estimate": digest(estimate.as_text()), "where": filter}


def first(reply: Reply) -> TopHit:
    """Return the features of the first answer. The reply should hold two or more answers if there are that many."""
    if not reply.near:
        return TopHit("", 0.0, 0.0, 0.0)
    best, *others = reply.near
    agreed = sum(standing.rank == 1 for standing in best.standings.values()) / 2
    lead = best.log_odds - others[0].log_odds if others else best.log_odds
    return TopHit(best.entry.id, best.log_odds, lead, agreed)


def calibrated(text: str, asked: Settings) -> CalibrationRecord:
    """Return the stored calibration for these settings; see `askew.confidence.record.find`."""
    return find(text, FAQ, asked, COMMAND)


def promised(text: str, asked: Settings, reply: Reply, min_confidence: float, k: int) -> Reply:
    """Keep the first answer if it reaches the calibrated threshold. text: stored calibrations. reply: made with the
    threshold 0. k: number of near answers to show.
    """
    record = calibrated(text, asked)
    threshold = guarantee(record.scores, min_confidence, record.confidence).threshold
    known = first(reply)
    sure = record.model is not None and bool(known.document) and record.model.of(known) >= threshold
    return replace(reply, hits=reply.near[:1] if sure else (), near=reply.near[:k])
