"""ONNX graph of SPLADE: a transformer with its masked-language-model head, pooled over the tokens of a text.

A text's weight for a term of the vocabulary is log(1 + relu(logit)), its maximum or sum over the text's tokens (Formal
et al. 2021, arXiv 2107.05720 and 2109.10086), in newer models with a second logarithm (Geng et al. 2025, arXiv
2504.14839). The logarithm is monotone, so that a maximum is taken before it, on one row instead of one per token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askew.encoders.families import WEIGHTS, read
from askew.encoders.families.config import Config
from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.families.shape import Linear, Norm, Transformer
from askew.encoders.families.tensors import Tensors
from askew.encoders.onnx.graph import activate, hidden
from askew.encoders.onnx.nodes import Nodes
from askew.errors import ModelError


@dataclass(frozen=True)
class Pooling:
    """strategy: "max" or "sum" over the tokens. logarithms: how often log(1 + x) is applied."""

    strategy: str
    logarithms: int


POOLINGS: Mapping[str, Pooling] = {
    "splade-max": Pooling("max", 1),
    "splade-sum": Pooling("sum", 1),
    "splade-max-log": Pooling("max", 2),
    "splade-sum-log": Pooling("sum", 2),
}
"""The poolings of a sparse encoder, as its card and its signature name them."""


@dataclass(frozen=True)
class Head:
    """Names of a family's masked-language-model head. activation: "" for that of the transformer. biases: names of the
    output's bias, of which a file has one.
    """

    dense: str
    norm: str
    decoder: str
    biases: tuple[str, ...]
    activation: str = ""


BIASES = ("lm_head.bias", "lm_head.decoder.bias")
ROBERTA = Head("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", BIASES, "gelu")
HEADS: Mapping[str, Head] = {
    "bert": Head(
        "cls.predictions.transform.dense",
        "cls.predictions.transform.LayerNorm",
        "cls.predictions.decoder",
        ("cls.predictions.bias", "cls.predictions.decoder.bias"),
    ),
    "distilbert": Head("vocab_transform", "vocab_layer_norm", "vocab_projector", ("vocab_projector.bias",)),
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "mpnet": ROBERTA,
}
"""The families with a head that is read here."""


@dataclass(frozen=True)
class Predictions:
    """Weights of a head. output: from the transformer's width to the vocabulary."""

    dense: Linear
    activation: str
    norm: Norm
    output: Linear


def graph(architecture: str, folder: Path, longest: int, pooling: str) -> Nodes:
    """Build the graph from ids (texts, tokens) int64 to weights (texts, vocabulary) float32.

    folder: has config.json and model.safetensors. pooling: a key of POOLINGS. Raises ModelError for a model that has no
    head, or one that is not read here.
    """
    transformer = read(architecture, folder, longest)
    head = _predictions(architecture, folder, transformer)
    nodes, pool = Nodes({}), POOLINGS[pooling]
    x = hidden(nodes, transformer)
    active = activate(nodes, nodes.linear(x, head.dense, "head.dense"), head.activation)
    logits = nodes.linear(nodes.norm(active, head.norm, "head.norm"), head.output, "head.output")
    tokens = nodes.constant("axis", np.array([1]))
    if pool.strategy == "max":
        weights = _logarithms(nodes, nodes.node("ReduceMax", [logits, tokens], keepdims=0), pool.logarithms)
    else:
        weights = nodes.node("ReduceSum", [_logarithms(nodes, logits, pool.logarithms), tokens], keepdims=0)
    nodes.output(weights, "vectors", len(head.output.bias))
    return nodes


def _logarithms(nodes: Nodes, logits: str, count: int) -> str:
    x = nodes.node("Relu", [logits])
    one = nodes.constant("one", np.array(1, np.float32))
    for _ in range(count):
        x = nodes.node("Log", [nodes.node("Add", [x, one])])
    return x


def _predictions(architecture: str, folder: Path, transformer: Transformer) -> Predictions:
    if architecture not in HEADS:
        raise ModelError(
            f"The architecture {architecture!r} is not supported for sparse encoders; supported: {', '.join(HEADS)}."
        )
    names, layout = HEADS[architecture], LAYOUTS[architecture]
    tensors, config = Tensors.open(folder / WEIGHTS), Config.read(folder / "config.json")
    if f"{names.dense}.weight" not in tensors.names:
        raise ModelError(
            f"The weights {tensors.file} have no head that predicts tokens ({names.dense}): this is no sparse encoder."
        )
    width = transformer.words.shape[1]
    return Predictions(
        dense=tensors.linear(names.dense, width, width),
        activation=names.activation or transformer.activation,
        norm=tensors.norm(names.norm, width, config.number(layout.epsilon)),
        output=_output(tensors, names, config, transformer),
    )


def _output(tensors: Tensors, names: Head, config: Config, transformer: Transformer) -> Linear:
    """Return the layer to the vocabulary: the word embeddings, unless the configuration says that it is its own."""
    vocabulary, width = transformer.words.shape
    bias = next((name for name in names.biases if name in tensors.names), names.biases[0])
    words = transformer.words
    if config.values.get("tie_word_embeddings") is False:
        words = tensors.array(f"{names.decoder}.weight", vocabulary, width)
    return Linear(np.ascontiguousarray(words.T), tensors.array(bias, vocabulary))
