"""Tiny random models of every family in the hub's layout, made without PyTorch from the names in `layouts.py`.

Whether those names are right is the reference tests' affair (test_reference.py); these are for all the rest.
"""

import json
from pathlib import Path

import numpy as np
from helpers import tiny_tokenizers
from safetensors.numpy import save_file

from askew.encoders.families.layouts import LAYOUTS, Layout
from askew.encoders.families.shape import BUCKETS

WIDTH, INNER, DEPTH, HEADS, POSITIONS = 32, 64, 2, 4, 80


def save(architecture: str, folder: Path, seed: int = 3, width: int = WIDTH, labels: int = 0, prefix: int = 0) -> Path:
    """With `labels`, a classifier too. `prefix` is the number of the layout's prefix to put before each name."""
    folder.mkdir(parents=True, exist_ok=True)
    layout = LAYOUTS[architecture]
    words = tiny_tokenizers.KINDS[architecture](folder / "tokenizer.json").get_vocab_size()
    config = {
        "model_type": layout.kinds[0],
        "vocab_size": words,
        "max_position_embeddings": POSITIONS,
        "pad_token_id": 1,
        "layer_norm_eps": 1e-5,
        layout.width: width,
        layout.inner: INNER,
        layout.depth: DEPTH,
        layout.heads: HEADS,
        layout.activation: "gelu",
        **({layout.segments: 2} if layout.segments else {}),
        **({layout.projection: 0} if layout.projection else {}),
    }
    (folder / "config.json").write_text(json.dumps(config))
    rng = np.random.default_rng(seed)
    shapes = {layout.prefixes[prefix] + name: shape for name, shape in _shapes(layout, words, width).items()}
    if labels:
        (first, _), (last, _) = layout.classifier
        shapes |= _linear(first, width, width) | _linear(last, width, labels)
    save_file({name: _random(rng, name, shape) for name, shape in shapes.items()}, folder / "model.safetensors")
    return folder


Shapes = dict[str, tuple[int, ...]]


def _shapes(layout: Layout, words: int, width: int) -> Shapes:
    shapes: Shapes = {
        "embeddings.word_embeddings.weight": (words, width),
        "embeddings.position_embeddings.weight": (POSITIONS, width),
        **_norm("embeddings.LayerNorm", width),
    }
    if layout.segments:
        shapes["embeddings.token_type_embeddings.weight"] = (2, width)
    if layout.distances:
        shapes[layout.distances + ".weight"] = (BUCKETS, HEADS)
    for number in range(DEPTH):
        at = f"{layout.stack}{number}."
        for name in (layout.query, layout.key, layout.value, layout.output):
            shapes |= _linear(at + name, width, width)
        shapes |= _linear(at + layout.up, width, INNER) | _linear(at + layout.down, INNER, width)
        shapes |= _norm(at + layout.attention_norm, width) | _norm(at + layout.norm, width)
    return shapes


def _linear(name: str, inputs: int, outputs: int) -> Shapes:
    return {name + ".weight": (outputs, inputs), name + ".bias": (outputs,)}


def _norm(name: str, width: int) -> Shapes:
    return {name + ".weight": (width,), name + ".bias": (width,)}


def _random(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    scale = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
    return (scale + rng.normal(0, 0.2, shape)).astype(np.float32)
