"""The one shape that every family is brought into, and that `graph.py` builds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


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
class Dense:
    """A layer on one vector a text, after the pooling."""

    linear: Linear
    activation: str


@dataclass(frozen=True)
class Transformer:
    """words: (vocabulary, width). positions: (longest, width), row 0 for a text's first token. segments: (types,
    width), what tells the first text of a pair from the second; no rows in families without. distances: (heads,
    longest, longest), added to the attention from one token to another; (heads, 0, 0) in families without.
    """

    words: Array
    positions: Array
    segments: Array
    norm: Norm
    layers: tuple[Layer, ...]
    heads: int
    activation: str
    distances: Array
    after: tuple[Dense, ...] = ()

    @property
    def width(self) -> int:
        """Of the vectors that come out."""
        return self.after[-1].linear.bias.size if self.after else self.words.shape[1]
