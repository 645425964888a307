"""Which pairs a person is asked about, and in which order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from askew.cleaning.labels import Label, Labels
from askew.errors import UnknownNameError
from askew.types import Pair, Span

ORDERS = ("uncertain", "best")


@dataclass(frozen=True)
class Question:
    """A pair, with what the rules say of it, if anything: evidence marks the words in its two texts."""

    pair: Pair
    verdict: str = ""
    reason: str = ""
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()


def ordered(questions: Iterable[Question], order: str, threshold: float) -> list[Question]:
    """uncertain: those whose score is nearest to the threshold first, as an answer tells most there. best: the highest
    score first. Equal ones stay in their order.
    """
    if order not in ORDERS:
        raise UnknownNameError("order of a review", order, ORDERS)
    if order == "best":
        return sorted(questions, key=lambda question: -question.pair.score)
    return sorted(questions, key=lambda question: abs(question.pair.score - threshold))


def unanswered(questions: Iterable[Question], texts: Mapping[str, str], labels: Labels) -> list[Question]:
    """A pair that was skipped has been answered; one whose text has changed since has not."""
    return [question for question in questions if labels.label(question.pair, texts) is Label.UNDONE]
