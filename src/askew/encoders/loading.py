"""From a card to an encoder: the facts of the card decide which adapter runs."""

import hashlib
import json
from collections.abc import Mapping

from askew.encoders import Encoder
from askew.encoders.signature import Signature
from askew.errors import InputError
from askew.models import cards, pull
from askew.models.cards import Card

PRECISIONS = ("fp32", "int8")

# Raised when a change of ours moves the vectors that a card and its weights give.
RECIPES: Mapping[str, int] = {"fp32": 1, "int8": 1, "hashing": 1}


def load(card: Card, task: str, precision: str = "fp32") -> Encoder:
    """The encoder of this model for this task. Its weights must have been pulled, or `ModelError`."""
    if card.architecture == "hashing":
        from askew.encoders.hashing import HashingEncoder

        return HashingEncoder(signature(card, task, precision))
    from askew.encoders.onnx import OnnxEncoder

    golden = [(sample.text, sample.vector) for sample in card.golden]
    return OnnxEncoder(signature(card, task, precision), pull.find(card), golden)


def signature(card: Card, task: str, precision: str) -> Signature:
    """What the vectors of this card depend on; known without opening the weights."""
    if precision not in PRECISIONS:
        raise InputError(f"There is no precision {precision!r}. Known: {', '.join(PRECISIONS)}.")
    weightless = card.architecture == "hashing"
    files = {part: pull.hashes(card, part) for part in card.parts}
    return Signature(
        model=card.name,
        weights={part: _weights(hashes) for part, hashes in files.items()},
        tokenizer={part: _others(hashes) for part, hashes in files.items()},
        config={part: hashes.get(pull.CONFIG, "none") for part, hashes in files.items()},
        architecture=card.architecture,
        pooling=card.pooling,
        dense=card.dense,
        normalised=card.normalised,
        similarity=card.similarity,
        dim=card.dim,
        max_tokens=card.max_tokens,
        prompts={str(role): prompt for role, prompt in cards.prompts_for(card, task).items()},
        titles=card.titles,
        precision="fp32" if weightless else precision,
        recipe=RECIPES["hashing" if weightless else precision],
    )


def _weights(hashes: Mapping[str, str]) -> str:
    return _one({name: digest for name, digest in hashes.items() if name.endswith(pull.WEIGHTS)})


def _others(hashes: Mapping[str, str]) -> str:
    """The tokenizer's files: all that is neither weights nor config."""
    return _one({n: digest for n, digest in hashes.items() if n != pull.CONFIG and not n.endswith(pull.WEIGHTS)})


def _one(hashes: Mapping[str, str]) -> str:
    """The SHA-256 of the one file, or one over those of all."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
