"""Does a model's card hold on this machine? Its files byte for byte, and prompts that change something.

A prompt without effect is a fault that nothing else shows: searches get worse, and every vector looks fine.
"""

from dataclasses import replace

import numpy as np

from askew.encoders.loading import load
from askew.errors import ModelError
from askew.models import cards, pull
from askew.models.cards import Card
from askew.tasks import TASKS
from askew.types import Role

SAMPLE = "The workshop opens at seven."
SAME = 1e-6


def checked(card: Card) -> list[str]:
    """Every fault, each a sentence. Services are not asked: their prompts are theirs."""
    try:
        for part in card.parts:
            pull.verify(card, pull.find(card, part), part)
    except ModelError as fault:
        return [str(fault)]
    if card.hosted or card.kind != "bi-encoder":
        return []
    return [
        f"The prompt {prompt!r} ({role} in {task}) changes nothing: the vector is the same without it."
        for task, role, prompt in _prompts(card)
        if not _changes(card, task, role)
    ]


def _prompts(card: Card) -> list[tuple[str, Role, str]]:
    """Each prompt once, with the first task that uses it."""
    found: dict[tuple[Role, str], str] = {}
    for task in TASKS:
        for role, prompt in cards.prompts_for(card, task.name).items():
            if prompt:
                found.setdefault((role, prompt), task.name)
    return [(task, role, prompt) for (role, prompt), task in found.items()]


def _changes(card: Card, task: str, role: Role) -> bool:
    prompted = load(card, task).encode([SAMPLE], role).vectors
    plain = load(replace(card, prompts={}), task).encode([SAMPLE], role).vectors
    return float(np.abs(prompted - plain).max()) > SAME
