"""Texts as the rules of the verdicts see them."""

from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.reading import Reading, reading
from askew.pair_labels.words import Word, words
from askew.types import Span


def read(text: str, language: str = "en") -> Reading:
    return reading(text, language)


def split(text: str, language: str = "en") -> tuple[Word, ...]:
    return words(text, lexicon(language))


def said(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[span.start : span.end] for span in spans]
