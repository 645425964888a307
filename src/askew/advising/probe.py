"""Are queries and documents of one kind (symmetric) or of two (asymmetric), and how sure is that?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.advising.alone import alone
from askew.advising.between import between, flipped
from askew.advising.flip import flip
from askew.advising.sides import Quartiles, Side, side
from askew.advising.signs import Sign, confidence, together
from askew.encoders import Encoder
from askew.errors import InputError
from askew.progress import Report, silent
from askew.tasks import Kind
from askew.types import Document, Role

DOCUMENTS, QUERIES = 500, 200
"""So many are looked at, drawn at random from more."""
FLIPPED, OPENING = 200, 80
"""So many documents, and so many tokens of each text, are encoded for the flip test."""
SEED = 0
FEWEST = 3
"""Of either side, for the flip test."""


@dataclass(frozen=True)
class Probe:
    """kind: symmetric or asymmetric. confidence: 0.5 to 1. odds: the log-odds behind both, above 0 for asymmetric.

    between: signs from queries and documents side by side; alone: signs from the corpus by itself, which count less
    the more queries there are. languages: of the documents, each one's share. tokens: of each document looked at, for
    the encoder that was given. limit: what that encoder can see of one; 0 where there was none. notes: sentences on
    what the answer rests on.
    """

    kind: Kind
    confidence: float
    odds: float
    between: tuple[Sign, ...]
    alone: tuple[Sign, ...]
    languages: Mapping[str, float]
    query_languages: Mapping[str, float]
    documents: Side
    queries: Side | None
    tokens: tuple[int, ...]
    limit: int
    notes: tuple[str, ...]

    @property
    def signs(self) -> tuple[Sign, ...]:
        """Those that the answer rests on most, the strongest first."""
        found = self.between or self.alone
        return tuple(sorted(found, key=lambda sign: -abs(sign.weight)))

    @property
    def lengths(self) -> Quartiles:
        return self.documents.quartiles

    @property
    def ratio(self) -> float:
        """How many times as long as the median query the median document is; 0 without queries."""
        return self.documents.quartiles.median / max(self.queries.quartiles.median, 1) if self.queries else 0.0

    def longer_than(self, limit: int) -> float:
        """The share of the documents with more tokens; 0 where there was no encoder to count them."""
        return sum(count > limit for count in self.tokens) / len(self.tokens) if self.tokens else 0.0


def probe(
    documents: Sequence[Document],
    queries: Sequence[str] | None = None,
    encoder: Encoder | None = None,
    report: Report = silent,
) -> Probe:
    """From the corpus, better with queries (50 suffice), better still with an encoder too. The same at every run.

    InputError where there is no text to look at.
    """
    given = queries or ()
    held = [documents[row] for row in _drawn(len(documents), DOCUMENTS) if documents[row].text.strip()]
    asked = [given[row] for row in _drawn(len(given), QUERIES) if given[row].strip()]
    if not held:
        raise InputError("There is nothing to look at: the corpus has no document with text.")
    texts, titles = [document.text for document in held], [document.title for document in held]
    corpus = side(texts, titles)
    own = side(asked, (), tuple(corpus.languages)) if asked else None
    signs = between(own, corpus) if own else []
    signs += _flipped(asked, corpus.texts, encoder, report) if encoder else []
    single = alone(documents, held, corpus)
    odds = together(single, signs, len(asked))
    return Probe(
        Kind.ASYMMETRIC if odds >= 0 else Kind.SYMMETRIC,
        confidence(odds),
        odds,
        tuple(signs),
        tuple(single),
        corpus.languages,
        own.languages if own else {},
        corpus,
        own,
        tuple(len(spans) for spans in encoder.spans(corpus.texts)) if encoder else (),
        encoder.room(Role.DOCUMENT) if encoder else 0,
        tuple(_notes(documents, held, asked, encoder)),
    )


def _drawn(count: int, most: int) -> list[int]:
    """In rising order."""
    if count <= most:
        return list(range(count))
    return sorted(np.random.default_rng(SEED).choice(count, most, replace=False).tolist())


def _flipped(asked: Sequence[str], texts: Sequence[str], encoder: Encoder, report: Report) -> list[Sign]:
    """By the openings of the texts: they show what kind a text is, and take a fraction of the time."""
    if min(len(asked), len(texts)) < FEWEST:
        return []
    drawn = [texts[row] for row in _drawn(len(texts), FLIPPED)]
    queries, documents = (
        encoder.encode(_openings(side, encoder), Role.DOCUMENT, report).vectors for side in (asked, drawn)
    )
    return flipped(flip(queries, documents))


def _openings(texts: Sequence[str], encoder: Encoder) -> list[str]:
    ends = [int(spans[:OPENING][-1, 1]) if len(spans) else 0 for spans in encoder.spans(texts)]
    return [text[:end] for text, end in zip(texts, ends, strict=True)]


def _notes(
    documents: Sequence[Document], held: Sequence[Document], asked: Sequence[str], encoder: Encoder | None
) -> list[str]:
    notes = []
    if not asked:
        notes.append(
            "There were no queries, so only the corpus speaks. That is weaker evidence: it does not say what is wanted "
            "of it. Twenty real queries say much more."
        )
    elif len(asked) < 20:
        notes.append(f"With {len(asked)} queries the answer is less sure than it would be with fifty.")
    if asked and encoder is None:
        notes.append("The flip test was left out, because it needs a model.")
    if len(documents) > DOCUMENTS:
        notes.append(f"{len(held):,} documents were looked at, drawn at random from {len(documents):,}.")
    return notes
