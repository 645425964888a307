"""Highlighting: the sentence of a hit that matches the query best."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from askew.text.sentences import sentences
from askew.text.words import words
from askew.types import FloatMatrix, Hit, Span

Score = Callable[[Sequence[str]], NDArray[np.float32]]
"""How well each text matches the query, (n,)."""


def highlight(hits: Sequence[Hit], score: Score) -> list[Hit]:
    """The hits, each with the best sentence of what is shown of it. All sentences are scored together."""
    spans = [_spans(hit) for hit in hits]
    texts = [hit.document.text[span.start : span.end] for hit, own in zip(hits, spans, strict=True) for span in own]
    scores = score(texts) if texts else np.empty(0, np.float32)
    result, start = [], 0
    for hit, own in zip(hits, spans, strict=True):
        mine = scores[start : start + len(own)]
        start += len(own)
        result.append(replace(hit, sentence=own[int(mine.argmax())]) if own else hit)
    return result


def vector_scorer(encode: Callable[[Sequence[str]], FloatMatrix], query: FloatMatrix) -> Score:
    """query: (dim,)."""
    return lambda texts: np.asarray(encode(texts) @ query)


def word_scorer(query: str) -> Score:
    """How many of the query's words stand in each text: for a search that asks no model."""
    asked = set(words(query))
    return lambda texts: np.array([len(asked.intersection(words(text))) for text in texts], np.float32)


def _spans(hit: Hit) -> list[Span]:
    """A heading is no sentence: it says what the sentences below are about."""
    text = hit.document.text
    spans = [Span(*span) for span in sentences(text, hit.shown.start, hit.shown.end)]
    return [span for span in spans if not text[span.start : span.end].startswith("#")] or spans
