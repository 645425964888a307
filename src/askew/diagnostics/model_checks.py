"""Model checks: stored vectors, prompts, similarity and training task."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine, unknown
from askew.diagnostics.sample import Sample
from askew.encoders import Encoder
from askew.encoders.effect import SAME
from askew.encoders.loading import load
from askew.errors import ContractError, ModelError
from askew.models import cards
from askew.models.cards import Card
from askew.models.choice import mismatch
from askew.similarity import normalise
from askew.tasks import get
from askew.types import FloatMatrix, Role

TEXTS = 4
NEAR = 0.99
"""The cosine of two vectors of one text; other work on the machine moves them by less than a millionth."""


def stored_vectors(case: DiagnosticContext, sample: Sample) -> list[Finding]:
    if case.contract.encoder.weights.get("service") or (case.known and case.card.hosted):
        return [unknown("vectors", "The model is a service, and is not asked for the sake of a check.")]
    try:
        encoder = case.index.encoder("checking")
    except ContractError as fault:
        return [Finding("vectors", 1, f"The model here is not the one of the index: {fault}", case.anew())]
    except ModelError as fault:
        return [unknown("vectors", f"The model cannot be loaded: {fault}")]
    return [_own(case, encoder, sample), *(_prompts(case, encoder, sample) if case.known else [])]


def _own(case: DiagnosticContext, encoder: Encoder, sample: Sample) -> Finding:
    """Some passages are encoded once more, with their title and, as it may have been too long, without."""
    if not len(sample):
        return unknown("vectors", "Nothing is stored yet.")
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


def _prompts(case: DiagnosticContext, encoder: Encoder, sample: Sample) -> list[Finding]:
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


def missing_prompt(case: DiagnosticContext) -> list[Finding]:
    """The card's prompts for this task, against those that the index was sealed with."""
    sealed = case.contract.encoder.prompts
    if case.card.hosted:
        return []
    wanted = cards.prompts_for(case.card, case.task)
    used = {Role.DOCUMENT, get(case.task).query_role}
    differing = [role for role in Role if role in used and wanted.get(role, "") != sealed.get(role, "")]
    if not differing:
        return [fine("prompts", 0, "The prompts are those of the model's card.")]
    missing = [role for role in differing if not sealed.get(role)]
    options = " ".join(f"--{role}-prompt {shlex.quote(wanted[role])}" for role in missing)
    return [_differing(case, role, wanted.get(role, ""), sealed.get(role, ""), options) for role in differing]


def _differing(case: DiagnosticContext, role: Role, wanted: str, sealed: str, options: str) -> Finding:
    """options: that bring every prompt back that is missing."""
    said = f"The model's card puts {wanted!r} before each {role}" if wanted else f"The card has no prompt for a {role}"
    if sealed:
        return Finding(
            "prompts",
            1,
            f"{said}, this index {sealed!r}: it was chosen when the index was made, and is for you to measure.",
            f"askew eval {case.name} --queries QUERIES --qrels QRELS",
            Level.NOTE,
        )
    return Finding(
        "prompts",
        1,
        f"{said}, this index nothing: {case.card.name} was trained with it, and without it a query and what answers "
        "it lie further apart than they should.",
        case.migrated(options),
    )


SETTINGS = "config_sentence_transformers.json"


def similarity_mismatch(case: DiagnosticContext) -> list[Finding]:
    sealed = case.contract.encoder.similarity
    for origin, said in _witnesses(case.card):
        if said in ("cosine", "dot") and said != sealed:
            return [
                Finding(
                    "similarity",
                    1,
                    f"The index compares by {sealed}, and {origin} says {said}: {_why(said)}",
                    f'Set similarity = "{said}" in the card of {case.card.name}, then {case.anew()}',
                )
            ]
    return [fine("similarity", 0, f"By {sealed}, as the model wants it.")]


def _witnesses(card: Card) -> list[tuple[str, str]]:
    """Who says how the vectors are to be compared, and what."""
    found = [("the model's card", str(card.similarity))]
    folders = [Path(tower.folder) for tower in card.parts.values() if tower.folder]
    found += [(f"the model's own {SETTINGS}", _settings(folder / SETTINGS)) for folder in folders]
    if card.hub and card.name not in cards.built_in():
        others = (cards.get(name) for name in cards.built_in())
        same = [other for other in others if other.hub and other.hub.repository == card.hub.repository]
        found += [(f"askew's card of {card.hub.repository}", str(other.similarity)) for other in same]
    return found


def _settings(file: Path) -> str:
    """Empty where the folder says nothing."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(said.get("similarity_fn_name") or "") if isinstance(said, dict) else ""


def _why(said: str) -> str:
    if said == "dot":
        return "the lengths of its vectors say how much a passage has to tell, and cosine throws them away."
    return "the lengths of its vectors mean nothing, and the dot product prefers the longest."


def task_mismatch(case: DiagnosticContext) -> list[Finding]:
    """Worth a note where the model is used for the task all the same; advice where its card does not even name it."""
    card = case.card
    choose = f"askew models choose --task {case.task}, then askew migrate {case.name} --to MODEL"
    if doubt := mismatch(card, case.task):
        level = Level.NOTE if case.task in card.tasks else Level.ADVICE
        return [Finding("training", 1, f"{card.name} was {doubt}.", choose, level)]
    if case.task not in card.tasks:
        return [Finding("training", 1, f"The card of {card.name} does not name {case.task}.", choose, Level.NOTE)]
    return [fine("training", 0, f"{card.name} is a model for {case.task}.")]
