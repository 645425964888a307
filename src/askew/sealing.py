"""From what a user names to a contract: the task decides what is not given."""

from collections.abc import Mapping

from askew import validation
from askew.contract import Contract
from askew.documents.ledger import Policy
from askew.encoders import Encoder
from askew.encoders.loading import load
from askew.models import cards, own
from askew.tasks import Task, get
from askew.types import Role


def seal(
    task: str,
    model: str | None = None,
    precision: str = "fp32",
    policy: str | None = None,
    chunk_tokens: int | None = None,
    overlap: int | None = None,
    prompts: Mapping[str, str] | None = None,
    encoder: Encoder | None = None,
) -> tuple[Contract, Encoder]:
    """The contract and the encoder that keeps it.

    model: a card's name, or the path of a card or folder of one's own. prompts: by role, in place of the card's.
    encoder: one in hand, in place of the one that a card describes.
    """
    chosen = get(task)
    if encoder is None:
        card = cards.with_prompts(own.resolve(model or chosen.model), task, prompts or {})
        encoder, languages = load(card, task, precision), card.languages
    else:
        languages = ()
    contract = Contract(
        task=task,
        encoder=encoder.signature,
        policy=validation.one_of(policy or chosen.policy, "policy", list(Policy)),
        chunk_tokens=checked_chunk_tokens(chunk_tokens, chosen, encoder),
        overlap=checked_overlap(overlap, chosen),
        language="english" if languages == ("en",) else "",
        overrides=dict(prompts or {}),
    )
    return contract, encoder


def checked_chunk_tokens(given: int | None, task: Task, encoder: Encoder) -> int:
    room = encoder.room(Role.DOCUMENT)
    return min(task.chunk_tokens, room) if given is None else validation.whole(given, "chunk_tokens", 1, room)


def checked_overlap(given: int | None, task: Task) -> int:
    return task.overlap if given is None else validation.whole(given, "overlap")
