"""Estimate of a FAQ without labels: score scales, channel weights, and the confidence of an answer.

Stored questions are asked again in other forms (words dropped, the first half, typing errors, blended with another
question), and as if their own entry were missing; messages about anything else are asked too. What each channel finds
then decides how much it counts, and how strong the evidence for an answer must be. Labelled messages refine both.
"""

import json
import math
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from askew.faq.entries import QuestionAnswer, held
from askew.faq.messages import made_messages, unrelated_messages
from askew.index import Index
from askew.paths import ANSWERS, QUESTIONS
from askew.search import background
from askew.search.background import Background
from askew.search.ranking import Ranked
from askew.values import from_json

SAMPLE = 150
"""Stored questions that are asked again."""
VECTORS = 400
"""Stored vectors that give the scores of unrelated texts."""
NEAREST = 50
"""Hits looked at in each channel."""
FEW_PAIRS = 30  # fewer scores are not enough to estimate a spread
PRIOR = (1.0, 1.0, 0.0)
"""Weights where nothing is known: the harmonic mean p-value (Wilson 2019, doi 10.1073/pnas.1814092116)."""
PULL = 0.1  # strength of the prior, in nats per message
LOWEST, HIGHEST = (0.02, 0.0, -8.0), (3.0, 3.0, 8.0)
NEW = 0.1
"""Weight of messages whose question is not stored, relative to rephrased ones (docs/decisions/0031-faq.md)."""
MADE = {"blend": 0.4, "drop": 0.2, "half": 0.2, "typo": 0.2}
"""Shares of made messages in what deserves an answer."""
UNRELATED, NEAR_MISS = 0.99, 0.01
"""Shares of unrelated messages, and of those whose entry is missing, in what does not."""
LABELS = 50  # labelled messages that count as much as all made ones
FEW = 0.01
"""Share of stored questions that may be refused when asked word for word."""
VIEWS = 64
"""Estimates of views that are kept."""
RIDGE = 1e-4  # keeps the slope finite where made and unrelated messages do not overlap

Floats = NDArray[np.float64]
Weights = tuple[float, float, float]
Found = Mapping[str, float]
"""The best score of each answer, by its text."""


@dataclass(frozen=True)
class Scale:
    """Score scale of a channel. centre, spread: normal distribution of the scores of unrelated texts."""

    centre: float = 0.0
    spread: float = 1.0

    def surprise(self, score: float) -> float:
        """Return -log p, where p is the share of unrelated texts that score as high by chance."""
        return log_tail((score - self.centre) / self.spread)


@dataclass(frozen=True)
class Estimate:
    """What was estimated. weights: slope of the question channel, slope and offset of the answer channel.

    centre, slope: the evidence at which an answer is as likely as not to fit, and how fast that changes. entries: size
    of the FAQ at the time. labels: labelled messages that were used.
    """

    scales: Mapping[str, Scale]
    weights: Weights = PRIOR
    centre: float = 0.0
    slope: float = 1.0
    entries: int = 0
    labels: int = 0

    def parts(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Return the evidence by channel. scores: raw scores by channel; a channel may be missing."""
        by_question, by_answer, offset = self.weights
        known = {name: self.scales[name].surprise(score) for name, score in scores.items()}
        return {
            QUESTIONS: by_question * known.get(QUESTIONS, 0.0),
            ANSWERS: by_answer * known.get(ANSWERS, 0.0) + offset,
        }

    def log_odds(self, parts: Mapping[str, float]) -> float:
        """Return the log odds that an answer with this evidence fits."""
        return self.slope * (float(np.logaddexp(parts[QUESTIONS], parts[ANSWERS])) - self.centre)

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        noted: dict[str, Any] = from_json(text)
        scales = {name: Scale(**one) for name, one in noted.pop("scales").items()}
        return cls(scales, tuple(noted.pop("weights")), **noted)

    def fits(self, entries: int, growth: float) -> bool:
        """Return whether the estimate is still valid for this number of entries."""
        return abs(entries - self.entries) <= growth * self.entries


NOTHING = frozenset[str]()
_Row = tuple[Found, Found, frozenset[str]]
_Share = tuple[Floats, float]


class Labelled(NamedTuple):
    """A message and the answers, as texts, that are right; none if nothing answers it."""

    message: str
    right: frozenset[str]


class Candidates(NamedTuple):
    """Candidates of messages. surprises: (messages, candidates, 2), padded with zeros; target: column of the right one,
    -1 for none. weight: of each message.
    """

    surprises: Floats
    target: NDArray[np.int64]
    weight: Floats

    def evidence(self, weights: Weights) -> Floats:
        values: Floats = np.logaddexp(
            weights[0] * self.surprises[..., 0], weights[1] * self.surprises[..., 1] + weights[2]
        )
        return values


def estimate(questions: Index, answers: Index, labelled: Sequence[Labelled] = ()) -> Estimate:
    """Estimate scales, weights and confidence. Deterministic for a given FAQ."""
    asked = sample(questions, answers)
    entries = questions.sizes().documents
    channels = {QUESTIONS: questions, ANSWERS: answers}
    if not asked:
        return Estimate(dict.fromkeys(channels, Scale()), entries=entries)
    made = made_messages([entry.question for entry in asked])
    others = unrelated_messages([entry.question for entry in asked])
    scales = {name: _scale(index, answers, asked, others) for name, index in channels.items()}
    texts = {**made, "away": others, "told": [one.message for one in labelled]}
    found = {name: _found(index, answers, texts) for name, index in channels.items()}
    build = _Builder(scales, asked, found)
    weights = fitted_weights([*build.rephrased(), *build.told(labelled)])
    positive, negative = build.evidence(weights, labelled)
    centre, slope = fitted_confidence(positive, negative)
    verbatim = _of_target(build.stacked(build.made("whole"), 1.0), weights)
    centre = min(centre, float(np.quantile(verbatim, FEW)))  # whoever asks a stored question gets its answer
    return Estimate(scales, weights, centre, slope, entries, len(labelled))


def sample(questions: Index, answers: Index) -> list[QuestionAnswer]:
    """Return a deterministic sample of the complete entries."""
    keys = background.sample(questions.store.keys(), SAMPLE).tolist()
    ids = list(dict.fromkeys(questions.store.owners(keys)))
    found, theirs = held(questions, ids), held(answers, ids)
    return [QuestionAnswer(id, found[id].text, theirs[id].text) for id in ids if id in found and id in theirs]


def _scale(channel: Index, answers: Index, asked: Sequence[QuestionAnswer], others: Sequence[str]) -> Scale:
    """Measure the scores of unrelated texts: stored questions with other entries; of a small FAQ, other messages."""
    keys = background.sample(channel.store.keys(), VECTORS).tolist()
    vectors, owners = channel.store.vectors(keys), channel.store.owners(keys)
    own = held(answers, set(owners))
    stored = [own[owner].text if owner in own else "" for owner in owners]
    scores = channel.sealed.encode(channel.task.query_role, "measuring", [one.question for one in asked]) @ vectors.T
    drawn = scores[np.array([[entry.answer != text for text in stored] for entry in asked], bool)]
    if drawn.size < FEW_PAIRS:
        drawn = (channel.sealed.encode(channel.task.query_role, "measuring", others) @ vectors.T).ravel()
    return Scale(*Background(drawn).null()) if drawn.size >= FEW_PAIRS else Scale()


class _Hits(NamedTuple):
    """What a channel found for each message of a kind. answers: texts by id."""

    rankings: Sequence[Sequence[Ranked]]
    answers: Mapping[str, str]

    def best(self, row: int, without: str = "") -> dict[str, float]:
        """Return the best score of each answer. without: id of an entry to leave out."""
        found: dict[str, float] = {}
        for hit in self.rankings[row]:
            if hit.document != without and hit.document in self.answers:
                found.setdefault(self.answers[hit.document], hit.score)
        return found


def _found(channel: Index, answers: Index, texts: Mapping[str, Sequence[str]]) -> dict[str, _Hits]:
    every = [text for kind in texts.values() for text in kind]
    rankings = channel.rank(every, NEAREST, mode="dense")
    known = held(answers, {hit.document for ranking in rankings for hit in ranking})
    by_id = {id: document.text for id, document in known.items()}
    parts, start = {}, 0
    for kind, some in texts.items():
        parts[kind] = _Hits(rankings[start : start + len(some)], by_id)
        start += len(some)
    return parts


@dataclass(frozen=True)
class _Builder:
    """Builds candidates from what both channels found. found: by channel and kind of message."""

    scales: Mapping[str, Scale]
    asked: Sequence[QuestionAnswer]
    found: Mapping[str, Mapping[str, _Hits]]

    def rephrased(self) -> list[Candidates]:
        """Return rephrased stored questions, and questions that are not stored.

        The question channel sees the blended form, the answer channel the whole: a user asks in other words, but asks a
        proper question.
        """
        new = [
            (self.of(QUESTIONS, "whole", row, entry.id), self.of(ANSWERS, "whole", row), frozenset({entry.answer}))
            for row, entry in enumerate(self.asked)
        ]
        return [self.stacked(self.made("blend"), 1.0), self.stacked(new, NEW)]

    def told(self, labelled: Sequence[Labelled]) -> list[Candidates]:
        rows = [row for row in self.told_rows(labelled) if row[2]]
        return [self.stacked(rows, len(rows) / LABELS)] if rows else []

    def evidence(self, weights: Weights, labelled: Sequence[Labelled]) -> tuple[list[_Share], list[_Share]]:
        """Return the evidence for right answers, and the best evidence where there is none to give, with shares."""
        positive = [(_of_target(self.stacked(self.made(kind), 1.0), weights), share) for kind, share in MADE.items()]
        several = len({entry.answer for entry in self.asked}) > 1
        negative = [(_best(self.stacked(self.away(), 1.0), weights), UNRELATED if several else 1.0)]
        if several:
            negative.append((_best(self.stacked(self.missing(), 1.0), weights), NEAR_MISS))
        told = self.told_rows(labelled)
        right, none = ([row for row in told if bool(row[2]) is wanted] for wanted in (True, False))
        if right:
            positive.append((_of_target(self.stacked(right, 1.0), weights), len(right) / LABELS))
        if none:
            negative.append((_best(self.stacked(none, 1.0), weights), len(none) / LABELS))
        return positive, negative

    def made(self, kind: str) -> list[_Row]:
        """Return messages of this kind; blended ones are whole in the answer channel, see `rephrased`."""
        other = "whole" if kind == "blend" else kind
        return [
            (self.of(QUESTIONS, kind, row), self.of(ANSWERS, other, row), frozenset({entry.answer}))
            for row, entry in enumerate(self.asked)
        ]

    def away(self) -> list[_Row]:
        rows = range(len(self.found[QUESTIONS]["away"].rankings))
        return [(self.of(QUESTIONS, "away", row), self.of(ANSWERS, "away", row), NOTHING) for row in rows]

    def missing(self) -> list[_Row]:
        """Return stored questions as if their entry and all with the same answer were missing."""
        rows: list[_Row] = []
        for row, entry in enumerate(self.asked):
            found = self.of(QUESTIONS, "whole", row, entry.id), self.of(ANSWERS, "whole", row)
            by_question, by_answer = (
                {text: value for text, value in one.items() if text != entry.answer} for one in found
            )
            rows.append((by_question, by_answer, NOTHING))
        return rows

    def told_rows(self, labelled: Sequence[Labelled]) -> list[_Row]:
        return [
            (self.of(QUESTIONS, "told", row), self.of(ANSWERS, "told", row), one.right)
            for row, one in enumerate(labelled)
        ]

    def of(self, channel: str, kind: str, row: int, without: str = "") -> dict[str, float]:
        """Return the surprise at each answer."""
        scale = self.scales[channel]
        return {text: scale.surprise(score) for text, score in self.found[channel][kind].best(row, without).items()}

    def stacked(self, rows: Sequence[_Row], weight: float) -> Candidates:
        """weight: of all messages together."""
        names = [list(dict.fromkeys([*by_question, *by_answer, *right])) for by_question, by_answer, right in rows]
        surprises = np.zeros((len(rows), max(map(len, names), default=0) or 1, 2))
        target = np.full(len(rows), -1)
        for row, (by_question, by_answer, right) in enumerate(rows):
            for place, name in enumerate(names[row]):
                surprises[row, place] = by_question.get(name, 0.0), by_answer.get(name, 0.0)
            if right:
                target[row] = max((names[row].index(one) for one in right), key=lambda at: surprises[row, at].sum())
        return Candidates(surprises, target, np.full(len(rows), weight / max(len(rows), 1)))


def _of_target(candidates: Candidates, weights: Weights) -> Floats:
    values: Floats = candidates.evidence(weights)[np.arange(len(candidates.target)), candidates.target]
    return values


def _best(candidates: Candidates, weights: Weights) -> Floats:
    values: Floats = candidates.evidence(weights).max(axis=1)
    return values


def fitted_weights(groups: Sequence[Candidates]) -> Weights:
    """Return the weights with the highest likelihood of the right answers among the candidates (conditional logit),
    pulled towards PRIOR; by pattern search (Hooke and Jeeves 1961).
    """

    def loss(weights: Weights) -> float:
        total = sum(float(group.weight.sum()) for group in groups)
        missed = sum(float(group.weight @ _surprise_at_target(group, weights)) for group in groups)
        return missed / total + PULL * sum((a - b) ** 2 for a, b in zip(weights, PRIOR, strict=True))

    best, step = PRIOR, 0.5
    least = loss(best)
    while step > 0.02:
        moved = False
        for axis in range(3):
            for sign in (1, -1):
                value = min(max(best[axis] + sign * step, LOWEST[axis]), HIGHEST[axis])
                tried = (*best[:axis], value, *best[axis + 1 :])
                if (found := loss(tried)) < least - 1e-9:  # type: ignore[arg-type]  # it has three parts still
                    best, least, moved = tried, found, True  # type: ignore[assignment]
        step = step if moved else step / 2
    return best


def _surprise_at_target(group: Candidates, weights: Weights) -> Floats:
    values = group.evidence(weights)
    top = values.max(axis=1)
    losses: Floats = top + np.log(np.exp(values - top[:, None]).sum(axis=1)) - _of_target(group, weights)
    return losses


def fitted_confidence(positive: Sequence[_Share], negative: Sequence[_Share]) -> tuple[float, float]:
    """Return the evidence at which both are as likely, and the slope of the log odds: a logistic regression in which
    both sides weigh the same, by Newton's method.
    """
    values = np.concatenate([evidence for evidence, _ in (*positive, *negative)])
    right = np.concatenate([np.full(len(e), float(side is positive)) for side in (positive, negative) for e, _ in side])
    weight = np.concatenate(
        [
            np.full(len(e), share / len(e) / sum(s for _, s in side))
            for side in (positive, negative)
            for e, share in side
        ]
    )
    middle, spread = float(values.mean()), float(values.std()) or 1.0
    x = np.column_stack([(values - middle) / spread, np.ones_like(values)])
    beta = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (p - right)) + RIDGE * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        beta -= step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    slope = max(float(beta[0]), 0.1)  # more evidence never speaks against an answer
    return middle - spread * float(beta[1]) / slope, slope / spread


def log_tail(z: float) -> float:
    """Return -log of the share of a normal distribution above z standard deviations."""
    tail = math.erfc(z / math.sqrt(2)) / 2
    if tail > 0:
        return -math.log(tail)
    # The asymptotic form, once the share itself underflows.
    return z * z / 2 + math.log(z * math.sqrt(2 * math.pi))


class ViewEstimates:
    """The estimates of the views that were used last, by groups; one is made anew when what they may read changes."""

    def __init__(self) -> None:
        self._held: dict[frozenset[str], tuple[tuple[int, int], Estimate]] = {}
        self._turn = threading.Lock()

    def of(self, questions: Index, answers: Index, groups: Collection[str]) -> Callable[[], Estimate]:
        """Return what gives the estimate of a view."""

        def found() -> Estimate:
            state = questions.store.change(), answers.store.change()
            with self._turn:
                known = self._held.pop(frozenset(groups), None)
                if known is None or known[0] != state:
                    known = state, estimate(questions, answers)
                self._held[frozenset(groups)] = known
                if len(self._held) > VIEWS:
                    del self._held[next(iter(self._held))]
            return known[1]

        return found
