"""ONNX graph of a transformer with its pooling and dense layers, for ONNX Runtime's CPU provider.

All texts of a batch have the same length, so the graph has neither padding nor mask: `MultiHeadAttention` can use its
blocked kernel, and a vector does not depend on its batch. The operators were chosen by measurement (docs/log.md):
`Add` and `LayerNormalization` instead of `SkipLayerNormalization`, `Gelu` instead of `BiasGelu`, three projections
instead of one that is split.

In a packed batch, the tokens of texts of any lengths stand one after another, without a row for padding. Everything but
the attention treats each token by itself, and takes all of them as one text. For the attention, queries, keys and
values are laid apart, a row for each text; what is beyond the end of a text has exactly no weight. As the products are
most of the work, a batch of a few texts, no two of the same length, is as fast as one of many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from onnx import TensorProto

from askew.encoders.families.shape import Array, Dense, Layer, Norm, Step, Transformer, Truncation, Unit
from askew.encoders.onnx.nodes import MICROSOFT, Nodes
from askew.encoders.onnx.quantise import Range
from askew.encoders.onnx.session import BACK, LENGTHS, PLACES, STARTS, WITHIN
from askew.errors import ModelError

ENDLESS = 2**31
"""End of a slice that goes to the end."""
HIDDEN = -1e9
"""Attention bias of a token that is not attended to."""
ONE_TOKEN = {"cls": (0, 1), "last_token": (-1, ENDLESS)}
"""Poolings that use a single token, with the slice that selects it."""
POOLINGS = ("mean", "max", *ONE_TOKEN)
ATTENDED = "attended"
"""Input (1,): how many tokens at the start of each text all of its tokens attend to."""
PACKED: dict[str, tuple[int, list[str | int]]] = {
    # The first dimension is always one. Were it known to be, the runtime would join norms and sums, which is slower.
    WITHIN: (TensorProto.INT64, ["one", "packed"]),
    BACK: (TensorProto.INT64, ["one", "packed", 2]),
    PLACES: (TensorProto.INT64, ["pairs", "longest"]),
    STARTS: (TensorProto.INT64, ["pairs"]),
    LENGTHS: (TensorProto.INT32, ["pairs"]),
}
"""Type and shape of the inputs that say where the texts are; see `session`."""


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
    lead: bool = False,
    packed: bool = False,
) -> Nodes:
    """Build a graph from ids (texts, tokens) int64 to vectors (texts, width) float32, or to scores if `after` ends in
    a single output.

    With `lead`, an input "lead" says how many tokens at the start are left out of the pooling. With `pairs`, an input
    "types" marks the tokens of the second text, in families with token types. With `ranges`, every product whose input
    has a range runs in int8. With `packed`, the ids are (1, tokens), those of all texts one after another:
    only for the pooling "cls", and positions that are added to the words.
    """
    if pooling not in POOLINGS:
        raise ModelError(
            f"The pooling {pooling!r} is not supported by the ONNX encoder; supported: {', '.join(POOLINGS)}."
        )
    graph = Nodes(ranges or {}, packing=PACKED if packed else {})
    x = hidden(graph, transformer, pairs, "" if lead else pooling)
    if lead:
        x = _behind(graph, x, pooling)
    vectors, width = _after(graph, _pool(graph, x, pooling), after, transformer.words.shape[1])
    if normalised:
        vectors = graph.node("LpNormalization", [vectors], axis=1, p=2)
    graph.output(vectors, "vectors", width)
    return graph


def hidden(graph: Nodes, transformer: Transformer, pairs: bool = False, pooling: str = "") -> str:
    """Add the layers, and return the vectors of the tokens (texts, tokens, width).

    pooling: what they are for; a single-token pooling leaves one token. Where the graph has an input "attended", only
    as many tokens at the start are attended to.
    """
    x = _embed(graph, transformer, pairs)
    distances = _distances(graph, transformer)
    whole = transformer.causal and pooling == "cls"  # the kernel for causal attention takes all tokens or the last one
    for number, layer in enumerate(transformer.layers):
        last = number == len(transformer.layers) - 1
        x = _layer(graph, x, layer, number, transformer, distances, pooling if last and not whole else "")
    x = graph.norm(x, transformer.final, "final")
    return _one(graph, x, pooling, 1) if whole else x


def _embed(graph: Nodes, transformer: Transformer, pairs: bool) -> str:
    x = graph.node("Gather", [graph.constant("words", transformer.words), graph.input("ids")])
    table, typed = transformer.positions, pairs and len(transformer.segments) > 1
    if len(transformer.padded):
        table = np.concatenate([transformer.padded, table])
    if len(transformer.segments) and not typed:
        if len(table):
            table = table + transformer.segments[0]  # every token belongs to the first text
        else:
            x = graph.node("Add", [x, graph.constant("segment", transformer.segments[0])])
    if len(table):
        x = graph.node("Add", [x, _positions(graph, table, transformer)])
    if typed:
        segments = graph.constant("segments", transformer.segments)
        x = graph.node("Add", [x, graph.node("Gather", [segments, graph.input("types")])])
    return graph.norm(x, transformer.norm, "embeddings")


def _positions(graph: Nodes, table: Array, transformer: Transformer) -> str:
    """Return the position of each token; in some families the padding token has one of its own and is not counted."""
    positions = graph.constant("positions", table)
    if not len(transformer.padded):
        if graph.packing:
            return graph.node("Gather", [positions, WITHIN])
        return _start(graph, positions, [0])
    is_padding = graph.node("Equal", ["ids", graph.constant("padding", np.array(transformer.padding))])
    counted = graph.node("Cast", [graph.node("Not", [is_padding])], to=TensorProto.INT64)
    apart = _apart(graph, counted) if graph.packing else counted
    numbers = graph.node("CumSum", [apart, graph.constant("tokens.axis", np.array(1))])
    numbers = _together(graph, numbers) if graph.packing else numbers
    return graph.node("Gather", [positions, graph.node("Mul", [numbers, counted])])


def _distances(graph: Nodes, transformer: Transformer) -> str:
    """Return the relative position bias of the attention, "" for none."""
    if not transformer.distances.size:
        return ""
    return _start(graph, graph.constant("distances", transformer.distances[None]), [2, 3])


def _start(graph: Nodes, tensor: str, axes: list[int]) -> str:
    """Slice a tensor to the number of tokens along these axes."""
    length = _length(graph)
    zeros = graph.constant(f"zeros.{len(axes)}", np.zeros(len(axes), np.int64))
    ends = graph.node("Concat", [length] * len(axes), axis=0) if len(axes) > 1 else length
    return graph.node("Slice", [tensor, zeros, ends, graph.constant(f"axes.{tensor}", np.array(axes))])


def _length(graph: Nodes) -> str:
    """Return the number of tokens (1,), in a packed batch that of the longest text."""
    return graph.once("Shape", [PLACES if graph.packing else "ids"], start=1, end=2)


def _layer(
    graph: Nodes, x: str, layer: Layer, number: int, transformer: Transformer, distances: str, pooling: str
) -> str:
    """Add a layer. Before a single-token pooling, the last layer only computes that token."""
    at, before = f"layer.{number}", transformer.before
    y = graph.norm(x, layer.attention_norm, f"{at}.attention_norm") if before else x
    rows, query = (_one(graph, of, pooling, 1) if pooling in ONE_TOKEN else of for of in (x, y))
    context = _attention(graph, query, y, layer, at, transformer, distances, pooling)
    output = graph.norm(graph.linear(context, layer.output, f"{at}.output"), layer.after_attention, f"{at}.after")
    attended = graph.node("Add", [output, rows])
    if before:
        inner = graph.norm(attended, layer.norm, f"{at}.norm")
        fed = graph.norm(_feed(graph, inner, layer, at, transformer.activation), layer.after_feed, f"{at}.fed")
        return graph.node("Add", [fed, attended])
    inner = graph.norm(attended, layer.attention_norm, f"{at}.attention_norm")
    fed = _feed(graph, inner, layer, at, transformer.activation)
    return graph.norm(graph.node("Add", [fed, inner]), layer.norm, f"{at}.norm")


def _attention(
    graph: Nodes, query: str, x: str, layer: Layer, at: str, transformer: Transformer, distances: str, pooling: str
) -> str:
    """Add the attention of `query`, which is x or a single row of it, to x."""
    bias = _window(graph, layer.window) if layer.window else distances
    if bias and pooling in ONE_TOKEN:
        bias = _one(graph, bias, pooling, 2)
    if ATTENDED in graph.whole:
        x, bias = _attended(graph, x, 1), bias and _attended(graph, bias, 3)
    parts = {"query": (query, layer.query), "key": (x, layer.key), "value": (x, layer.value)}
    facts = {"num_heads": transformer.heads} | ({"scale": transformer.scale} if transformer.scale else {})
    optional = ["", bias] if bias else []
    if layer.theta:
        heads = [graph.linear(of, part, f"{at}.{name}", f"{at}.attention") for name, (of, part) in parts.items()]
        keys = transformer.key_heads or transformer.heads
        heads[0] = _by_head(graph, heads[0], layer.query_norm, transformer.heads, f"{at}.query_norm")
        heads[0] = _rotate(graph, heads[0], layer, transformer, transformer.heads, pooling)
        heads[1] = _by_head(graph, heads[1], layer.key_norm, keys, f"{at}.key_norm")
        heads[1] = _rotate(graph, heads[1], layer, transformer, keys, "")
        if transformer.causal and pooling != "last_token":  # the last token attends to all of them
            return _causal(graph, heads, transformer, facts)
        heads[1:] = [_repeated(graph, x, keys, transformer.heads // keys) for x in heads[1:]]
    else:
        heads = [
            graph.product(of, part.weight, f"{at}.{name}", f"{at}.attention") for name, (of, part) in parts.items()
        ]
    biases = [] if layer.theta else [part.bias for _, part in parts.values() if part.bias.size]
    joined = graph.constant(f"{at}.biases", np.concatenate(biases)) if biases else ""
    if graph.packing:
        return _packed_attention(graph, heads, [joined, LENGTHS, *optional[1:]], facts, pooling in ONE_TOKEN)
    inputs = [*heads, joined, *optional] if biases or optional else heads
    return graph.node("MultiHeadAttention", inputs, MICROSOFT, **facts)


def _attended(graph: Nodes, tensor: str, axis: int) -> str:
    """Slice a tensor to the tokens that are attended to."""
    parts = [graph.constant(f"attended.{name}", np.array([value])) for name, value in (("from", 0), (f"{axis}", axis))]
    return graph.once("Slice", [tensor, parts[0], ATTENDED, parts[1]])


def _causal(graph: Nodes, heads: list[str], transformer: Transformer, facts: Mapping[str, float]) -> str:
    """Add attention of each token to itself and to those before it, in blocks as `MultiHeadAttention` without a bias;
    the kernel wants the number of tokens of each text, less one, and of the longest.
    """
    one, axis = graph.constant("one", np.array([1])), graph.constant("axes.[0]", np.array([0]))
    before = graph.once("Cast", [graph.once("Sub", [_length(graph), one])], to=TensorProto.INT32)
    texts = graph.once("Expand", [before, graph.once("Shape", ["ids"], start=0, end=1)])
    total = graph.once("Squeeze", [graph.once("Cast", [_length(graph)], to=TensorProto.INT32), axis])
    inputs = [*heads, "", "", texts, total]
    shared = {**facts, "kv_num_heads": transformer.key_heads}
    # The keys and values that a later call could go on from come with it.
    return graph.first("GroupQueryAttention", inputs, 3, MICROSOFT, shared)


def _by_head(graph: Nodes, x: str, norm: Norm, heads: int, name: str) -> str:
    """Normalise each head of x (texts, tokens, heads · width of a head)."""
    if not norm.scale.size:
        return x
    apart = graph.constant(f"heads.{heads}", np.array([0, 0, heads, -1]))
    normed = graph.norm(graph.node("Reshape", [x, apart]), norm, name)
    return graph.node("Reshape", [normed, graph.constant("joined", np.array([0, 0, -1]))])


def _repeated(graph: Nodes, x: str, heads: int, times: int) -> str:
    """Repeat each head of x for the queries that share it."""
    if times == 1:
        return x
    apart = graph.constant(f"heads.{heads}.1", np.array([0, 0, heads, 1, -1]))
    repeats = graph.constant(f"times.{times}", np.array([1, 1, 1, times, 1]))
    wide = graph.node("Expand", [graph.node("Reshape", [x, apart]), repeats])
    return graph.node("Reshape", [wide, graph.constant("joined", np.array([0, 0, -1]))])


def _rotate(graph: Nodes, x: str, layer: Layer, transformer: Transformer, heads: int, pooling: str) -> str:
    """Add rotary positions to the heads of x: all tokens, or the one of this pooling."""
    first = graph.constant("first", np.array([0]))
    if pooling == "last_token":
        first = graph.once("Sub", [_length(graph), graph.constant("one", np.array([1]))])
    inputs = [x, first, *_turns(graph, layer, transformer)]
    return graph.node("RotaryEmbedding", inputs, MICROSOFT, num_heads=heads)


def _turns(graph: Nodes, layer: Layer, transformer: Transformer) -> tuple[str, str]:
    """Return the cosines and sines of all positions, two tables (longest, half of a head) that the layers share."""
    base = f"{layer.theta}" if layer.stretch == 1 else f"{layer.theta}.{layer.stretch}"
    names = (f"cos.{base}", f"sin.{base}")
    if names[0] not in graph.constants:
        half = layer.query.weight.shape[1] // transformer.heads // 2
        speeds = layer.theta ** (-np.arange(half) / half) / layer.stretch
        angles = np.arange(transformer.longest)[:, None] * speeds
        for name, of in zip(names, (np.cos, np.sin), strict=True):
            graph.constant(name, of(angles).astype(np.float32))
    return names


def _window(graph: Nodes, window: int) -> str:
    """Return a bias (1, 1, tokens, tokens) that hides the tokens farther away than `window`."""
    zero, one = (graph.constant(name, np.array(value)) for name, value in (("zero", 0), ("one.step", 1)))
    axes = [graph.constant(f"axes.{axis}", np.array(axis)) for axis in ([0], [1], [0, 1])]
    steps = graph.once("Range", [zero, graph.once("Squeeze", [_length(graph), axes[0]]), one])
    apart = graph.once("Abs", [graph.once("Sub", [graph.once("Unsqueeze", [steps, axes[1]]), steps])])
    far = graph.once("Greater", [apart, graph.constant(f"window.{window}", np.array(window))])
    choice = (graph.constant(name, np.array(value, np.float32)) for name, value in (("far", HIDDEN), ("near", 0)))
    return graph.once("Unsqueeze", [graph.once("Where", [far, *choice]), axes[2]])


def _feed(graph: Nodes, x: str, layer: Layer, at: str, activation: str) -> str:
    active = activate(graph, graph.linear(x, layer.up, f"{at}.up"), activation)
    if layer.gate.weight.size:
        active = graph.node("Mul", [active, graph.linear(x, layer.gate, f"{at}.gate", f"{at}.up")])
    return graph.linear(active, layer.down, f"{at}.down")


def _one(graph: Nodes, tensor: str, pooling: str, axis: int) -> str:
    if graph.packing and axis == 1:
        return _first(graph, tensor)
    names = ("from", "to", f"axis.{axis}")
    values = (*ONE_TOKEN[pooling], axis)
    parts = [graph.constant(f"one.{name}", np.array([value])) for name, value in zip(names, values, strict=True)]
    return graph.node("Slice", [tensor, *parts])


def _behind(graph: Nodes, x: str, pooling: str) -> str:
    """Return the tokens behind the prompt, or the one of this pooling."""
    ends = [graph.constant(f"behind.{name}", np.array([value])) for name, value in (("to", ENDLESS), ("axis", 1))]
    x = graph.node("Slice", [x, graph.number("lead"), *ends])
    return _one(graph, x, pooling, 1) if pooling in ONE_TOKEN else x


def activate(graph: Nodes, x: str, activation: str) -> str:
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ModelError(f"The activation {activation!r} is not supported by the ONNX encoder; supported: {known}.")
    operator = ACTIVATIONS[activation]
    return graph.node(operator.name, [x], operator.domain, **operator.attributes)


def _pool(graph: Nodes, x: str, pooling: str) -> str:
    if graph.packing:
        return _pooled(graph, x)
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


def _apart(graph: Nodes, x: str) -> str:
    """Lay the texts apart: from (1, tokens, …) to (texts, longest, …)."""
    return graph.node("Squeeze", [graph.node("Gather", [x, PLACES], axis=1), _texts_axis(graph)])


def _together(graph: Nodes, x: str) -> str:
    """Lay the texts one after another: from (texts, longest, …) to (1, tokens, …)."""
    return graph.node("GatherND", [x, BACK])


def _first(graph: Nodes, x: str) -> str:
    """Return the first token of each text: from (1, tokens, …) to (1, texts, …)."""
    return graph.node("Gather", [x, STARTS], axis=1)


def _packed_attention(
    graph: Nodes, heads: Sequence[str], rest: Sequence[str], facts: Mapping[str, float], single: bool
) -> str:
    """Add the attention within each text. heads: queries, keys and values. rest: its other inputs. single: the queries
    are of the first tokens alone.
    """
    query, key, value = heads
    query = _turned(graph, query) if single else _apart(graph, query)
    inputs = [query, _apart(graph, key), _apart(graph, value), *rest]
    context = graph.node("MultiHeadAttention", inputs, MICROSOFT, **facts)
    return _turned(graph, context) if single else _together(graph, context)


def _pooled(graph: Nodes, x: str) -> str:
    """Return the vectors of the single tokens: from (1, texts, width) to (texts, width)."""
    return graph.node("Squeeze", [x, _texts_axis(graph)])


def _turned(graph: Nodes, x: str) -> str:
    """Turn (1, texts, width) into (texts, 1, width), or back."""
    return graph.node("Transpose", [x], perm=[1, 0, 2])


def _texts_axis(graph: Nodes) -> str:
    return graph.constant("texts.axis", np.array([0]))
