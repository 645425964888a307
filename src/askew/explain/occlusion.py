"""Word contributions by occlusion: the score lost when a word is removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askew.explain.scores import Scores
from askew.text.words import spans

WORDS = 64
"""So many words of a text are taken out, from its beginning; each costs an encoding."""

Score = Callable[[Sequence[str]], Scores]
"""How well each text matches, (n,)."""


@dataclass(frozen=True)
class WordContribution:
    """`text[start:end]` of its text. effect: what the score loses without it; below 0 where it gains."""

    word: str
    start: int
    end: int
    score_without: float
    effect: float


@dataclass(frozen=True)
class WordContributions:
    """Of one text, the words by effect, the strongest first. left_out: words beyond the limit, not tried.

    A word that is the only one has no place here: without it nothing is left to be compared.
    """

    text: str
    score: float
    words: tuple[WordContribution, ...]
    left_out: int


def occlude(text: str, before: float, score: Score) -> WordContributions:
    """before: the score of the whole text. All others are scored together."""
    places = list(spans(text))
    tried = [(start, end) for start, end in places[:WORDS] if without(text, start, end).strip()]
    scores = [float(found) for found in score([without(text, *span) for span in tried])] if tried else []
    words = [
        WordContribution(text[start:end], start, end, found, before - found)
        for (start, end), found in zip(tried, scores, strict=True)
    ]
    words.sort(key=lambda word: (-word.effect, word.start))
    return WordContributions(text, before, tuple(words), max(len(places) - WORDS, 0))


def without(text: str, start: int, end: int) -> str:
    """The text without text[start:end], and without the space after it where one is before it, or nothing."""
    before, after = text[:start], text[end:]
    if after[:1].isspace() and (not before or before[-1].isspace()):
        after = after[1:]
    return before + after
