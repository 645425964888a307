"""Fusion of both channels into one reply: ranked answers, and those good enough to return."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from askew.faq.entries import QuestionAnswer, joined
from askew.faq.scale import Scale, together
from askew.search.ranking import Ranked, first_of_each
from askew.types import Document


@dataclass(frozen=True)
class ChannelScore:
    """Result of an answer in one channel. rank: among the distinct answers, from 1. score: raw score in the channel.
    share: share of stored questions that find nothing as good without their own answer. surprise: -log p that an
    unrelated text scores as high. reaches: whether the score is above the channel's floor.
    """

    rank: int
    score: float
    share: float
    surprise: float
    reaches: bool


@dataclass(frozen=True)
class AnswerHit:
    """Answer found, with its best matching stored question ("" if not stored).

    score: fused score; each point makes it ten times less likely that an unrelated text scores as high. channel: the
    one with the strongest evidence. standings: results by channel that found it.
    """

    rank: int
    score: float
    entry: QuestionAnswer
    channel: str
    standings: Mapping[str, ChannelScore]

    @property
    def reaches(self) -> bool:
        return any(standing.reaches for standing in self.standings.values())


@dataclass(frozen=True)
class Reply:
    """Reply to a message. hits: answers that reach a floor; none if nothing answers the message. near: the best answers
    whether or not they reach one. floors: minimum score of each channel.
    """

    message: str
    hits: tuple[AnswerHit, ...]
    near: tuple[AnswerHit, ...]
    floors: Mapping[str, float]

    @property
    def abstained(self) -> bool:
        return not self.hits

    def as_json(self) -> Mapping[str, Any]:
        floors = {name: floor for name, floor in self.floors.items() if floor > float("-inf")}
        return {**asdict(self), "floors": floors, "abstained": self.abstained}


@dataclass(frozen=True)
class ChannelDocuments:
    """Candidate documents of both channels, by id."""

    questions: Mapping[str, Document]
    answers: Mapping[str, Document]


def reply(message: str, ranked: Sequence[AnswerHit], k: int, floors: Mapping[str, float]) -> Reply:
    good = [hit for hit in ranked if hit.reaches][:k]
    return Reply(message, _numbered(good), _numbered(ranked[:k]), floors)


def fused(
    rankings: Mapping[str, Sequence[Ranked]],
    candidates: ChannelDocuments,
    scales: Mapping[str, Scale],
    floors: Mapping[str, float],
) -> list[AnswerHit]:
    """Return each distinct answer once, best first. An answer shared by several questions gets the best of them.

    Questions whose answer is missing, because a writer is active, are skipped.
    """
    standings: dict[str, dict[str, ChannelScore]] = {}
    shown: dict[str, str] = {}
    for name, ranking in rankings.items():
        entries = [entry for entry in ranking if entry.document in candidates.answers]
        texts = [candidates.answers[entry.document].text for entry in entries]
        for rank, place in enumerate(first_of_each(texts), start=1):
            text, entry = texts[place], entries[place]
            score = _channel_score(rank, entry.score, scales[name], floors[name])
            standings.setdefault(text, {})[name] = score
            shown.setdefault(text, entry.document)
    hits = [_hit(candidates, shown[text], mine, len(rankings)) for text, mine in standings.items()]
    return sorted(hits, key=lambda hit: -hit.score)


def _channel_score(rank: int, score: float, scale: Scale, floor: float) -> ChannelScore:
    return ChannelScore(rank, score, scale.share(score), scale.surprise(score), score > floor)


def _hit(candidates: ChannelDocuments, id: str, standings: Mapping[str, ChannelScore], channels: int) -> AnswerHit:
    score = together([standing.surprise for standing in standings.values()], channels)
    channel = max(standings, key=lambda name: standings[name].surprise)
    return AnswerHit(0, score, joined(candidates.questions, candidates.answers[id]), channel, standings)


def _numbered(hits: Sequence[AnswerHit]) -> tuple[AnswerHit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
