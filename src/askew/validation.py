"""Validates arguments; every error says how to fix it."""

import math
from collections.abc import Sequence

from askew.errors import InputError
from askew.search.ranking import SearchParams
from askew.types import Document


def check_queries(queries: Sequence[str]) -> None:
    if not all(query.strip() for query in queries):
        raise InputError("The query is empty. Say what you are looking for.")
    for query in queries:
        try:
            query.encode()
        except UnicodeEncodeError as fault:
            raise InputError(f"The query is no valid text: {fault}.") from fault


def check_again(how: SearchParams, budget: float, candidates: int, rerank: bool) -> None:
    """Reading the best `candidates` again within `budget` seconds."""
    check_budget(budget, rerank)
    check_candidates(candidates)
    if how.min_confidence and rerank:
        raise InputError("A promise is about the ranking itself: leave out the reranking, or min_confidence.")


def check_budget(budget: float, rerank: bool) -> None:
    if not budget > 0:
        raise InputError(f"The budget must be more than 0 seconds, not {budget}.")
    if budget < math.inf and not rerank:
        raise InputError("A budget is for reranking; name the model to rerank with, or leave it out.")


def check_candidates(candidates: int) -> None:
    if candidates < 1:
        raise InputError(f"At least 1 candidate is reranked, not {candidates}.")


def check_recall(recall: float) -> None:
    if not 0.5 <= recall < 1:
        raise InputError(f"The recall asked for must be at least 0.5 and below 1, not {recall}.")


def check_threshold(threshold: float) -> None:
    if not math.isfinite(threshold):
        raise InputError(f"The threshold must be a number, not {threshold}.")


def check_documents(documents: Sequence[Document]) -> None:
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise InputError(f"The id {document.id!r} is given twice. Each document needs an id of its own.")
        if not document.text.strip():
            raise InputError(f"The document {document.id!r} has no text.")
        seen.add(document.id)
