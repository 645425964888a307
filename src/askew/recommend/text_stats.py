"""Text statistics: length, type and language of the texts of one side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from askew.text.language import CLOSERS, MARKS, STOPS, is_question, languages
from askew.text.sentences import sentences
from askew.text.words import word_count, word_lists, words

LONG = 40
"""Texts with more words are prose, whatever their punctuation."""
WHOLE = 6
"""Minimum words of a sentence without a full stop, if it has function words."""
GRAMMAR = 0.25
"""Minimum share of function words in a sentence without a full stop."""
SHORTEST = 3
"""Minimum words of a sentence; shorter texts are headings, numbers or interjections."""


class TextShape(StrEnum):
    """fragment: keywords, a name or a headline. sentence: a single one. prose: several sentences."""

    QUESTION = "question"
    FRAGMENT = "fragment"
    SENTENCE = "sentence"
    PROSE = "prose"


@dataclass(frozen=True)
class TextType:
    """words: the length; fractional for scripts without spaces."""

    words: float
    shape: TextShape


def text_shape(text: str, spoken: Sequence[str]) -> TextType:
    """Return length and shape of a text. spoken: codes of its possible languages."""
    length = word_count(text)
    return TextType(length, _shape(text, length, spoken))


def _shape(text: str, length: float, spoken: Sequence[str]) -> TextShape:
    if is_question(text, spoken):
        return TextShape.QUESTION
    if length > LONG:
        return TextShape.PROSE
    parts = [text[start:end] for start, end in sentences(text)]
    if sum(word_count(part) >= SHORTEST for part in parts) > 1:
        return TextShape.PROSE
    bare = text.rstrip(CLOSERS)
    closed = bool(bare) and bare[-1] in STOPS + MARKS and length >= SHORTEST
    return TextShape.SENTENCE if closed or _whole(text, length, spoken) else TextShape.FRAGMENT


def _whole(text: str, length: float, spoken: Sequence[str]) -> bool:
    forms = words(text)
    grammar = frozenset[str]().union(*(word_lists()[code].words for code in spoken if code in word_lists()))
    return length >= WHOLE and sum(form in grammar for form in forms) >= GRAMMAR * len(forms)


@dataclass(frozen=True)
class Quartiles:
    """Quartiles of text lengths in words."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class SideStats:
    """texts: title and text, as an encoder sees them. forms: type of each text, in order. languages: shares."""

    texts: tuple[str, ...]
    forms: tuple[TextType, ...]
    languages: Mapping[str, float]

    @property
    def lengths(self) -> list[float]:
        return [form.words for form in self.forms]

    @property
    def quartiles(self) -> Quartiles:
        return Quartiles(*np.percentile(self.lengths, [25, 50, 75]).tolist())

    def share(self, shape: TextShape) -> float:
        return sum(form.shape is shape for form in self.forms) / len(self.forms)

    @property
    def shapes(self) -> dict[TextShape, float]:
        counts = Counter(form.shape for form in self.forms)
        return {shape: counts[shape] / len(self.forms) for shape in TextShape}


def side_stats(texts: Sequence[str], titles: Sequence[str] = (), other: Sequence[str] = ()) -> SideStats:
    """Return text statistics. titles: one per text, or "". other: languages of the other side, for short texts."""
    shown = (
        [f"{title}\n{text}" if title else text for title, text in zip(titles, texts, strict=True)] if titles else texts
    )
    found = languages(shown)
    return SideStats(tuple(shown), tuple(text_shape(text, (*found, *other)) for text in texts), found)
