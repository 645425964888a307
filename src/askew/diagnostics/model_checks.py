"""Model checks: stored vectors, prompts, similarity and training task."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine, unknown
from askew.diagnostics.sample import Sample
from askew.encoders import Encoder
from askew.encoders.effect import SAME
from askew.encoders.loading import load
from askew.errors import ContractError, ModelError
from askew.ingest import encoded_texts
from askew.models import cards, matryoshka
from askew.models.card import Card
from askew.models.choice import mismatch
from askew.similarity import normalise
from askew.tasks import get
from askew.types import FloatMatrix, Role

TEXTS = 4
"""Passages encoded again."""
SETTINGS = "config_sentence_transformers.json"
NEAR = 0.99
"""Minimum cosine of two vectors of the same text; rounding changes it by less than a millionth."""


def stored_vectors(context: DiagnosticContext, sample: Sample) -> list[Finding]:
    if context.contract.encoder.hosted or (context.known and context.card.hosted):
        return [unknown("vectors", "The model is a paid service, so it is not called for a check.")]
    try:
        encoder = context.index.encoder("checking")
    except ContractError as fault:
        return [
            Finding("vectors", 1, f"The model here is not the one of the index: {fault}", context.rebuild_command())
        ]
    except ModelError as fault:
        return [unknown("vectors", f"The model cannot be loaded: {fault}")]
    return [
        _stored_vectors_match(context, encoder, sample),
        *(_prompts(context, encoder, sample) if context.known else []),
    ]


def _stored_vectors_match(context: DiagnosticContext, encoder: Encoder, sample: Sample) -> Finding:
    """Encode some passages again, with their title and, in context it did not fit, without."""
    if not len(sample):
        return unknown("vectors", "The index is empty.")
    rows = np.linspace(0, len(sample) - 1, min(TEXTS, len(sample))).astype(np.int64)
    documents = context.index.documents([str(sample.owners[row]) for row in rows])
    passages = context.index.store.passages(sample.keys[rows].tolist())
    texts = encoded_texts(documents, passages, encoder, context.contract)
    titles = [one.title for one in documents]
    stored = sample.directions[rows]
    cosines = _cosines(encoder, texts, titles, stored)
    if (cosines < NEAR).any() and any(titles):
        cosines = np.maximum(cosines, _cosines(encoder, texts, (), stored))
    empty = ~sample.vectors[rows].any(axis=1)
    strange = int(np.count_nonzero((cosines < NEAR) & ~empty))
    if strange and context.contract.shifts:
        return unknown(
            "vectors", f"{strange} of {len(rows)} passages have shifted vectors, which are not those of their texts."
        )
    if not strange:
        return fine("vectors", 0, f"{len(rows)} passages, encoded again, match their stored vectors.")
    return Finding(
        "vectors",
        strange / len(rows),
        f"{strange} of {len(rows)} passages, encoded again, differ from their stored vectors: queries and documents "
        "are not in the same vector space, so results are arbitrary.",
        context.rebuild_command(),
    )


def _cosines(encoder: Encoder, texts: Sequence[str], titles: Sequence[str], stored: FloatMatrix) -> NDArray[np.float64]:
    made = normalise(encoder.encode(texts, Role.DOCUMENT, titles=titles).vectors)
    cosines: NDArray[np.float64] = np.einsum("ij,ij->i", made, stored, dtype=np.float64)
    return cosines


def _prompts(context: DiagnosticContext, encoder: Encoder, sample: Sample) -> list[Finding]:
    contract = context.contract
    used = {Role.DOCUMENT, get(contract.task).query_role}
    said = {role: prompt for role in Role if role in used and (prompt := contract.encoder.prompts.get(role, ""))}
    if not said or not len(sample):
        return []
    card = matryoshka.sealed(contract.encoder.model, contract.encoder.dim)
    plain = load(cards.without_prompts(card), contract.task, contract.encoder.precision)
    texts = sample.texts[:TEXTS]
    dead = [role for role in said if not _has_effect(encoder, plain, texts, role)]
    return [
        Finding(
            "prompt-effect",
            1,
            f"The prompt {said[role]!r} ({role}) has no effect: the vectors are the same without it, so the model "
            "cannot distinguish queries from documents.",
            f"askew models check {contract.encoder.model}",
        )
        for role in dead
    ] or [fine("prompt-effect", 0, "All prompts have an effect on the vectors.")]


def _has_effect(encoder: Encoder, plain: Encoder, texts: Sequence[str], role: Role) -> bool:
    prompted, bare = (one.encode(texts, role).vectors for one in (encoder, plain))
    return float(np.abs(prompted - bare).max()) > SAME


def missing_prompt(context: DiagnosticContext) -> list[Finding]:
    """Compare the prompts of the index with those of the card for its task."""
    sealed = context.contract.encoder.prompts
    if context.card.hosted:
        return []
    wanted = cards.prompts_for(context.card, context.task)
    used = {Role.DOCUMENT, get(context.task).query_role}
    differing = [role for role in Role if role in used and wanted.get(role, "") != sealed.get(role, "")]
    if not differing:
        return [fine("prompts", 0, "The prompts match the model's card.")]
    missing = [role for role in differing if not sealed.get(role)]
    options = " ".join(f"--{role}-prompt {shlex.quote(wanted[role])}" for role in missing)
    return [_differing(context, role, wanted.get(role, ""), sealed.get(role, ""), options) for role in differing]


def _differing(context: DiagnosticContext, role: Role, wanted: str, sealed: str, options: str) -> Finding:
    """options: those that add all missing prompts."""
    said = f"The model's card has the {role} prompt {wanted!r}" if wanted else f"The model's card has no {role} prompt"
    if sealed:
        return Finding(
            "prompts",
            1,
            f"{said}, the index has {sealed!r}: it was set when the index was created. Measure whether it helps.",
            f"askew eval {context.name} --queries QUERIES --qrels QRELS",
            Level.NOTE,
        )
    return Finding(
        "prompts",
        1,
        f"{said}, the index has none: {context.card.name} was trained with it; without it, queries are less similar to "
        "their answers than they should be.",
        context.migrate_command(options),
    )


def similarity_mismatch(context: DiagnosticContext) -> list[Finding]:
    sealed = context.contract.encoder.similarity
    for origin, said in _stated_similarities(context.card):
        if said in ("cosine", "dot") and said != sealed:
            return [
                Finding(
                    "similarity",
                    1,
                    f"The index uses {sealed} similarity, but {origin} says {said}: {_consequence(said)}",
                    f'Set similarity = "{said}" in the card of {context.card.name}, then {context.rebuild_command()}',
                )
            ]
    return [fine("similarity", 0, f"The similarity is {sealed}, as the model requires.")]


def _stated_similarities(card: Card) -> list[tuple[str, str]]:
    """Return the sources that state a similarity for the model, with the similarity."""
    found = [("the model's card", str(card.similarity))]
    folders = [Path(tower.folder) for one in card.members for tower in one.parts.values() if tower.folder]
    found += [(f"the model's own {SETTINGS}", _settings(folder / SETTINGS)) for folder in folders]
    if card.hub and card.name not in cards.built_in():
        others = (cards.get(name) for name in cards.built_in())
        same = [other for other in others if other.hub and other.hub.repository == card.hub.repository]
        found += [(f"askew's card of {card.hub.repository}", str(other.similarity)) for other in same]
    return found


def _settings(file: Path) -> str:
    """Return the similarity named in a settings file; "" if there is none."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    return str(said.get("similarity_fn_name") or "") if isinstance(said, dict) else ""


def _consequence(said: str) -> str:
    if said == "dot":
        return "the norms of its vectors carry information, which cosine ignores."
    return "the norms of its vectors mean nothing, but the dot product prefers large ones."


def task_mismatch(context: DiagnosticContext) -> list[Finding]:
    """Check that the model was trained for the task; only a note if its card names the task anyway."""
    card = context.card
    choose = f"askew models choose --task {context.task}, then askew migrate {context.name} --to MODEL"
    if doubt := mismatch(card, context.task):
        level = Level.NOTE if context.task in card.tasks else Level.ADVICE
        return [Finding("training", 1, f"{card.name} was {doubt}.", choose, level)]
    if not card.tasks:
        return [fine("training", 0, f"Which tasks {card.name} was trained for is unknown.")]
    if context.task not in card.tasks:
        return [Finding("training", 1, f"The card of {card.name} does not name {context.task}.", choose, Level.NOTE)]
    return [fine("training", 0, f"{card.name} is a model for {context.task}.")]
