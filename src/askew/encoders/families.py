"""Each family of models in its own words, brought into the one shape that `graph.py` builds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.errors import ModelError

Array = NDArray[np.float32]
Tensors = Mapping[str, Array]


@dataclass(frozen=True)
class Linear:
    """y = x @ weight + bias. weight: (inputs, outputs)."""

    weight: Array
    bias: Array


@dataclass(frozen=True)
class Norm:
    scale: Array
    bias: Array
    epsilon: float


@dataclass(frozen=True)
class Layer:
    """One post-norm transformer layer (Vaswani et al. 2017, arXiv 1706.03762, section 3.1)."""

    query: Linear
    key: Linear
    value: Linear
    output: Linear
    attention_norm: Norm
    up: Linear
    down: Linear
    norm: Norm


@dataclass(frozen=True)
class Transformer:
    """words: (vocabulary, width). positions: (longest, width), with whatever else is added to every token."""

    words: Array
    positions: Array
    norm: Norm
    layers: tuple[Layer, ...]
    heads: int
    activation: str


def read(architecture: str, folder: Path) -> Transformer:
    """The weights in `folder` (config.json, model.safetensors), as the family `architecture` lays them out."""
    try:
        family = FAMILIES[architecture]
    except KeyError:
        known = ", ".join(sorted(FAMILIES))
        raise ModelError(f"The architecture {architecture!r} has no fast path; these have: {known}.") from None
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(folder / "model.safetensors")
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return family(tensors, config)
    except (OSError, ValueError, SafetensorError) as fault:
        raise ModelError(f"The weights in {folder} cannot be read: {fault}") from fault
    except KeyError as fault:
        raise ModelError(f"The weights in {folder} lack {fault}: they are not those of a {architecture}.") from fault


def bert(tensors: Tensors, config: Mapping[str, Any]) -> Transformer:
    """BERT (Devlin et al. 2019, arXiv 1810.04805). The segment is always the first, so it joins the positions."""
    epsilon = float(config["layer_norm_eps"])
    embeddings = "embeddings."
    return Transformer(
        words=tensors[embeddings + "word_embeddings.weight"],
        positions=tensors[embeddings + "position_embeddings.weight"]
        + tensors[embeddings + "token_type_embeddings.weight"][0],
        norm=_norm(tensors, embeddings + "LayerNorm", epsilon),
        layers=tuple(_bert_layer(tensors, f"encoder.layer.{i}.", epsilon) for i in range(config["num_hidden_layers"])),
        heads=config["num_attention_heads"],
        activation=config["hidden_act"],
    )


def _bert_layer(tensors: Tensors, at: str, epsilon: float) -> Layer:
    return Layer(
        query=_linear(tensors, at + "attention.self.query"),
        key=_linear(tensors, at + "attention.self.key"),
        value=_linear(tensors, at + "attention.self.value"),
        output=_linear(tensors, at + "attention.output.dense"),
        attention_norm=_norm(tensors, at + "attention.output.LayerNorm", epsilon),
        up=_linear(tensors, at + "intermediate.dense"),
        down=_linear(tensors, at + "output.dense"),
        norm=_norm(tensors, at + "output.LayerNorm", epsilon),
    )


def _linear(tensors: Tensors, name: str) -> Linear:
    return Linear(np.ascontiguousarray(tensors[name + ".weight"].T), tensors[name + ".bias"])


def _norm(tensors: Tensors, name: str, epsilon: float) -> Norm:
    return Norm(tensors[name + ".weight"], tensors[name + ".bias"], epsilon)


FAMILIES: Mapping[str, Callable[[Tensors, Mapping[str, Any]], Transformer]] = {"bert": bert}
