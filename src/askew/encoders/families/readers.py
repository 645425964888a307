"""Readers of the families whose layers are not BERT's: T5, ModernBERT, and those of `rotary.py`."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from askew.encoders.families import rotary
from askew.encoders.families.config import Config
from askew.encoders.families.shape import NO_LINEAR, NO_NORM, Array, Layer, Transformer, distances
from askew.encoders.families.tensors import Tensors
from askew.errors import ModelError

Reader = Callable[[Config, Path, int], Transformer]

MOST_DISTANCES = 1 << 28
"""Numbers in the relative position bias, which grows with the square of the longest text."""
GATED = "gated-"
T5: Mapping[str, object] = {
    "relative_attention_num_buckets": 32,
    "relative_attention_max_distance": 128,
    "layer_norm_epsilon": 1e-6,
    "feed_forward_proj": "relu",
}
MODERNBERT: Mapping[str, object] = {
    "global_attn_every_n_layers": 3,
    "local_attention": 128,
    "global_rope_theta": 160000.0,
    "local_rope_theta": 10000.0,
    "norm_eps": 1e-5,
    "hidden_activation": "gelu",
}
T5_ACTIVATIONS = {"gated-gelu": "gelu_new"}  # the name in the configuration is not what its authors compute


def t5(config: Config, file: Path, longest: int) -> Transformer:
    """Read the encoder of a T5 (Raffel et al. 2020, arXiv 1910.10683; Ni et al. 2021, arXiv 2108.08877)."""
    config.expect("t5", "t5", "mt5")
    config = config.over(T5)
    tensors = Tensors.open(file).under(("", "transformer.", "0.auto_model."), "encoder.final_layer_norm.weight")
    width, heads, depth = (config.count(key) for key in ("d_model", "num_heads", "num_layers"))
    found = tensors.depth("encoder.block.")
    if found != depth:
        raise ModelError(f"{file} has {found} layers, but config.json says {depth}.")
    feed = config.word("feed_forward_proj")
    words = next((n for n in ("shared.weight", "encoder.embed_tokens.weight") if tensors.has(n)), "shared.weight")
    epsilon = config.number("layer_norm_epsilon")
    return Transformer(
        words=tensors.array(words, config.count("vocab_size"), width),
        positions=np.empty((0, width), np.float32),
        segments=np.empty((0, width), np.float32),
        norm=NO_NORM,
        layers=tuple(_t5_layer(tensors, config, number, feed) for number in range(depth)),
        heads=heads,
        activation=T5_ACTIVATIONS.get(feed, feed.removeprefix(GATED)),
        distances=_t5_distances(tensors, config, longest),
        longest=longest,
        scale=1.0,
        before=True,
        final=tensors.scale("encoder.final_layer_norm", width, epsilon, centred=False),
    )


def _t5_layer(tensors: Tensors, config: Config, number: int, feed: str) -> Layer:
    at, epsilon = f"encoder.block.{number}.layer.", config.number("layer_norm_epsilon")
    width, inner = config.count("d_model"), config.count("num_heads") * config.count("d_kv")
    hidden, gated = config.count("d_ff"), feed.startswith(GATED)
    (query, key, value) = (tensors.part(f"{at}0.SelfAttention.{name}", width, inner)[0] for name in "qkv")
    up = tensors.part(f"{at}1.DenseReluDense.{'wi_0' if gated else 'wi'}", width, hidden)[0]
    return Layer(
        query=query,
        key=key,
        value=value,
        output=tensors.part(f"{at}0.SelfAttention.o", inner, width)[0],
        attention_norm=tensors.scale(f"{at}0.layer_norm", width, epsilon, centred=False),
        up=up,
        down=tensors.part(f"{at}1.DenseReluDense.wo", hidden, width)[0],
        norm=tensors.scale(f"{at}1.layer_norm", width, epsilon, centred=False),
        gate=tensors.part(f"{at}1.DenseReluDense.wi_1", width, hidden)[0] if gated else NO_LINEAR,
    )


def _t5_distances(tensors: Tensors, config: Config, longest: int) -> Array:
    """Return the bias that the first layer holds and all share."""
    name = "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight"
    if tensors.has(name.format(1)):
        raise ModelError(f"{tensors.file}: a position bias for each layer is not supported by the ONNX encoder.")
    heads, buckets = config.count("num_heads"), config.count("relative_attention_num_buckets")
    if heads * longest**2 > MOST_DISTANCES:
        raise ModelError(
            f"The model in {tensors.file.parent} cannot take texts of {longest} tokens with {heads} heads."
        )
    table = tensors.array(name.format(0), buckets, heads)
    return distances(table, longest, config.count("relative_attention_max_distance"))


def modernbert(config: Config, file: Path, longest: int) -> Transformer:
    """Read a ModernBERT (Warner et al. 2024, arXiv 2412.13663), which attends to a window in most of its layers."""
    config.expect("modernbert", "modernbert")
    config = config.over(MODERNBERT)
    tensors = Tensors.open(file).under(("", "model.", "0.auto_model."), "embeddings.tok_embeddings.weight")
    width, heads, depth = (
        config.count(f"{key}") for key in ("hidden_size", "num_attention_heads", "num_hidden_layers")
    )
    found = tensors.depth("layers.")
    if found != depth:
        raise ModelError(f"{file} has {found} layers, but config.json says {depth}.")
    if width % heads:
        raise ModelError(f"{config.file}: hidden_size {width} is not divisible by {heads}.")
    if (most := config.count("max_position_embeddings")) < longest:
        raise ModelError(f"The model in {file.parent} accepts {most} tokens, but its card says {longest}.")
    epsilon = config.number("norm_eps")
    return Transformer(
        words=tensors.array("embeddings.tok_embeddings.weight", config.count("vocab_size"), width),
        positions=np.empty((0, width), np.float32),
        segments=np.empty((0, width), np.float32),
        norm=tensors.scale("embeddings.norm", width, epsilon, centred=True),
        layers=tuple(_modernbert_layer(tensors, config, number) for number in range(depth)),
        heads=heads,
        activation=config.word("hidden_activation"),
        distances=np.empty((heads, 0, 0), np.float32),
        longest=longest,
        before=True,
        final=tensors.scale("final_norm", width, epsilon, centred=True),
    )


def _modernbert_layer(tensors: Tensors, config: Config, number: int) -> Layer:
    at, epsilon = f"layers.{number}.", config.number("norm_eps")
    width, inner = config.count("hidden_size"), config.count("intermediate_size")
    query, key, value = tensors.part(f"{at}attn.Wqkv", width, width, width, width)
    up, gate = tensors.part(f"{at}mlp.Wi", width, inner, inner)
    theta, window = _modernbert_positions(config, number)
    return Layer(
        query=query,
        key=key,
        value=value,
        output=tensors.part(f"{at}attn.Wo", width, width)[0],
        attention_norm=tensors.scale(f"{at}attn_norm", width, epsilon, centred=True) if number else NO_NORM,
        up=up,
        down=tensors.part(f"{at}mlp.Wo", inner, width)[0],
        norm=tensors.scale(f"{at}mlp_norm", width, epsilon, centred=True),
        gate=gate,
        theta=theta,
        window=window,
    )


def _modernbert_positions(config: Config, number: int) -> tuple[float, int]:
    """Return a layer's rotary base and window, from either of the two forms of the configuration."""
    usual = "sliding_attention" if number % config.count("global_attn_every_n_layers") else "full_attention"
    kinds = config.list("layer_types")
    kind = str(kinds[number] if number < len(kinds) else usual)
    if kind not in ("sliding_attention", "full_attention"):
        raise ModelError(f"{config.file}: the attention {kind[:40]!r} is not supported by the ONNX encoder.")
    rope = config.tree("rope_parameters").tree(kind).over({"rope_type": "default"})
    if rope.word("rope_type") != "default" or config.tree("rope_scaling").values:
        raise ModelError(f"{config.file}: scaled rotary positions are not supported by the ONNX encoder.")
    local = kind == "sliding_attention"
    theta = rope.over({"rope_theta": config.number("local_rope_theta" if local else "global_rope_theta")})
    return theta.number("rope_theta"), config.count("local_attention") // 2 if local else 0


READERS: Mapping[str, Reader] = {
    "t5": t5,
    "instructor": t5,
    "modernbert": modernbert,
    **{name: partial(rotary.read, name) for name in rotary.FAMILIES},
}
WIDTHS: Mapping[str, str] = {"t5": "d_model", "instructor": "d_model"}
"""Key of the width in config.json, where it is not `hidden_size`."""
