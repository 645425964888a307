"""Prompt check and file check: verifies a model's files by SHA-256, and that each of its prompts changes the vectors.

A prompt without effect is otherwise invisible: results get worse while every vector looks normal.
"""

import numpy as np

from askew.encoders.loading import load
from askew.errors import ModelError
from askew.models import cards, pull
from askew.models.card import Card
from askew.tasks import TASKS
from askew.types import Role

SAMPLE = "The workshop opens at seven."
SAME = 1e-6


def checked(card: Card) -> list[str]:
    """Return the problems found, one sentence each. Hosted models are not checked: they apply prompts themselves."""
    try:
        for one in card.members:
            for part in one.parts:
                pull.verify(one, pull.find(one, part), part)
    except ModelError as error:
        return [" ".join(map(str.strip, error.lines))]
    if any(one.hosted for one in card.members) or card.kind != "bi-encoder":
        return []
    return [
        f"The prompt {prompt!r} ({role}, {task}) has no effect: the vector is the same without it."
        for task, role, prompt in _prompts(card)
        if not _changes(card, task, role)
    ]


def _prompts(card: Card) -> list[tuple[str, Role, str]]:
    """Return each distinct prompt with the first task that uses it."""
    found: dict[tuple[Role, str], str] = {}
    for task in TASKS:
        for role, prompt in cards.prompts_for(card, task.name).items():
            if prompt:
                found.setdefault((role, prompt), task.name)
    return [(task, role, prompt) for (role, prompt), task in found.items()]


def _changes(card: Card, task: str, role: Role) -> bool:
    prompted = load(card, task).encode([SAMPLE], role).vectors
    plain = load(cards.without_prompts(card), task).encode([SAMPLE], role).vectors
    return float(np.abs(prompted - plain).max()) > SAME
