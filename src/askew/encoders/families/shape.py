"""Common representation of all transformer families; `graph.py` turns it into an ONNX graph."""

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
    """Dense layer applied to the pooled vector."""

    linear: Linear
    activation: str


@dataclass(frozen=True)
class Unit:
    """Normalisation of the pooled vector to length one."""


@dataclass(frozen=True)
class Truncation:
    """The first `dim` components of the pooled vector."""

    dim: int


Step = Dense | Norm | Unit | Truncation
"""What is applied to the pooled vector."""


@dataclass(frozen=True)
class Transformer:
    """Weights of an encoder. words: (vocabulary, width). positions: (longest, width), row 0 for the first token.
    segments: (types, width), token type embeddings; no rows in families without. distances: (heads, longest, longest),
    relative position bias of the attention; (heads, 0, 0) in families without.
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
        """Return the dimension of the output vectors."""
        return self.after[-1].linear.bias.size if self.after else self.words.shape[1]
