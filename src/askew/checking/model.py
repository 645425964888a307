"""What only the model can tell: are the stored vectors its own, and does every prompt change something?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from askew.checking.case import Case
from askew.checking.finding import Finding, fine, untold
from askew.checking.sample import Sample
from askew.encoders import Encoder
from askew.encoders.effect import SAME
from askew.encoders.loading import load
from askew.errors import ContractError, ModelError
from askew.models import cards
from askew.similarity import normalise
from askew.tasks import get
from askew.types import FloatMatrix, Role

TEXTS = 4
NEAR = 0.99
"""The cosine of two vectors of one text; other work on the machine moves them by less than a millionth."""


def model(case: Case, sample: Sample) -> list[Finding]:
    if case.contract.encoder.weights.get("service") or (case.known and case.card.hosted):
        return [untold("vectors", "The model is a service, and is not asked for the sake of a check.")]
    try:
        encoder = case.index.encoder("checking")
    except ContractError as fault:
        return [Finding("vectors", 1, f"The model here is not the one of the index: {fault}", case.anew())]
    except ModelError as fault:
        return [untold("vectors", f"The model cannot be loaded: {fault}")]
    return [_own(case, encoder, sample), *(_prompts(case, encoder, sample) if case.known else [])]


def _own(case: Case, encoder: Encoder, sample: Sample) -> Finding:
    """Some passages are encoded once more, with their title and, as it may have been too long, without."""
    if not len(sample):
        return untold("vectors", "Nothing is stored yet.")
    rows = np.linspace(0, len(sample) - 1, min(TEXTS, len(sample))).astype(np.int64)
    texts = [sample.texts[row] for row in rows]
    titles = [one.title for one in case.index.documents([str(sample.owners[row]) for row in rows])]
    stored = sample.directions[rows]
    cosines = _cosines(encoder, texts, titles, stored)
    if (cosines < NEAR).any() and any(titles):
        cosines = np.maximum(cosines, _cosines(encoder, texts, (), stored))
    empty = ~sample.vectors[rows].any(axis=1)
    strange = int(np.count_nonzero((cosines < NEAR) & ~empty))
    if not strange:
        return fine("vectors", 0, f"{len(rows)} passages encoded once more give the vectors that are stored.")
    return Finding(
        "vectors",
        strange / len(rows),
        f"{strange} of {len(rows)} passages encoded once more give another vector than the stored one: queries and "
        "documents are not in one space, and what is found is chance.",
        case.anew(),
    )


def _cosines(encoder: Encoder, texts: Sequence[str], titles: Sequence[str], stored: FloatMatrix) -> NDArray[np.float64]:
    made = normalise(encoder.encode(texts, Role.DOCUMENT, titles=titles).vectors)
    cosines: NDArray[np.float64] = np.einsum("ij,ij->i", made, stored, dtype=np.float64)
    return cosines


def _prompts(case: Case, encoder: Encoder, sample: Sample) -> list[Finding]:
    contract = case.contract
    used = {Role.DOCUMENT, get(contract.task).query_role}
    said = {role: prompt for role in Role if role in used and (prompt := contract.encoder.prompts.get(role, ""))}
    if not said or not len(sample):
        return []
    plain = load(replace(cards.get(contract.encoder.model), prompts={}), contract.task, contract.encoder.precision)
    texts = sample.texts[:TEXTS]
    dead = [role for role in said if not _changes(encoder, plain, texts, role)]
    return [
        Finding(
            "prompt-effect",
            1,
            f"The prompt {said[role]!r} ({role}) changes nothing: the vectors are the same without it, so that the "
            "model does not know queries from documents.",
            f"askew models check {contract.encoder.model}",
        )
        for role in dead
    ] or [fine("prompt-effect", 0, "Every prompt changes the vectors.")]


def _changes(encoder: Encoder, plain: Encoder, texts: Sequence[str], role: Role) -> bool:
    prompted, bare = (one.encode(texts, role).vectors for one in (encoder, plain))
    return float(np.abs(prompted - bare).max()) > SAME
