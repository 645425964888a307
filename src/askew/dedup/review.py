"""Review questions: which pairs a person labels, and in which order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from askew.dedup.answers import Label, Labels
from askew.errors import UnknownNameError
from askew.types import Pair, Span

ORDERS = ("uncertain", "best")


@dataclass(frozen=True)
class ReviewQuestion:
    """A pair and its verdict, if any; the evidence marks the words in its two texts."""

    pair: Pair
    verdict: str = ""
    reason: str = ""
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()


def ordered(questions: Iterable[ReviewQuestion], order: str, threshold: float) -> list[ReviewQuestion]:
    """Order the questions; ties keep their order.

    uncertain: scores nearest to the threshold first, where an answer is most informative. best: highest score first.
    """
    if order not in ORDERS:
        raise UnknownNameError("review order", order, ORDERS)
    if order == "best":
        return sorted(questions, key=lambda question: -question.pair.score)
    return sorted(questions, key=lambda question: abs(question.pair.score - threshold))


def unanswered(questions: Iterable[ReviewQuestion], texts: Mapping[str, str], labels: Labels) -> list[ReviewQuestion]:
    """Return the unanswered questions; a skipped pair is answered, one whose text has changed since is not."""
    return [question for question in questions if labels.label(question.pair, texts) is Label.UNDONE]
