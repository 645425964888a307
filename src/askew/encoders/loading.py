"""Encoder loading: the model card determines which adapter runs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from askew.encoders import Encoder
from askew.encoders.signature import Signature
from askew.errors import InputError, ModelError
from askew.models import cards, pull
from askew.models.card import TORCH, Card
from askew.tasks import get
from askew.types import Role

if TYPE_CHECKING:
    from askew.encoders.onnx.cross import CrossEncoder
    from askew.encoders.onnx.late_interaction import LateInteractionEncoder

PRECISIONS = ("fp32", "int8")
NEEDED = ("config.json", "model.safetensors", "tokenizer.json")
FAST = frozenset(
    {"bert", "roberta", "xlm-roberta", "mpnet", "distilbert", "dpr", "t5", "instructor", "modernbert"}
    | {"nomic-bert", "gte", "qwen3", "gemma3"}
)
SAFE, PICKLED, SHARDS = "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"
"""Weights files; the second, or the shards that the third names, are read where the card lists none of the first name.
"""

# Incremented when a change in our code moves the vectors of a card and its weights.
RECIPES: Mapping[str, int] = {
    "fp32": 1,
    "int8": 2,
    "hashing": 1,
    "static": 1,
    "torch": 1,
    "hosted": 1,
    "cross": 2,
    "late": 1,
}


def load(card: Card, task: str, precision: str = "fp32") -> Encoder:
    """Load the encoder of this model for this task. Raises `ModelError` unless its weights have been pulled."""
    if card.kind == "sparse":
        raise ModelError(
            f"{card.name} is a sparse encoder: pass it with --sparse (in Python: sparse=…), beside a model."
        )
    if card.kind != "bi-encoder":
        raise ModelError(f"{card.name} is a {card.kind}: it scores pairs of texts and produces no vectors.")
    if card.sides:
        return _pair(card, task, precision)
    sealed = signature(card, task, precision)
    if card.architecture == "hashing":
        from askew.encoders.hashing import HashingEncoder

        return HashingEncoder(sealed)
    if card.hosted is not None:
        from askew.encoders.hosted.encoder import HostedEncoder

        return HostedEncoder(sealed, card.hosted, dimensions=card.hosted.dimensions)
    return _local(card, sealed)


def load_reranker(card: Card, precision: str = "fp32") -> "CrossEncoder | LateInteractionEncoder":
    """Load what reranks with this model. Raises `ModelError` for a model that does not, or that was not pulled."""
    if card.labels:
        raise ModelError(
            f"{card.name} labels pairs of texts ({', '.join(card.labels)}) and cannot rerank: choose a cross-encoder "
            "trained on search, such as ms-marco-MiniLM-L6-v2. To label duplicates: askew duplicates --cross-encoder"
        )
    return load_late(card, precision) if card.kind == "late-interaction" else load_cross(card, precision)


def load_late(card: Card, precision: str = "fp32") -> "LateInteractionEncoder":
    """Load the late-interaction encoder of this card. Raises `ModelError` unless its weights have been pulled."""
    if card.late_interaction is None:
        raise ModelError(f"{card.name} is a {card.kind}: it has no vector for every token.")
    if card.architecture not in FAST:
        raise ModelError(
            f"{card.name} has the architecture {card.architecture!r}, which is not supported for late interaction."
        )
    from askew.encoders.onnx.late_interaction import LateInteractionEncoder, blueprint

    _complete(card)
    _unlisted(card, pull.find(card))
    reading, files = card.late_interaction, _sealed_files(card)
    recipe = RECIPES["late"]
    sealed = blueprint(card.architecture, reading, card.modules, files, _known(precision), recipe, card.root)
    return LateInteractionEncoder(sealed, pull.find(card), reading, cards.prompts_for(card, "default"))


def _pair(card: Card, task: str, precision: str) -> Encoder:
    from askew.encoders.dual import EncoderPair

    sealed = signature(card, task, precision)
    return EncoderPair(
        sealed, {role: load(side, task, _supported(side, precision)) for role, side in card.sides.items()}
    )


def _paired_signature(card: Card, task: str, precision: str) -> Signature:
    """Return the signature of a pair. Refused where queries would be encoded as documents, never by their encoder."""
    from askew.encoders.dual import paired

    if get(task).query_role is Role.DOCUMENT:
        raise InputError(
            f"{card.name} encodes queries by another model than documents, but the task {task} compares texts in one "
            f"role. Use the model of its documents: {card.sides[Role.DOCUMENT].name}."
        )
    if precision != "fp32" and all(_supported(side, precision) != precision for side in card.sides.values()):
        raise InputError(f"Both encoders of {card.name} only support the precision fp32, not {precision}.")
    found = {role: signature(side, task, _supported(side, precision)) for role, side in card.sides.items()}
    return paired(card.name, found[Role.DOCUMENT], found[Role.QUERY])


def _supported(card: Card, precision: str) -> str:
    """Return the precision, or fp32 for an encoder of a pair that knows no other."""
    return precision if _way(card, _known(precision)) in PRECISIONS else "fp32"


def load_cross(card: Card, precision: str = "fp32") -> "CrossEncoder":
    """Load the cross-encoder of this card. Raises `ModelError` unless its weights have been pulled."""
    if card.kind != "cross-encoder":
        raise ModelError(f"{card.name} is a {card.kind}: it produces vectors and cannot score pairs.")
    if card.architecture not in FAST:
        raise ModelError(
            f"{card.name} has the architecture {card.architecture!r}, which is not supported for cross-encoders."
        )
    from askew.encoders.onnx.cross import CrossEncoder, blueprint

    _complete(card)
    _unlisted(card, pull.find(card))
    files, recipe = _sealed_files(card), RECIPES["cross"]
    facts = (card.architecture, card.activation, card.max_tokens, files, _known(precision), recipe)
    sealed = blueprint(*facts, max(1, len(card.labels)))
    return CrossEncoder(sealed, pull.find(card) / card.root, card.labels, card.truncation_side)


def _local(card: Card, sealed: Signature) -> Encoder:
    golden = [(sample.text, sample.vector) for sample in card.golden]
    folders = {part: pull.find(card, part) for part in card.parts}
    if card.architecture == "static":
        _complete(card, NEEDED[1:])
        from askew.encoders.static import StaticEncoder

        return StaticEncoder(sealed, folders["both"] / card.root)
    if card.architecture == TORCH:
        from askew.encoders.torch import TorchEncoder

        return TorchEncoder(sealed, folders["both"], golden)
    if card.architecture not in FAST:
        known = ", ".join(sorted({*FAST, TORCH, "static", "hashing", "hosted"}))
        raise ModelError(f"The card of {card.name} has the unknown architecture {card.architecture!r}; known: {known}.")
    _complete(card)
    if card.towers:
        from askew.encoders.dual import Towers

        return Towers(sealed, folders)
    from askew.encoders.onnx.encoder import OnnxEncoder

    _unlisted(card, folders["both"])
    return OnnxEncoder(sealed, folders["both"], golden)


def _instead(name: str) -> tuple[str, ...]:
    """Return the files that may be there instead of one with weights."""
    return (name.replace(SAFE, PICKLED), name.replace(SAFE, SHARDS)) if name.endswith(SAFE) else ()


def _unlisted(card: Card, folder: Path) -> None:
    """Refuse weights that would be read instead of the listed ones, or beside them: they are not hashed."""
    pickled = [name for name in card.files if name.endswith(PICKLED)]
    for name, other in ((name, name.replace(PICKLED, SAFE)) for name in pickled):
        if other not in card.files and (folder / other).exists():
            raise ModelError(f"{folder} has {other}, but the card of {card.name} lists {name}: list {other} instead.")
    for index in (name for name in card.files if name.endswith(SHARDS)):
        from askew.models.folder import layout  # hardly any model has its weights in shards

        for shard in layout.weights(folder, index.rpartition("/")[0], {index}):
            if shard not in card.files:
                raise ModelError(f"{index} names {shard}, which the card of {card.name} does not list.")


def _complete(card: Card, files: Sequence[str] = NEEDED) -> None:
    """Check that the card lists the files that its encoder reads: only listed files are hashed and sealed."""
    needed = [f"{card.root}/{name}" if card.root else name for name in files]
    needed += [f"{step.folder}/model.safetensors" for step in card.modules if step.folder]
    needed += ["2_Dense/model.safetensors"] if card.dense and not card.modules else []
    for part, tower in card.parts.items():
        if missing := [name for name in needed if not {name, *_instead(name)} & {*tower.files}]:
            where = "" if part == "both" else f" for {part}"
            raise ModelError(f"The card of {card.name} lists no {', '.join(missing)}{where}, which its model needs.")


def signature(card: Card, task: str, precision: str) -> Signature:
    """Return the signature of this card's encoder without opening the weights."""
    if card.sides:
        return _paired_signature(card, task, precision)
    way = _way(card, _known(precision))
    if precision != "fp32" and way not in (*PRECISIONS, "hashing"):
        raise InputError(f"{card.name} only supports the precision fp32, not {precision}.")
    files = {part: pull.hashes(card, part) for part in card.parts}
    config = _config(card)
    return Signature(
        model=card.name,
        weights={part: _weights(hashes) for part, hashes in files.items()} or _service(card),
        tokenizer={part: _others(hashes, config) for part, hashes in files.items()},
        config={part: hashes.get(config, "none") for part, hashes in files.items()},
        architecture=card.architecture,
        pooling=card.pooling,
        dense=card.dense,
        normalised=card.normalised,
        similarity=card.similarity,
        dim=card.dim,
        max_tokens=card.max_tokens,
        prompts={str(role): prompt for role, prompt in _said(card, task).items()},
        titles=card.titles,
        precision=precision if way in PRECISIONS else "fp32",
        recipe=RECIPES[way],
        modules=card.modules,
        width=card.width,
        root=card.root,
        lower_case=card.lower_case,
        truncation_side=card.truncation_side,
        unknown=card.unknown,
        prompt_excluded=card.prompt_excluded,
    )


def _sealed_files(card: Card) -> tuple[str, str, str]:
    """Return the SHA-256 of weights, config and tokenizer of a card with one set of weights."""
    hashes, config = pull.hashes(card, "both"), _config(card)
    return _weights(hashes), hashes[config], _others(hashes, config)


def _known(precision: str) -> str:
    if precision not in PRECISIONS:
        raise InputError(f"Unknown precision {precision!r}. Choose one of: {', '.join(PRECISIONS)}.")
    return precision


def _way(card: Card, precision: str) -> str:
    """Return the key in RECIPES: the precision for the ONNX encoder, otherwise the adapter."""
    if card.hosted is not None:
        return "hosted"
    if card.architecture == TORCH:
        return "torch"
    return card.architecture if card.architecture in RECIPES else precision


def _said(card: Card, task: str) -> Mapping[Role, str]:
    """Return the prompt of each role, or a hosted service's parameter for it."""
    return cards.hosted_words(card, task) or cards.prompts_for(card, task)


def _service(card: Card) -> Mapping[str, str]:
    """Return a hosted model's provider and name in place of hashes, because its weights cannot be hashed."""
    return {"service": f"{card.hosted.provider}: {card.hosted.model}"} if card.hosted else {}


def _weights(hashes: Mapping[str, str]) -> str:
    return _one({name: digest for name, digest in hashes.items() if name.endswith(pull.WEIGHTS)})


def _others(hashes: Mapping[str, str], config: str) -> str:
    """Return the hash of the tokenizer files: everything but weights and config."""
    return _one({n: digest for n, digest in hashes.items() if n != config and not n.endswith(pull.WEIGHTS)})


def _config(card: Card) -> str:
    """Return the name of the transformer's configuration."""
    return f"{card.root}/{pull.CONFIG}" if card.root else pull.CONFIG


def _one(hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 of a single file, or one SHA-256 over those of several."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
