"""Trial of a model: it is run once before its card is kept, so that what is wrong with its files shows then.

A folder can be complete and still be no model: its configuration counts other layers, a tensor has another shape, the
tokenizer has another vocabulary. Reading the files does not show that; running them does.
"""

from importlib.util import find_spec
from pathlib import Path

from askew.encoders.loading import load, load_cross, load_late
from askew.models import own, repository
from askew.models.card import Card
from askew.models.choice import here
from askew.progress import Report, silent
from askew.types import Role

TASK = "question-answering"
"""Task in whose prompts a model is tried."""
TEXT = "How long may I stay?"


def add(path: Path, name: str = "") -> Card:
    """Register a model of the user's own as `own.add` does, once it has run. Raises `ModelError` if it cannot."""
    return own.add(path, name, tried)


def obtained(model: str, revision: str = "main", report: Report = silent) -> Card:
    """Download a model as `repository.obtained` does; one of the hub's is kept once it has run."""
    return repository.obtained(model, revision, report, tried)


def tried(card: Card) -> None:
    """Run a model on one text in each role. Raises `ModelError` if it cannot run.

    A service is not asked, and what is not here, or needs a PyTorch that is not installed, cannot be tried. A sparse
    encoder is added by its own loader, which reads all of its files.
    """
    without_files = any(one.hosted or not one.parts for one in card.members)
    if card.kind == "sparse" or without_files or not here(card) or (card.needs_torch and find_spec("torch") is None):
        return
    if card.kind == "cross-encoder":
        model = load_cross(card)
        model.logits([(TEXT, TEXT)]) if card.labels else model.score([(TEXT, TEXT)])
        return
    encoder = load_late(card) if card.kind == "late-interaction" else load(card, TASK)
    for role in Role:
        encoder.encode([TEXT], role)
