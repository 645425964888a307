"""Corpus features: evidence for symmetric or asymmetric search from the documents alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from askew.recommend.text_stats import SideStats, TextShape
from askew.tasks import Kind
from askew.text.display import percent
from askew.text.language import SUBSTRINGS, asks, is_question_with_answer
from askew.text.normalise import normalise
from askew.text.words import word_lists, words
from askew.types import Document

SCALE = 0.7
"""Factor for a sum of log-odds, as features are correlated."""
MOST = 3.5
"""Maximum log-odds, a confidence of 0.97: texts alone cannot tell what users want."""
MOST_ALONE = 2.0
"""Maximum log-odds without queries, a confidence of 0.88."""
HALF = 5.0
"""Number of queries that count as much as the corpus."""

Points = Sequence[tuple[float, float]]
"""Values with their log-odds, linearly interpolated."""


@dataclass(frozen=True)
class Feature:
    """value: in `unit`. weight: log-odds, above 0 for asymmetric, below for symmetric. sentence: for people."""

    name: str
    value: float
    unit: str
    weight: float
    sentence: str

    @property
    def kind(self) -> Kind:
        return Kind.ASYMMETRIC if self.weight >= 0 else Kind.SYMMETRIC


def weight(value: float, points: Points) -> float:
    """Return the log-odds of a value; constant beyond the first and last point."""
    at, odds = np.array(points, np.float64).T
    return round(float(np.interp(value, at, odds)), 3)


def combined(alone: Sequence[Feature], between: Sequence[Feature], queries: int) -> float:
    """Return the log-odds of all features. The more queries, the less the corpus counts."""
    corpus = _capped(sum(sign.weight for sign in alone), MOST_ALONE)
    if not queries:
        return corpus
    share = queries / (queries + HALF)
    return share * _capped(SCALE * sum(sign.weight for sign in between), MOST) + (1 - share) * corpus


def confidence(odds: float) -> float:
    """Return the probability, 0.5 to 1, of the kind that these log-odds favour."""
    return float(1 / (1 + np.exp(-abs(odds))))


def _capped(odds: float, most: float) -> float:
    return max(-most, min(most, odds))


QUESTIONS: Points = ((0, 0), (0.1, 0), (0.8, -1.8))
LENGTH: Points = ((6, -0.6), (25, 0), (100, 0.6))
"""By the median length in words, on a logarithmic scale."""
PROSE: Points = ((0, -0.2), (1, 0.2))
PARTS: Points = ((1.2, 0), (3, 1))
"""By documents per title."""
COPIES: Points = ((0, 0), (0.01, 0), (0.1, -0.5))
SELF: Points = ((0.1, 0), (0.6, -0.6))
"""By the share of short texts in the first person."""
NEWS: Points = ((0.3, 0), (0.9, -1.3))
"""By the share of texts with reported speech."""
ENTRIES: Points = ((0.1, 0), (0.6, 1.2))
"""By the share of texts that are a question with its answer."""
SHORT = 40
"""Maximum words of a message."""


def corpus_features(corpus: Sequence[Document], drawn: Sequence[Document], side: SideStats) -> list[Feature]:
    """Return the features of a corpus. drawn: the documents that `side` describes, in the same order."""
    return [*_forms(side), *_shared(corpus), _entries(drawn, side), *_voices(side)]


def _forms(side: SideStats) -> Iterator[Feature]:
    asking = side.share(TextShape.QUESTION)
    yield Feature(
        "questions", asking, "of the documents ask", weight(asking, QUESTIONS),
        f"{percent(asking)} of the documents are questions"
        + (": questions are looked for with questions." if asking > QUESTIONS[1][0] else "."),
    )  # fmt: skip
    median = side.quartiles.median
    logs = [(float(np.log2(words)), odds) for words, odds in LENGTH]
    points = weight(float(np.log2(max(median, 1))), logs)
    yield Feature(
        "length", median, "words", points,
        f"Half of the documents have {median:.0f} words or more: "
        + ("long enough to hold answers to short queries." if points >= 0 else "no longer than a query is."),
    )  # fmt: skip
    prose = side.share(TextShape.PROSE)
    yield Feature("sentences", prose, "of the documents", weight(prose, PROSE),
               f"{percent(prose)} of the documents have several sentences.")  # fmt: skip


def _shared(corpus: Sequence[Document]) -> Iterator[Feature]:
    titles = [document.title for document in corpus if document.title]
    each = len(titles) / len(set(titles)) if 2 * len(titles) > len(corpus) else 1.0
    told = f"{each:.1f} documents share a title on average: they are parts of larger ones, as they are cut for search."
    yield Feature(
        "parts", each, "documents to a title", weight(each, PARTS),
        told if each > PARTS[0][0] else "Documents do not share titles, as parts of a larger one would.",
    )  # fmt: skip
    same = 1 - len({normalise(document.text) for document in corpus}) / len(corpus)
    yield Feature("copies", same, "of the documents", weight(same, COPIES),
               f"{percent(same)} of the documents are copies of others.")  # fmt: skip


def _entries(drawn: Sequence[Document], side: SideStats) -> Feature:
    entries = entry_share(drawn, side)
    told = f"{percent(entries)} of the documents are a question with its answer."
    return Feature("question and answer", entries, "of the documents", weight(entries, ENTRIES), told)


def entry_share(documents: Sequence[Document], side: SideStats) -> float:
    """Return the share of documents that are a question (title or first sentence) with its answer."""
    spoken = tuple(side.languages)
    found = 0
    for document, form in zip(documents, side.forms, strict=True):
        titled = form.shape is not TextShape.QUESTION and asks(document.title, spoken)
        found += titled or is_question_with_answer(document.text, spoken)
    return found / len(documents)


def _voices(side: SideStats) -> Iterator[Feature]:
    forms = [frozenset(words(text)) for text in side.texts]
    speaking = sum(
        form.words <= SHORT and _said(text, found, side, "self")
        for text, found, form in zip(side.texts, forms, side.forms, strict=True)
    ) / len(forms)
    yield Feature(
        "messages", speaking, "of the documents", weight(speaking, SELF),
        f"{percent(speaking)} of the documents are short texts in which somebody speaks of himself, as in messages.",
    )  # fmt: skip
    telling = sum(_said(text, found, side, "told") for text, found in zip(side.texts, forms, strict=True)) / len(forms)
    yield Feature(
        "reports", telling, "of the documents", weight(telling, NEWS),
        f"{percent(telling)} of the documents report what somebody said, as news does; news articles are compared "
        "as often as searched." if telling > NEWS[0][0] else "The documents do not read like news.",
    )  # fmt: skip


def _said(text: str, forms: frozenset[str], side: SideStats, voice: str) -> bool:
    """Return whether the text has a word of this word list in one of the corpus languages."""
    lists = {code: getattr(word_lists()[code], voice) for code in side.languages if code in word_lists()}
    return any(
        any(stretch in text for stretch in known) if code in SUBSTRINGS else bool(forms & known)
        for code, known in lists.items()
    )
