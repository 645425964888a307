"""Packed batches in a graph: the tokens of texts of any lengths one after another, without a row for padding.

Everything but the attention treats each token by itself, and takes all of them as one text. For the attention, queries,
keys and values are laid apart, a row for each text; what is beyond the end of a text has exactly no weight. As the
products are most of the work, a batch of a few texts, no two of the same length, is as fast as one of many.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import TensorProto

from askew.encoders.onnx.nodes import MICROSOFT, Nodes
from askew.encoders.onnx.session import BACK, LENGTHS, PLACES, STARTS, WITHIN

SHAPES: dict[str, tuple[int, list[str | int]]] = {
    # The first dimension is always one. Were it known to be, the runtime would join norms and sums, which is slower.
    WITHIN: (TensorProto.INT64, ["one", "packed"]),
    BACK: (TensorProto.INT64, ["one", "packed", 2]),
    PLACES: (TensorProto.INT64, ["pairs", "longest"]),
    STARTS: (TensorProto.INT64, ["pairs"]),
    LENGTHS: (TensorProto.INT32, ["pairs"]),
}
"""Type and shape of the inputs that say where the texts are; see `session`."""


def apart(graph: Nodes, x: str) -> str:
    """Lay the texts apart: from (1, tokens, …) to (texts, longest, …)."""
    return graph.node("Squeeze", [graph.node("Gather", [x, PLACES], axis=1), _axis(graph)])


def together(graph: Nodes, x: str) -> str:
    """Lay the texts one after another: from (texts, longest, …) to (1, tokens, …)."""
    return graph.node("GatherND", [x, BACK])


def first(graph: Nodes, x: str) -> str:
    """Return the first token of each text: from (1, tokens, …) to (1, texts, …)."""
    return graph.node("Gather", [x, STARTS], axis=1)


def attention(graph: Nodes, heads: Sequence[str], rest: Sequence[str], facts: Mapping[str, float], single: bool) -> str:
    """Add the attention within each text. heads: queries, keys and values. rest: its other inputs. single: the queries
    are of the first tokens alone.
    """
    query, key, value = heads
    query = _turned(graph, query) if single else apart(graph, query)
    inputs = [query, apart(graph, key), apart(graph, value), *rest]
    context = graph.node("MultiHeadAttention", inputs, MICROSOFT, **facts)
    return _turned(graph, context) if single else together(graph, context)


def pooled(graph: Nodes, x: str) -> str:
    """Return the vectors of the single tokens: from (1, texts, width) to (texts, width)."""
    return graph.node("Squeeze", [x, _axis(graph)])


def _turned(graph: Nodes, x: str) -> str:
    """Turn (1, texts, width) into (texts, 1, width), or back."""
    return graph.node("Transpose", [x], perm=[1, 0, 2])


def _axis(graph: Nodes) -> str:
    return graph.constant("texts.axis", np.array([0]))
