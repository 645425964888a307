"""Validates arguments; every error says how to fix it."""

import math
from collections.abc import Sequence

from askew.confidence.risk_control import check_precision
from askew.documents.ledger import Policy
from askew.encoders import Encoder
from askew.errors import InputError, UnknownNameError
from askew.search.ranking import DOCUMENT_SCORES, MODES, SearchParams
from askew.tasks import Task
from askew.types import Document, Role


def chunk_tokens(asked: int | None, task: Task, encoder: Encoder) -> int:
    room = encoder.room(Role.DOCUMENT)
    if asked is None:
        return min(task.chunk_tokens, room)
    if not 1 <= asked <= room:
        raise InputError(f"A passage can have 1 to {room} tokens with this model, not {asked}.")
    return asked


def overlap(asked: int | None, task: Task) -> int:
    if asked is not None and asked < 0:
        raise InputError(f"The overlap must be at least 0 tokens, not {asked}.")
    return task.overlap if asked is None else asked


def policy(name: str) -> str:
    if name not in list(Policy):
        raise UnknownNameError("policy", name, list(Policy))
    return name


def check_queries(queries: Sequence[str]) -> None:
    if not all(query.strip() for query in queries):
        raise InputError("The query is empty. Say what you are looking for.")
    for query in queries:
        try:
            query.encode()
        except UnicodeEncodeError as fault:
            raise InputError(f"The query is no valid text: {fault}.") from fault


def check_k(k: int) -> None:
    if k < 1:
        raise InputError(f"k must be at least 1, not {k}.")


def check_how(how: SearchParams) -> None:
    check_k(how.k)
    if how.offset < 0:
        raise InputError(f"The offset must be at least 0, not {how.offset}.")
    if how.passages < 1:
        raise InputError(f"A document can have 1 hit or more, not {how.passages}.")
    if how.mode not in MODES:
        raise InputError(f"There is no search mode {how.mode!r}. Known: {', '.join(MODES)}.")
    if how.document_score not in DOCUMENT_SCORES:
        raise InputError(f"There is no document score {how.document_score!r}. Known: {', '.join(DOCUMENT_SCORES)}.")
    if how.document_score != "max" and (how.passages > 1 or how.mode == "lexical"):
        raise InputError("A document score over several passages is for one hit a document, by meaning.")
    check_weights(how.weights)
    if how.min_confidence:
        check_precision(how.min_confidence)
        if how.offset or how.passages > 1:
            raise InputError("A promise is about the first hit: leave out offset and passages, or min_confidence.")


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


def check_weights(weights: tuple[float, float]) -> None:
    if not all(0 <= weight < math.inf for weight in weights) or not any(weights):
        raise InputError(f"The weights must be two numbers of at least 0, not both 0; they are {weights}.")


def check_documents(documents: Sequence[Document]) -> None:
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise InputError(f"The id {document.id!r} is given twice. Each document needs an id of its own.")
        if not document.text.strip():
            raise InputError(f"The document {document.id!r} has no text.")
        seen.add(document.id)
