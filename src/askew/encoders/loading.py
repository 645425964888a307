"""From a card to an encoder: the facts of the card decide which adapter runs."""

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
    return Signature(
        model=card.name,
        weights=card.files.get("model.safetensors", "none"),
        tokenizer=card.files.get("tokenizer.json", "none"),
        architecture=card.architecture,
        pooling=card.pooling,
        normalised=card.normalised,
        similarity=card.similarity,
        dim=card.dim,
        max_tokens=card.max_tokens,
        prompts={str(role): prompt for role, prompt in cards.prompts_for(card, task).items()},
        precision="fp32" if weightless else precision,
        recipe=RECIPES["hashing" if weightless else precision],
    )
