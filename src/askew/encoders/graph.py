"""A transformer, its pooling and its normalisation as one ONNX graph for ONNX Runtime's CPU provider.

The graph takes token ids of texts that all have one length, so it knows neither padding nor mask: that lets
`MultiHeadAttention` run its blocked form, and makes a vector independent of its batch. Which operators are
fast was measured (docs/log.md): `Add` and `LayerNormalization` instead of `SkipLayerNormalization`, `Gelu`
instead of `BiasGelu`, three projections instead of one that is split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from askew.encoders.families import Layer, Linear, Norm, Transformer
from askew.encoders.quantise import Range, activation_grid, weight_grid
from askew.errors import ModelError

MICROSOFT = "com.microsoft"
OPSETS = {"": 20, MICROSOFT: 1}
ACTIVATIONS: Mapping[str, tuple[str, str]] = {"gelu": ("Gelu", MICROSOFT), "relu": ("Relu", "")}


def build(
    transformer: Transformer,
    pooling: str,
    normalised: bool,
    ranges: Mapping[str, Range] | None = None,
    watch: bool = False,
) -> onnx.ModelProto:
    """Ids (texts, tokens) int64 → vectors (texts, width) float32.

    With `ranges`, every product whose input has one runs in int8. With `watch`, the inputs of all products
    become outputs of the graph, named as in `ranges`: that is how ranges are found.
    """
    graph = _Graph(ranges or {})
    x = _embed(graph, transformer)
    for number, layer in enumerate(transformer.layers):
        x = _layer(graph, x, layer, f"layer.{number}", transformer)
    vectors = _pool(graph, x, pooling)
    if normalised:
        vectors = graph.node("LpNormalization", [vectors], axis=1, p=2)
    watched = [graph.node("Identity", [tensor], name=name) for name, tensor in graph.inputs.items() if watch]
    graph.node("Identity", [vectors], name="vectors")
    return graph.model(transformer.words.shape[1], watched)


def _embed(graph: "_Graph", transformer: Transformer) -> str:
    words = graph.node("Gather", [graph.constant("words", transformer.words), "ids"])
    zero = graph.constant("zero", np.array([0]))
    length = graph.node("Shape", ["ids"], start=1, end=2)
    positions = graph.node("Slice", [graph.constant("positions", transformer.positions), zero, length, zero])
    return graph.norm(graph.node("Add", [words, positions]), transformer.norm, "embeddings")


def _layer(graph: "_Graph", x: str, layer: Layer, at: str, transformer: Transformer) -> str:
    parts = {"query": layer.query, "key": layer.key, "value": layer.value}
    heads = [graph.product(x, part.weight, f"{at}.{name}", f"{at}.attention") for name, part in parts.items()]
    biases = graph.constant(f"{at}.biases", np.concatenate([part.bias for part in parts.values()]))
    context = graph.node("MultiHeadAttention", [*heads, biases], MICROSOFT, num_heads=transformer.heads)
    attended = graph.linear(context, layer.output, f"{at}.output")
    y = graph.norm(graph.node("Add", [attended, x]), layer.attention_norm, f"{at}.attention_norm")
    if transformer.activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ModelError(f"The activation {transformer.activation!r} has no fast path; these have: {known}.")
    operator, domain = ACTIVATIONS[transformer.activation]
    active = graph.node(operator, [graph.linear(y, layer.up, f"{at}.up")], domain)
    return graph.norm(graph.node("Add", [graph.linear(active, layer.down, f"{at}.down"), y]), layer.norm, f"{at}.norm")


def _pool(graph: "_Graph", x: str, pooling: str) -> str:
    axis = graph.constant("axis", np.array([1]))
    if pooling == "mean":
        return graph.node("ReduceMean", [x, axis], keepdims=0)
    if pooling == "cls":
        return graph.node("Gather", [x, graph.constant("first", np.array(0))], axis=1)
    raise ModelError(f"The pooling {pooling!r} has no fast path; these have: mean, cls.")


@dataclass
class _Graph:
    """Nodes and constants as they accumulate; `inputs` are the tensors that enter a product, by their place."""

    ranges: Mapping[str, Range]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    rounded: dict[str, str] = field(default_factory=dict)

    def node(self, operator: str, inputs: Sequence[str], domain: str = "", name: str = "", **attributes: float) -> str:
        name = name or f"{operator}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def norm(self, x: str, norm: Norm, name: str) -> str:
        scale, bias = self.constant(name + ".scale", norm.scale), self.constant(name + ".bias", norm.bias)
        return self.node("LayerNormalization", [x, scale, bias], epsilon=norm.epsilon)

    def linear(self, x: str, linear: Linear, name: str) -> str:
        product = self.product(x, linear.weight, name, name)
        return self.node("Add", [product, self.constant(name + ".bias", linear.bias)])

    def product(self, x: str, weight: NDArray[np.float32], name: str, place: str) -> str:
        """X @ weight, in int8 where the range of x at this place is known."""
        self.inputs[place] = x
        if place not in self.ranges:
            return self.node("MatMul", [x, self.constant(name + ".weight", weight)])
        scale, zero = activation_grid(self.ranges[place])
        steps, grid = weight_grid(weight)
        scales = [self.constant(place + ".scale", scale), self.constant(name + ".steps", steps)]
        zeros = self.constant(place + ".zero", zero)
        if place not in self.rounded:
            self.rounded[place] = self.node("QuantizeLinear", [x, scales[0], zeros])
        weights = self.constant(name + ".weight", grid)
        return self.node("MatMulIntegerToFloat", [self.rounded[place], weights, *scales, zeros], MICROSOFT)

    def model(self, width: int, watched: Sequence[str]) -> onnx.ModelProto:
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])
        vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", width])
        extra = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in watched]
        constants = list(self.constants.values())
        graph = helper.make_graph(self.nodes, "encoder", [ids], [vectors, *extra], constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="askew")
