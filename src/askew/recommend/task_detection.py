"""Task detection: symmetric or asymmetric, how sure, and which task fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.dedup.set_join.layers import layered
from askew.encoders import Encoder
from askew.errors import InputError
from askew.progress import Report, silent
from askew.recommend.corpus_features import Feature, combined, confidence, corpus_features, entry_share
from askew.recommend.query_features import flip, flipped, query_features
from askew.recommend.text_stats import Quartiles, SideStats, TextShape, side_stats
from askew.tasks import Kind
from askew.text.display import percent
from askew.types import Document, Role

DOCUMENTS, QUERIES = 500, 200
"""Maximum documents and queries examined, sampled from more."""
FLIPPED, OPENING = 200, 80
"""Documents, and tokens of each text, encoded for the flip test."""
SEED = 0
FEWEST = 3
"""Minimum texts of either side for the flip test."""
MOSTLY = 0.5
LOOKED_AT = 3000
"""Documents compared for copies."""
ALIKE = 0.5
"""Minimum Jaccard similarity of shingles of near-copies."""
COPIES = 0.01
"""Minimum share of texts with a near-copy to propose near-duplicate search."""
PAGE = 200
"""Documents with at least this many words are pages, which are chunked."""


@dataclass(frozen=True)
class TaskDetection:
    """kind: symmetric or asymmetric. confidence: 0.5 to 1. odds: log-odds, above 0 for asymmetric.

    between: features of queries against documents. alone: features of the corpus, which count less with more queries.
    entries: share of the documents that are a question with its answer. languages: shares among the documents. tokens:
    of each document examined, by the given encoder; limit: how many of them it reads, 0 without an encoder. model: the
    encoder's name, "" without one. notes: sentences on the basis of the result.
    """

    kind: Kind
    confidence: float
    odds: float
    between: tuple[Feature, ...]
    alone: tuple[Feature, ...]
    entries: float
    languages: Mapping[str, float]
    query_languages: Mapping[str, float]
    documents: SideStats
    queries: SideStats | None
    tokens: tuple[int, ...]
    limit: int
    model: str
    notes: tuple[str, ...]

    @property
    def signs(self) -> tuple[Feature, ...]:
        """Features with the most influence, the strongest first."""
        found = self.between or self.alone
        return tuple(sorted(found, key=lambda sign: -abs(sign.weight)))

    @property
    def lengths(self) -> Quartiles:
        return self.documents.quartiles

    @property
    def ratio(self) -> float:
        """Median document length divided by median query length; 0 without queries."""
        return self.documents.quartiles.median / max(self.queries.quartiles.median, 1) if self.queries else 0.0

    def longer_than(self, limit: int) -> float:
        """Return the share of documents with more tokens; 0 without an encoder."""
        return sum(count > limit for count in self.tokens) / len(self.tokens) if self.tokens else 0.0


def detect_task_kind(
    documents: Sequence[Document],
    queries: Sequence[str] | None = None,
    encoder: Encoder | None = None,
    report: Report = silent,
) -> TaskDetection:
    """Detect the kind of search from a corpus; more reliable with queries (50 suffice), and with an encoder. Seeded.

    InputError if no document has text.
    """
    given = queries or ()
    held = [documents[row] for row in _drawn(len(documents), DOCUMENTS) if documents[row].text.strip()]
    asked = [given[row] for row in _drawn(len(given), QUERIES) if given[row].strip()]
    if not held:
        raise InputError("The corpus has no documents with text.")
    texts, titles = [document.text for document in held], [document.title for document in held]
    corpus = side_stats(texts, titles)
    own = side_stats(asked, (), tuple(corpus.languages)) if asked else None
    signs = query_features(own, corpus) if own else []
    signs += _flipped(asked, corpus.texts, encoder, report) if encoder else []
    single = corpus_features(documents, held, corpus)
    odds = combined(single, signs, len(asked))
    return TaskDetection(
        Kind.ASYMMETRIC if odds >= 0 else Kind.SYMMETRIC,
        confidence(odds),
        odds,
        tuple(signs),
        tuple(single),
        entry_share(held, corpus),
        corpus.languages,
        own.languages if own else {},
        corpus,
        own,
        tuple(len(spans) for spans in encoder.spans(corpus.texts)) if encoder else (),
        encoder.room(Role.DOCUMENT) if encoder else 0,
        encoder.signature.model if encoder else "",
        tuple(_notes(documents, held, asked, encoder)),
    )


def _drawn(count: int, most: int) -> list[int]:
    """Return sampled positions in ascending order."""
    if count <= most:
        return list(range(count))
    return sorted(np.random.default_rng(SEED).choice(count, most, replace=False).tolist())


def _flipped(asked: Sequence[str], texts: Sequence[str], encoder: Encoder, report: Report) -> list[Feature]:
    """Run the flip test on the beginnings of texts, which is enough and much faster."""
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
            "Without queries, the result rests on the corpus alone, which is weak evidence of what users search for. "
            "Twenty real queries would tell much more."
        )
    elif len(asked) < 20:
        notes.append(f"With only {len(asked)} queries the result is less reliable; 50 are enough.")
    if asked and encoder is None:
        notes.append("The flip test was skipped, because it needs a model.")
    if len(documents) > DOCUMENTS:
        notes.append(f"{len(held):,} documents were examined, sampled from {len(documents):,}.")
    return notes


@dataclass(frozen=True)
class TaskProposal:
    """task: a name in `askew.tasks`. reason: a sentence."""

    task: str
    reason: str


def proposed_task(found: TaskDetection, documents: Sequence[Document]) -> TaskProposal:
    """Propose a task. documents: the corpus, in which copies are looked for."""
    return _symmetric(found, documents) if found.kind is Kind.SYMMETRIC else _asymmetric(found)


def _symmetric(found: TaskDetection, documents: Sequence[Document]) -> TaskProposal:
    corpus = found.documents
    if corpus.share(TextShape.QUESTION) >= MOSTLY:
        return TaskProposal("duplicate-questions", "Both sides are questions.")
    if corpus.share(TextShape.PROSE) < MOSTLY:
        return TaskProposal("paraphrase", "Both sides are short texts, of a sentence or less.")
    copies = _copies(documents)
    if copies >= COPIES:
        shown = percent(copies)
        return TaskProposal("near-duplicate", f"Both sides are long texts, and {shown} of them have a near copy.")
    return TaskProposal(
        "article-similarity", "Both sides are texts of several sentences, and hardly one has a near copy."
    )


def _asymmetric(found: TaskDetection) -> TaskProposal:
    if found.entries >= MOSTLY:
        return TaskProposal("faq", f"{percent(found.entries)} of the documents are a question with its answer.")
    if found.queries:
        asking = found.queries.share(TextShape.QUESTION)
        if asking >= MOSTLY:
            return TaskProposal(
                "question-answering", f"{percent(asking)} of the queries are questions; documents answer them."
            )
        return TaskProposal("enterprise-search", "Queries are rather keywords than questions, documents are longer.")
    if found.documents.quartiles.median >= PAGE:
        return TaskProposal(
            "enterprise-search", "Documents are pages rather than passages, so they are cut for search."
        )
    return TaskProposal("question-answering", "Documents are passages that short questions can be answered from.")


def _copies(documents: Sequence[Document]) -> float:
    texts = [document.text for document in documents if document.text.strip()][:LOOKED_AT]
    near = layered(texts, ALIKE)
    having = {place for place, first in enumerate(near.first.tolist()) if place != first}
    having.update(place for key in near.keys.tolist() for place in key)
    return len(having) / len(texts)
