"""Weight loading: reads the tensors of every model family into the common `Transformer` that `onnx/graph.py` builds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from askew.encoders.families.config import Config
from askew.encoders.families.layouts import LAYOUTS, Layout
from askew.encoders.families.readers import MOST_DISTANCES, READERS, WIDTHS
from askew.encoders.families.shape import (
    BUCKETS,
    NO_ROWS,
    Array,
    Dense,
    Layer,
    Step,
    Transformer,
    Truncation,
    Unit,
    distances,
)
from askew.encoders.families.tensors import Tensors
from askew.errors import ModelError
from askew.models.card import Module

WEIGHTS = "model.safetensors"
DENSE = "2_Dense/model.safetensors"
EPSILON = 1e-5
"""Of PyTorch's LayerNorm, which the module of sentence-transformers leaves at its default."""
WORDS = "embeddings.word_embeddings.weight"


def read(architecture: str, folder: Path, longest: int) -> Transformer:
    """Read the model in `folder` (config.json, model.safetensors) for texts of at most `longest` tokens."""
    config = Config.read(folder / "config.json")
    if architecture in READERS:
        return READERS[architecture](config, folder / WEIGHTS, longest)
    layout = _layout(architecture)
    config.check(architecture, layout)
    tensors = Tensors.open(folder / WEIGHTS).under(layout.prefixes, WORDS)
    width, depth = config.count(layout.width), config.count(layout.depth)
    if (found := tensors.depth(layout.stack)) != depth:
        raise ModelError(f"{tensors.file} has {found} layers, but config.json says {depth}.")
    if width % config.count(layout.heads):
        raise ModelError(f"{config.file}: {layout.width} {width} is not divisible by {layout.heads}.")
    return Transformer(
        words=tensors.array(WORDS, config.count("vocab_size"), width),
        positions=_positions(tensors, config, layout, longest),
        segments=_segments(tensors, config, layout),
        norm=tensors.norm("embeddings.LayerNorm", width, config.number(layout.epsilon)),
        layers=tuple(_layer(tensors, config, layout, f"{layout.stack}{i}.") for i in range(depth)),
        heads=config.count(layout.heads),
        activation=config.word(layout.activation),
        distances=_distances(tensors, config, layout, longest),
        after=_projection(tensors, config, layout),
        padding=(padding := int(config.number(layout.padding))),
        padded=_padded(tensors, config, layout, padding),
    )


def classifier(architecture: str, folder: Path, width: int, activation: str, labels: int = 1) -> tuple[Dense, ...]:
    """Return the layers that turn the first token's vector of a pair into its score, or into one for each label."""
    layout, tensors = _layout(architecture), Tensors.open(folder / WEIGHTS)
    if not layout.classifier:
        raise ModelError(f"The architecture {architecture!r} cannot be a cross-encoder: it has no classifier layers.")
    (first, between), (last, _) = layout.classifier
    layers = (tensors.dense(first, width, between), tensors.dense(last, width, activation))
    if (found := layers[-1].linear.bias.size) != labels:
        wanted = f"its card names {labels} labels" if labels > 1 else "a reranker must output exactly one"
        raise ModelError(f"The model in {folder} outputs {found} scores per pair; {wanted}.")
    return layers


def dense(folder: Path, width: int, activation: str) -> Dense:
    """Read the dense layer that sentence-transformers puts after the pooling."""
    return Tensors.open(folder / DENSE).dense("linear", width, activation)


def steps(modules: Sequence[Module], folder: Path, width: int, dim: int = 0) -> tuple[Step, ...]:
    """Read the steps after the pooling in their order. dim: the vectors are truncated to it, 0 if they are not."""
    found: list[Step] = []
    for module in modules:
        if module.kind == "normalize":
            found.append(Unit())
            continue
        tensors = Tensors.open(folder / module.folder / WEIGHTS)
        if module.kind == "layernorm":
            found.append(tensors.norm("norm", width, EPSILON))
            continue
        layer = tensors.dense("linear", width, module.activation)
        width = layer.linear.bias.size
        found.append(layer)
    return (*found, Truncation(dim)) if dim else tuple(found)


def width(architecture: str, folder: Path) -> int:
    """Return the dimension of the pooled vectors, from config.json alone."""
    config = Config.read(folder / "config.json")
    if architecture in READERS:
        return config.count(WIDTHS.get(architecture, "hidden_size"))
    layout = _layout(architecture)
    projected = int(config.number(layout.projection)) if layout.projection else 0
    return projected or config.count(layout.width)


def _layout(architecture: str) -> Layout:
    if architecture not in LAYOUTS:
        known = ", ".join(sorted({*LAYOUTS, *READERS}))
        raise ModelError(f"The architecture {architecture!r} is not supported by the ONNX encoder; supported: {known}.")
    return LAYOUTS[architecture]


def _layer(tensors: Tensors, config: Config, layout: Layout, at: str) -> Layer:
    width, inner = config.count(layout.width), config.count(layout.inner)
    epsilon = config.number(layout.epsilon)
    return Layer(
        query=tensors.linear(at + layout.query, width, width),
        key=tensors.linear(at + layout.key, width, width),
        value=tensors.linear(at + layout.value, width, width),
        output=tensors.linear(at + layout.output, width, width),
        attention_norm=tensors.norm(at + layout.attention_norm, width, epsilon),
        up=tensors.linear(at + layout.up, width, inner),
        down=tensors.linear(at + layout.down, inner, width),
        norm=tensors.norm(at + layout.norm, width, epsilon),
    )


def _positions(tensors: Tensors, config: Config, layout: Layout, longest: int) -> Array:
    rows, width = config.count("max_position_embeddings"), config.count(layout.width)
    table = tensors.array("embeddings.position_embeddings.weight", rows, width)
    first = int(config.number(layout.padding)) + 1
    if rows - first < longest:
        raise ModelError(
            f"The model in {tensors.file.parent} accepts {rows - first} tokens, but its card says {longest}."
        )
    return table[first : first + longest]


def _padded(tensors: Tensors, config: Config, layout: Layout, padding: int) -> Array:
    """Return the position of padding tokens, no row if they have none of their own."""
    rows, width = config.count("max_position_embeddings"), config.count(layout.width)
    if not 0 <= padding < rows:
        return NO_ROWS
    return tensors.array("embeddings.position_embeddings.weight", rows, width)[padding : padding + 1]


def _segments(tensors: Tensors, config: Config, layout: Layout) -> Array:
    width = config.count(layout.width)
    if not layout.segments:
        return np.empty((0, width), np.float32)
    return tensors.array("embeddings.token_type_embeddings.weight", config.count(layout.segments), width)


def _distances(tensors: Tensors, config: Config, layout: Layout, longest: int) -> Array:
    heads = config.count(layout.heads)
    if not layout.distances:
        return np.empty((heads, 0, 0), np.float32)
    if heads * longest**2 > MOST_DISTANCES:
        raise ModelError(
            f"The model in {tensors.file.parent} cannot take texts of {longest} tokens with {heads} heads."
        )
    return distances(tensors.array(layout.distances + ".weight", BUCKETS, heads), longest)


def _projection(tensors: Tensors, config: Config, layout: Layout) -> tuple[Dense, ...]:
    """Return DPR's projection layer, stored outside the BERT weights."""
    if not layout.projection or not config.number(layout.projection):
        return ()
    projection = Tensors.open(tensors.file).under([tensors.prefix.removesuffix("bert_model.")], "encode_proj.weight")
    return (projection.dense("encode_proj", config.count(layout.width), "identity"),)
