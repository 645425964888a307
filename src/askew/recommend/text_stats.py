"""Text statistics: length, type and language of the texts of one side."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from askew.recommend.asking import CLOSERS, MARKS, STOPS, asks
from askew.recommend.languages import WORD, languages, tongues
from askew.text.sentences import sentences

DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
JOINED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
DENSE_WORD = 1.7
"""Characters to a word of Chinese or Japanese, on average."""
JOINED_WORD = 4.5
"""Characters to a word of Thai, Lao, Burmese or Khmer, which put no spaces between words."""
TOKEN = re.compile(r"\w+(?:['’\-]\w+)*")
LONG = 40
"""Words from which a text is prose, however it is punctuated."""
WHOLE = 6
"""Words from which a text without a full stop can be a whole sentence, if it has words of grammar too."""
GRAMMAR = 0.25
"""The share of words of grammar from which it is one."""
SHORTEST = 3
"""Words of a sentence, at the least; what is shorter is a heading, a number or an interjection."""


class TextShape(StrEnum):
    """question: it asks. fragment: keywords, a name, a headline. sentence: one. prose: several."""

    QUESTION = "question"
    FRAGMENT = "fragment"
    SENTENCE = "sentence"
    PROSE = "prose"


@dataclass(frozen=True)
class TextType:
    """words: the length, a fraction where words are not written apart."""

    words: float
    shape: TextShape


def text_shape(text: str, spoken: Sequence[str]) -> TextType:
    """spoken: the codes of the languages that it may be in."""
    length = words(text)
    return TextType(length, _shape(text, length, spoken))


def words(text: str) -> float:
    """How many words the text has. Characters stand for words in scripts that do not part them."""
    dense, joined = len(DENSE.findall(text)), len(JOINED.findall(text))
    spaced = len(TOKEN.findall(JOINED.sub(" ", DENSE.sub(" ", text)) if dense or joined else text))
    return spaced + dense / DENSE_WORD + joined / JOINED_WORD


def _shape(text: str, length: float, spoken: Sequence[str]) -> TextShape:
    if asks(text, spoken):
        return TextShape.QUESTION
    if length > LONG:
        return TextShape.PROSE
    parts = [text[start:end] for start, end in sentences(text)]
    if sum(words(part) >= SHORTEST for part in parts) > 1:
        return TextShape.PROSE
    bare = text.rstrip(CLOSERS)
    closed = bool(bare) and bare[-1] in STOPS + MARKS and length >= SHORTEST
    return TextShape.SENTENCE if closed or _whole(text, length, spoken) else TextShape.FRAGMENT


def _whole(text: str, length: float, spoken: Sequence[str]) -> bool:
    forms = [found.lower() for found in WORD.findall(text)]
    grammar = frozenset[str]().union(*(tongues()[code].words for code in spoken if code in tongues()))
    return length >= WHOLE and sum(found in grammar for found in forms) >= GRAMMAR * len(forms)


@dataclass(frozen=True)
class Quartiles:
    """In words."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class SideStats:
    """texts: of each all that an encoder is shown, title and text. forms: of each the form of its text, in the same
    order. languages: each one's share.
    """

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
    """titles: one for each text, "" for none. other: languages of the other side; short texts rarely tell their own."""
    shown = (
        [f"{title}\n{text}" if title else text for title, text in zip(titles, texts, strict=True)] if titles else texts
    )
    found = languages(shown)
    return SideStats(tuple(shown), tuple(text_shape(text, (*found, *other)) for text in texts), found)
