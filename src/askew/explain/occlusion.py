"""Word contributions by occlusion: the score lost when a word is removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askew.explain.scores import Scores
from askew.text.words import spans

WORDS = 64
"""Maximum number of words removed, from the beginning of the text; each costs an encoding."""

Score = Callable[[Sequence[str]], Scores]
"""Returns how well each text matches, (n,)."""


@dataclass(frozen=True)
class WordContribution:
    """The word `text[start:end]`. effect: how much the score drops without it; negative if it rises."""

    word: str
    start: int
    end: int
    score_without: float
    effect: float


@dataclass(frozen=True)
class WordContributions:
    """The words of a text by effect, strongest first. left_out: words beyond the limit, not tried.

    A text of one word has no entries: without that word nothing would be left to compare.
    """

    text: str
    score: float
    words: tuple[WordContribution, ...]
    left_out: int


def occlude(text: str, before: float, score: Score) -> WordContributions:
    """Score the text without each of its words, in one call. before: score of the whole text."""
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
    """Return the text without text[start:end], and without the space after it if there is one before it, or nothing."""
    before, after = text[:start], text[end:]
    if after[:1].isspace() and (not before or before[-1].isspace()):
        after = after[1:]
    return before + after
