"""From what each channel found to one reply: answers in order, and which of them are good enough to be given."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from askew.faq.entries import QuestionAnswer, joined
from askew.faq.scale import Scale, together
from askew.search.ranking import Ranked
from askew.types import Document


@dataclass(frozen=True)
class Standing:
    """How an answer stands in one channel. rank: among the different answers there, from 1. score: the channel's own.
    share: of stored questions, their own answer left out, the share that finds nothing as good. surprise: -log p that
    something unrelated scores so high. reaches: whether the score lies above the channel's floor.
    """

    rank: int
    score: float
    share: float
    surprise: float
    reaches: bool


@dataclass(frozen=True)
class AnswerHit:
    """An answer that was found, with the stored question of it that fits best ("" where it is not stored).

    score: of both channels together; each point means that something unrelated is ten times less likely to score so
    high. channel: the one in which the answer stands out most. standings: by channel, where it was found.
    """

    rank: int
    score: float
    entry: QuestionAnswer
    channel: str
    standings: Mapping[str, Standing]

    @property
    def reaches(self) -> bool:
        return any(standing.reaches for standing in self.standings.values())


@dataclass(frozen=True)
class Reply:
    """hits: the answers that reach a floor; none where nothing here answers the message. near: the best, whether or not
    they reach one. floors: the score of each channel from which on it answers.
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
class Held:
    """The documents of both channels that may be hits, by id."""

    questions: Mapping[str, Document]
    answers: Mapping[str, Document]


def reply(message: str, ranked: Sequence[AnswerHit], k: int, floors: Mapping[str, float]) -> Reply:
    good = [hit for hit in ranked if hit.reaches][:k]
    return Reply(message, _numbered(good), _numbered(ranked[:k]), floors)


def fused(
    rankings: Mapping[str, Sequence[Ranked]], held: Held, scales: Mapping[str, Scale], floors: Mapping[str, float]
) -> list[AnswerHit]:
    """Every different answer once, best first. Where several stored questions share one, the best speaks for it.

    A question whose answer is not there (a writer is at work) is passed over.
    """
    standings: dict[str, dict[str, Standing]] = {}
    shown: dict[str, str] = {}
    for name, ranking in rankings.items():
        rank = 0
        for entry in ranking:
            if entry.document not in held.answers:
                continue
            text = held.answers[entry.document].text
            mine = standings.setdefault(text, {})
            if name not in mine:
                rank += 1
                mine[name] = _standing(rank, entry.score, scales[name], floors[name])
                shown.setdefault(text, entry.document)
    hits = [_hit(held, shown[text], mine, len(rankings)) for text, mine in standings.items()]
    return sorted(hits, key=lambda hit: -hit.score)


def _standing(rank: int, score: float, scale: Scale, floor: float) -> Standing:
    return Standing(rank, score, scale.share(score), scale.surprise(score), score > floor)


def _hit(held: Held, id: str, standings: Mapping[str, Standing], channels: int) -> AnswerHit:
    score = together([standing.surprise for standing in standings.values()], channels)
    channel = max(standings, key=lambda name: standings[name].surprise)
    return AnswerHit(0, score, joined(held.questions, held.answers[id]), channel, standings)


def _numbered(hits: Sequence[AnswerHit]) -> tuple[AnswerHit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
