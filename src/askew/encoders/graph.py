"""ONNX graph of a transformer with its pooling and dense layers, for ONNX Runtime's CPU provider.

All texts of a batch have the same length, so the graph has neither padding nor mask: `MultiHeadAttention` can use its
blocked kernel, and a vector does not depend on its batch. The operators were chosen by measurement (docs/log.md):
`Add` and `LayerNormalization` instead of `SkipLayerNormalization`, `Gelu` instead of `BiasGelu`, three projections
instead of one that is split.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from askew.encoders.families.shape import Dense, Layer, Norm, Step, Transformer, Truncation, Unit
from askew.encoders.nodes import MICROSOFT, Nodes
from askew.encoders.quantise import Range
from askew.errors import ModelError

ONE_TOKEN = {"cls": (0, 1), "last_token": (-1, 2**31)}
"""Poolings that use a single token, with the slice that selects it."""
POOLINGS = ("mean", "max", *ONE_TOKEN)


@dataclass(frozen=True)
class Operator:
    name: str
    domain: str = ""
    attributes: Mapping[str, float] = field(default_factory=dict)


TANH_GELU = Operator("FastGelu", MICROSOFT)
SILU = Operator("QuickGelu", MICROSOFT, {"alpha": 1.0})  # x · sigmoid(alpha · x)
ACTIVATIONS: Mapping[str, Operator] = {
    "gelu": Operator("Gelu", MICROSOFT),
    "gelu_new": TANH_GELU,
    "gelu_pytorch_tanh": TANH_GELU,
    "relu": Operator("Relu"),
    "silu": SILU,
    "swish": SILU,
    "tanh": Operator("Tanh"),
    "sigmoid": Operator("Sigmoid"),
    "identity": Operator("Identity"),
}


def build(
    transformer: Transformer,
    pooling: str,
    normalised: bool,
    after: tuple[Step, ...] = (),
    pairs: bool = False,
    ranges: Mapping[str, Range] | None = None,
) -> Nodes:
    """Build a graph from ids (texts, tokens) int64 to vectors (texts, width) float32, or to scores if `after` ends in
    a single output.

    With `pairs`, a second input "types" marks the tokens of the second text, in families with token types. With
    `ranges`, every product whose input has a range runs in int8.
    """
    if pooling not in POOLINGS:
        raise ModelError(
            f"The pooling {pooling!r} is not supported by the ONNX encoder; supported: {', '.join(POOLINGS)}."
        )
    graph = Nodes(ranges or {})
    x = hidden(graph, transformer, pairs, pooling)
    vectors, width = _after(graph, _pool(graph, x, pooling), after, transformer.words.shape[1])
    if normalised:
        vectors = graph.node("LpNormalization", [vectors], axis=1, p=2)
    graph.output(vectors, "vectors", width)
    return graph


def hidden(graph: Nodes, transformer: Transformer, pairs: bool = False, pooling: str = "") -> str:
    """Add the layers, and return the vectors of the tokens (texts, tokens, width).

    pooling: what they are for; a single-token pooling leaves one token.
    """
    x = _embed(graph, transformer, pairs)
    distances = _distances(graph, transformer)
    for number, layer in enumerate(transformer.layers):
        last = number == len(transformer.layers) - 1
        x = _layer(graph, x, layer, number, transformer, distances, pooling if last else "")
    return x


def _embed(graph: Nodes, transformer: Transformer, pairs: bool) -> str:
    words = graph.node("Gather", [graph.constant("words", transformer.words), graph.input("ids")])
    table, typed = transformer.positions, pairs and len(transformer.segments) > 1
    if len(transformer.segments) and not typed:
        table = table + transformer.segments[0]  # every token belongs to the first text
    positions = _start(graph, graph.constant("positions", table), [0])
    x = graph.node("Add", [words, positions])
    if typed:
        segments = graph.constant("segments", transformer.segments)
        x = graph.node("Add", [x, graph.node("Gather", [segments, graph.input("types")])])
    return graph.norm(x, transformer.norm, "embeddings")


def _distances(graph: Nodes, transformer: Transformer) -> list[str]:
    """Return the optional inputs of the attention: the mask, which is never needed, and the relative position bias."""
    if not transformer.distances.size:
        return []
    return ["", _start(graph, graph.constant("distances", transformer.distances[None]), [2, 3])]


def _start(graph: Nodes, tensor: str, axes: list[int]) -> str:
    """Slice a tensor to the number of tokens along these axes."""
    length = graph.node("Shape", ["ids"], start=1, end=2)
    zeros = graph.constant(f"zeros.{len(axes)}", np.zeros(len(axes), np.int64))
    ends = graph.node("Concat", [length] * len(axes), axis=0) if len(axes) > 1 else length
    return graph.node("Slice", [tensor, zeros, ends, graph.constant(f"axes.{tensor}", np.array(axes))])


def _layer(
    graph: Nodes, x: str, layer: Layer, number: int, transformer: Transformer, distances: list[str], pooling: str
) -> str:
    """Add a layer. Before a single-token pooling, the last layer only computes that token."""
    at, rows = f"layer.{number}", x
    if pooling in ONE_TOKEN:
        rows, distances = _one(graph, x, pooling, 1), [name and _one(graph, name, pooling, 2) for name in distances]
    inputs = {"query": (rows, layer.query), "key": (x, layer.key), "value": (x, layer.value)}
    heads = [graph.product(of, part.weight, f"{at}.{name}", f"{at}.attention") for name, (of, part) in inputs.items()]
    biases = graph.constant(f"{at}.biases", np.concatenate([part.bias for _, part in inputs.values()]))
    context = graph.node("MultiHeadAttention", [*heads, biases, *distances], MICROSOFT, num_heads=transformer.heads)
    attended = graph.linear(context, layer.output, f"{at}.output")
    y = graph.norm(graph.node("Add", [attended, rows]), layer.attention_norm, f"{at}.attention_norm")
    active = activate(graph, graph.linear(y, layer.up, f"{at}.up"), transformer.activation)
    return graph.norm(graph.node("Add", [graph.linear(active, layer.down, f"{at}.down"), y]), layer.norm, f"{at}.norm")


def _one(graph: Nodes, tensor: str, pooling: str, axis: int) -> str:
    names = ("from", "to", f"axis.{axis}")
    values = (*ONE_TOKEN[pooling], axis)
    parts = [graph.constant(f"one.{name}", np.array([value])) for name, value in zip(names, values, strict=True)]
    return graph.node("Slice", [tensor, *parts])


def activate(graph: Nodes, x: str, activation: str) -> str:
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ModelError(f"The activation {activation!r} is not supported by the ONNX encoder; supported: {known}.")
    operator = ACTIVATIONS[activation]
    return graph.node(operator.name, [x], operator.domain, **operator.attributes)


def _pool(graph: Nodes, x: str, pooling: str) -> str:
    axis = graph.constant("axis", np.array([1]))
    if pooling in ONE_TOKEN:
        return graph.node("Squeeze", [x, axis])
    return graph.node("ReduceMax" if pooling == "max" else "ReduceMean", [x, axis], keepdims=0)


def _after(graph: Nodes, vectors: str, after: tuple[Step, ...], width: int) -> tuple[str, int]:
    """Add the steps after the pooling, and return their output with its dimension."""
    for number, step in enumerate(after):
        match step:
            case Dense():
                vectors = activate(graph, graph.linear(vectors, step.linear, f"after.{number}"), step.activation)
                width = step.linear.bias.size
            case Norm():
                vectors = graph.norm(vectors, step, f"after.{number}")
            case Unit():
                vectors = graph.node("LpNormalization", [vectors], axis=1, p=2)
            case Truncation():
                ends = [graph.constant(f"after.{number}.{n}", np.array([n])) for n in (0, step.dim, 1)]
                vectors, width = graph.node("Slice", [vectors, *ends]), step.dim
    return vectors, width
