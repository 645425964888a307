"""What form does a text have? Its length in words, in any script, and whether it asks, states, tells or only names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askew.advising.asking import CLOSERS, MARKS, STOPS, asks
from askew.advising.languages import WORD, tongues
from askew.documents.sentences import sentences

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


class Shape(StrEnum):
    """question: it asks. fragment: keywords, a name, a headline. sentence: one. prose: several."""

    QUESTION = "question"
    FRAGMENT = "fragment"
    SENTENCE = "sentence"
    PROSE = "prose"


@dataclass(frozen=True)
class Form:
    """words: the length, a fraction where words are not written apart."""

    words: float
    shape: Shape


def form(text: str, spoken: Sequence[str]) -> Form:
    """spoken: the codes of the languages that it may be in."""
    length = words(text)
    return Form(length, _shape(text, length, spoken))


def words(text: str) -> float:
    """How many words the text has. Characters stand for words in scripts that do not part them."""
    dense, joined = len(DENSE.findall(text)), len(JOINED.findall(text))
    spaced = len(TOKEN.findall(JOINED.sub(" ", DENSE.sub(" ", text)) if dense or joined else text))
    return spaced + dense / DENSE_WORD + joined / JOINED_WORD


def _shape(text: str, length: float, spoken: Sequence[str]) -> Shape:
    if asks(text, spoken):
        return Shape.QUESTION
    if length > LONG:
        return Shape.PROSE
    parts = [text[start:end] for start, end in sentences(text, 0, len(text))]
    if sum(words(part) >= SHORTEST for part in parts) > 1:
        return Shape.PROSE
    bare = text.rstrip(CLOSERS)
    closed = bool(bare) and bare[-1] in STOPS + MARKS and length >= SHORTEST
    return Shape.SENTENCE if closed or _whole(text, length, spoken) else Shape.FRAGMENT


def _whole(text: str, length: float, spoken: Sequence[str]) -> bool:
    forms = [found.lower() for found in WORD.findall(text)]
    grammar = frozenset[str]().union(*(tongues()[code].words for code in spoken if code in tongues()))
    return length >= WHOLE and sum(found in grammar for found in forms) >= GRAMMAR * len(forms)
