"""Common representation of all transformer families, with relative position bias; built by `onnx/graph.py`."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """y = x @ weight + bias. weight: (inputs, outputs). bias: (outputs,), or (0,) for none."""

    weight: Array
    bias: Array


@dataclass(frozen=True)
class Norm:
    """Layer normalisation; none if `scale` is empty. `centred`: subtract the mean; otherwise divide by the root mean
    square alone, without a bias (Zhang and Sennrich 2019, arXiv 1910.07467).
    """

    scale: Array
    bias: Array
    epsilon: float
    centred: bool = True


EMPTY: Array = np.empty(0, np.float32)
NO_LINEAR = Linear(np.empty((0, 0), np.float32), EMPTY)
NO_NORM = Norm(EMPTY, EMPTY, 0.0)


@dataclass(frozen=True)
class Layer:
    """One transformer layer (Vaswani et al. 2017, arXiv 1706.03762, section 3.1).

    `gate` multiplies what `up` and the activation give (Shazeer 2020, arXiv 2002.05202). `theta`: base of the rotary
    positions (Su et al. 2021, arXiv 2104.09864), 0 for none. `window`: how many tokens on each side are attended to, 0
    for all. With norms before the sublayers, `attention_norm` comes before the attention and `norm` before `up`.
    `stretch`: by what the positions are divided (Chen et al. 2023, arXiv 2306.15595). `query_norm` and `key_norm` apply
    to each head before its positions (Henry et al. 2020, arXiv 2010.04245), `after_attention` and `after_feed` to the
    output of each sublayer before it is added (Ding et al. 2021, arXiv 2105.13290).
    """

    query: Linear
    key: Linear
    value: Linear
    output: Linear
    attention_norm: Norm
    up: Linear
    down: Linear
    norm: Norm
    gate: Linear = NO_LINEAR
    theta: float = 0.0
    window: int = 0
    stretch: float = 1.0
    query_norm: Norm = NO_NORM
    key_norm: Norm = NO_NORM
    after_attention: Norm = NO_NORM
    after_feed: Norm = NO_NORM


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


NO_ROWS: Array = np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class Transformer:
    """Weights of an encoder. words: (vocabulary, width). positions: (longest, width), row 0 for the first token.
    segments: (types, width), token type embeddings. distances: (heads, longest, longest), relative position bias of the
    attention. All three are empty in families without them.

    longest: tokens of the longest text. scale: factor of the attention's scores, 0 for one over the root of a head's
    width. `before`: the norms come before the sublayers, not after them (Xiong et al. 2020, arXiv 2002.04745), and
    `final` after the last layer. key_heads: heads of keys and values, each of which several queries share (Ainslie et
    al. 2023, arXiv 2305.13245), 0 for one per query. causal: a token attends to itself and to those before it.
    padding: id of the padding token in families whose positions pass over it, -1 in others. padded: (1, width), its
    position. No batch is padded, but a text may contain the token.
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
    longest: int = 0
    scale: float = 0.0
    before: bool = False
    final: Norm = NO_NORM
    key_heads: int = 0
    causal: bool = False
    padding: int = -1
    padded: Array = field(default_factory=lambda: NO_ROWS)

    @property
    def width(self) -> int:
        """Return the dimension of the output vectors."""
        return self.after[-1].linear.bias.size if self.after else self.words.shape[1]


BUCKETS = 32
FARTHEST = 128
"""Distance in tokens from which on all share one bucket."""


def distances(table: Array, longest: int, farthest: int = FARTHEST) -> Array:
    """Expand a table (buckets, heads) into the attention bias (heads, longest, longest)."""
    steps = np.arange(longest)
    chosen = buckets(steps[None, :] - steps[:, None], len(table), farthest)
    return np.ascontiguousarray(table[chosen].transpose(2, 0, 1))


def buckets(relative: NDArray[np.int64], count: int = BUCKETS, farthest: int = FARTHEST) -> NDArray[np.int64]:
    """Return the bucket of each distance. Each direction has half of the buckets: half of those for exact distances,
    the others growing logarithmically (Raffel et al. 2020, arXiv 1910.10683, section 2.1). Computed in single
    precision throughout because the bucket borders depend on rounding.
    """
    half, exact = count // 2, count // 4
    far = np.abs(relative)
    with np.errstate(divide="ignore"):
        logs = np.log(far.astype(np.float32) / np.float32(exact))
    scaled = logs / np.float32(np.log(farthest / exact)) * np.float32(half - exact)
    wide = np.minimum(exact + np.maximum(scaled, 0).astype(np.int64), half - 1)
    return np.where(relative > 0, half, 0) + np.where(far < exact, far, wide)
