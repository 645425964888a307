"""Which task fits what the probe found?"""

from collections.abc import Sequence
from dataclasses import dataclass

from askew.advising.alone import entry_share
from askew.advising.forms import Shape
from askew.advising.probe import Probe
from askew.advising.sides import side
from askew.mining.near.layers import layered
from askew.tasks import Kind
from askew.types import Document

MOSTLY = 0.5
LOOKED_AT = 3000
"""Documents that are compared for copies, and 500 for entries."""
ALIKE = 0.5
"""Jaccard similarity of their shingles from which two texts are near copies."""
COPIES = 0.01
"""The share of texts with a near copy from which finding these is worth a task."""
PAGE = 200
"""Words from which documents are pages, to be cut for search."""


@dataclass(frozen=True)
class Proposal:
    """task: a name in `askew.tasks`. reason: a sentence."""

    task: str
    reason: str


def proposed_task(found: Probe, documents: Sequence[Document]) -> Proposal:
    """documents: those that were probed."""
    return _symmetric(found, documents) if found.kind is Kind.SYMMETRIC else _asymmetric(found, documents)


def _symmetric(found: Probe, documents: Sequence[Document]) -> Proposal:
    corpus = found.documents
    if corpus.share(Shape.QUESTION) >= MOSTLY:
        return Proposal("duplicate-questions", "Both sides are questions.")
    if corpus.share(Shape.PROSE) < MOSTLY:
        return Proposal("paraphrase", "Both sides are short texts, of a sentence or less.")
    copies = _copies(documents)
    if copies >= COPIES:
        return Proposal("near-duplicate", f"Both sides are long texts, and {copies:.0%} of them have a near copy.")
    return Proposal("article-similarity", "Both sides are texts of several sentences, and hardly one has a near copy.")


def _asymmetric(found: Probe, documents: Sequence[Document]) -> Proposal:
    sample = documents[: len(found.documents.forms)]
    entries = entry_share(sample, side([document.text for document in sample], [d.title for d in sample]))
    if entries >= MOSTLY:
        return Proposal("faq", f"{entries:.0%} of the documents are a question with its answer.")
    if found.queries:
        asking = found.queries.share(Shape.QUESTION)
        if asking >= MOSTLY:
            return Proposal("question-answering", f"{asking:.0%} of the queries are questions; documents answer them.")
        return Proposal("enterprise-search", "Queries are rather keywords than questions, documents are longer.")
    if found.documents.quartiles.median >= PAGE:
        return Proposal("enterprise-search", "Documents are pages rather than passages, so they are cut for search.")
    return Proposal("question-answering", "Documents are passages that short questions can be answered from.")


def _copies(documents: Sequence[Document]) -> float:
    texts = [document.text for document in documents[:LOOKED_AT]]
    near = layered(texts, ALIKE)
    having = {place for place, first in enumerate(near.first.tolist()) if place != first}
    having.update(place for key in near.keys.tolist() for place in key)
    return len(having) / len(texts)
