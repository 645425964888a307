"""Highlighting: the sentence of a hit that matches the query best."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from askew.search.hits import Hits
from askew.text.sentences import sentences
from askew.text.words import words
from askew.types import FloatMatrix, Hit, Span

Encode = Callable[[Sequence[str]], FloatMatrix]
"""Encodes texts in the document role, (n, dim)."""


def highlight(
    found: Sequence[Hits], queries: Sequence[str], vectors: FloatMatrix | None, count: int, encode: Encode
) -> list[Hits]:
    """Highlight the first `count` hits of each query: by its vector, or by its words if there are no vectors."""
    result = []
    for place, hits in enumerate(found):
        first, rest = hits.hits[:count], hits.hits[count:]
        if vectors is None:
            first = highlight_by_words(first, queries[place])
        else:
            first = highlight_by_vector(first, vectors[place], encode)
        result.append(Hits((*first, *rest), hits.reranking, missing=hits.missing))
    return result


def highlight_by_vector(hits: Sequence[Hit], query: FloatMatrix, encode: Encode) -> tuple[Hit, ...]:
    """Set the sentence of each hit with the highest score. query: (dim,). All sentences are encoded together."""
    spans, texts = _candidates(hits)
    return _highlighted(hits, spans, encode(texts) @ query if texts else np.empty(0, np.float32))


def highlight_by_words(hits: Sequence[Hit], query: str) -> tuple[Hit, ...]:
    """Set the sentence of each hit that shares most words with the query: for searches without a model."""
    wanted = set(words(query))
    spans, texts = _candidates(hits)
    scores = [len(wanted.intersection(words(text))) for text in texts]
    return _highlighted(hits, spans, np.array(scores, np.float32))


def _candidates(hits: Sequence[Hit]) -> tuple[list[list[Span]], list[str]]:
    """Return the sentences of each hit, and the texts of those that need a score: a single sentence does not."""
    spans = [_sentences(hit) for hit in hits]
    pairs = zip(hits, spans, strict=True)
    return spans, [hit.document.text[span.start : span.end] for hit, own in pairs if len(own) > 1 for span in own]


def _highlighted(hits: Sequence[Hit], spans: Sequence[list[Span]], scores: NDArray[np.float32]) -> tuple[Hit, ...]:
    result, start = [], 0
    for hit, own in zip(hits, spans, strict=True):
        best = 0
        if len(own) > 1:
            best = int(scores[start : start + len(own)].argmax())
            start += len(own)
        result.append(replace(hit, sentence=own[best]) if own else hit)
    return tuple(result)


def _sentences(hit: Hit) -> list[Span]:
    """Return the sentences of what is shown, without headings unless there is nothing else."""
    text = hit.document.text
    spans = [Span(*span) for span in sentences(text, hit.shown.start, hit.shown.end)]
    return [span for span in spans if not text[span.start : span.end].startswith("#")] or spans
