"""Reader of the families with rotary positions and gated layers: NomicBERT, GTE, Qwen3 and Gemma 3.

They share one shape, and differ in the facts of `Family`: which norms there are, what the attention sees, and the names
of the tensors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from askew.encoders.families.config import Config
from askew.encoders.families.shape import NO_NORM, NO_ROWS, Layer, Linear, Norm, Transformer
from askew.encoders.families.tensors import Tensors
from askew.errors import ModelError
from askew.models import variants


@dataclass(frozen=True)
class Family:
    """Names of a family's tensors. `kinds`: `model_type` in config.json. `prefixes`: possible prefixes of the names.

    `projections`: query, key and value, or one tensor with all three. `feed`: the layer with the activation and the one
    that multiplies it, or one tensor with the second before the first. A name that is empty has no tensor. `rms`: the
    norms do not subtract the mean. `offset`: what is added to the scale of a norm.
    """

    kinds: tuple[str, ...]
    prefixes: tuple[str, ...]
    stack: str
    projections: tuple[str, ...]
    output: str
    feed: tuple[str, ...]
    down: str
    attention_norm: str
    norm: str
    words: str = "embed_tokens"
    segments: str = ""
    embedding_norm: str = ""
    final: str = ""
    head_norms: tuple[str, ...] = ()
    after_attention: str = ""
    after_feed: str = ""
    activation: str = "hidden_act"
    epsilon: str = "rms_norm_eps"
    rms: bool = True
    offset: float = 0.0
    causal: bool = False
    scaled_words: bool = False


# Nussbaum et al. 2024, arXiv 2402.01613.
NOMIC = Family(
    kinds=("nomic_bert",),
    prefixes=("", "nomic_bert.", "bert.", "0.auto_model."),
    words="embeddings.word_embeddings",
    segments="embeddings.token_type_embeddings",
    embedding_norm="emb_ln",
    stack="encoder.layers.",
    projections=("attn.Wqkv",),
    output="attn.out_proj",
    feed=("mlp.fc12", "mlp.fc11"),
    down="mlp.fc2",
    attention_norm="norm1",
    norm="norm2",
    epsilon="layer_norm_eps",
    rms=False,
)
# Zhang et al. 2024, arXiv 2407.19669.
GTE = replace(
    NOMIC,
    kinds=("new", "gte"),
    prefixes=("", "new.", "gte.", "0.auto_model."),
    embedding_norm="embeddings.LayerNorm",
    stack="encoder.layer.",
    projections=("attention.qkv_proj",),
    output="attention.o_proj",
    feed=("mlp.up_gate_proj",),
    down="mlp.down_proj",
    attention_norm="attn_ln",
    norm="mlp_ln",
)
# Zhang et al. 2025, arXiv 2506.05176.
QWEN3 = Family(
    kinds=("qwen3",),
    prefixes=("", "model.", "0.auto_model."),
    stack="layers.",
    projections=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    output="self_attn.o_proj",
    feed=("mlp.gate_proj", "mlp.up_proj"),
    down="mlp.down_proj",
    attention_norm="input_layernorm",
    norm="post_attention_layernorm",
    final="norm",
    head_norms=("self_attn.q_norm", "self_attn.k_norm"),
    causal=True,
)
# Vera et al. 2025, arXiv 2509.20354: Gemma 3 (arXiv 2503.19786) that looks both ways.
GEMMA3 = replace(
    QWEN3,
    kinds=("gemma3_text",),
    norm="pre_feedforward_layernorm",
    after_attention="post_attention_layernorm",
    after_feed="post_feedforward_layernorm",
    activation="hidden_activation",
    offset=1.0,
    causal=False,
    scaled_words=True,
)
FAMILIES: Mapping[str, Family] = {"nomic-bert": NOMIC, "gte": GTE, "qwen3": QWEN3, "gemma3": GEMMA3}


@dataclass(frozen=True)
class Sizes:
    """width: of the vectors. heads: of the queries. key_heads: of keys and values. head: width of a head."""

    width: int
    heads: int
    key_heads: int
    head: int
    inner: int
    depth: int

    @classmethod
    def of(cls, config: Config) -> "Sizes":
        width, heads, inner, depth = (
            config.count(key)
            for key in ("hidden_size", "num_attention_heads", "intermediate_size", "num_hidden_layers")
        )
        stated = {key: value for key, value in config.values.items() if value is not None}
        config = replace(config, values={"head_dim": 0, "num_key_value_heads": heads, **stated})
        key_heads, head = config.count("num_key_value_heads"), int(config.number("head_dim")) or width // heads
        if not config.number("head_dim") and width % heads:
            raise ModelError(f"{config.file}: hidden_size {width} is not divisible by num_attention_heads {heads}.")
        if heads % key_heads or head % 2:
            raise ModelError(
                f"{config.file}: {heads} heads of {head} cannot share {key_heads} keys (num_key_value_heads, head_dim)."
            )
        return cls(width, heads, key_heads, head, inner, depth)


def read(architecture: str, config: Config, file: Path, longest: int) -> Transformer:
    """Read a model of one of `FAMILIES` for texts of at most `longest` tokens."""
    family = FAMILIES[architecture]
    _check(config, architecture, family, longest)
    tensors = Tensors.open(file).under(family.prefixes, family.words + ".weight")
    sizes = Sizes.of(config)
    if (found := tensors.depth(family.stack)) != sizes.depth:
        raise ModelError(f"{file} has {found} layers, but config.json says {sizes.depth}.")
    words = tensors.array(family.words + ".weight", config.count("vocab_size"), sizes.width)
    if family.scaled_words:
        words *= np.float32(sizes.width**0.5)
    segments = int(config.number("type_vocab_size")) if family.segments else 0
    scale = config.over({"query_pre_attn_scalar": sizes.head}).number("query_pre_attn_scalar")
    return Transformer(
        words=words,
        positions=NO_ROWS,
        segments=tensors.array(family.segments + ".weight", segments, sizes.width) if segments else NO_ROWS,
        norm=_norm(tensors, family, family.embedding_norm, sizes.width, config),
        layers=tuple(_layer(tensors, config, family, sizes, number) for number in range(sizes.depth)),
        heads=sizes.heads,
        key_heads=sizes.key_heads,
        activation=config.word(family.activation),
        distances=np.empty((sizes.heads, 0, 0), np.float32),
        longest=longest,
        scale=scale**-0.5 if scale != sizes.head else 0.0,
        before=bool(family.final),
        final=_norm(tensors, family, family.final, sizes.width, config),
        causal=family.causal,
    )


def _check(config: Config, architecture: str, family: Family, longest: int) -> None:
    """Reject the config of another family, and what is not computed of this one."""
    config.expect(architecture, *family.kinds)
    if faults := list(variants.unsupported(config.values)):
        raise ModelError(f"{config.file}: {faults[0]}, which is not supported by the ONNX encoder.")
    if (most := config.count("max_position_embeddings")) < longest:
        raise ModelError(f"The model in {config.file.parent} accepts {most} tokens, but its card says {longest}.")


def _layer(tensors: Tensors, config: Config, family: Family, sizes: Sizes, number: int) -> Layer:
    at, width = f"{family.stack}{number}.", sizes.width
    outputs = [heads * sizes.head for heads in (sizes.heads, sizes.key_heads, sizes.key_heads)]
    query, key, value = _parts(tensors, at, family.projections, width, outputs)
    # The second half of a tensor that holds both layers has the activation.
    feed = _parts(tensors, at, family.feed, width, [sizes.inner, sizes.inner])
    up, gate = feed if len(family.feed) == 2 else (feed[1], feed[0])
    head_norms = [_norm(tensors, family, at + name, sizes.head, config) for name in family.head_norms]
    attention_norm, norm, after_attention, after_feed = (
        _norm(tensors, family, name and at + name, width, config)
        for name in (family.attention_norm, family.norm, family.after_attention, family.after_feed)
    )
    theta, stretch, window = _positions(config, sizes, number)
    return Layer(
        query=query,
        key=key,
        value=value,
        output=tensors.part(at + family.output, outputs[0], width)[0],
        attention_norm=attention_norm,
        up=up,
        down=tensors.part(at + family.down, sizes.inner, width)[0],
        norm=norm,
        gate=gate,
        theta=theta,
        stretch=stretch,
        window=window,
        query_norm=head_norms[0] if head_norms else NO_NORM,
        key_norm=head_norms[1] if head_norms else NO_NORM,
        after_attention=after_attention,
        after_feed=after_feed,
    )


def _parts(tensors: Tensors, at: str, names: tuple[str, ...], inputs: int, outputs: list[int]) -> tuple[Linear, ...]:
    """Read layers with the same input from one tensor that holds all of them, or from one each."""
    if len(names) == 1:
        return tensors.part(at + names[0], inputs, *outputs)
    return tuple(tensors.part(at + name, inputs, size)[0] for name, size in zip(names, outputs, strict=True))


def _norm(tensors: Tensors, family: Family, name: str, width: int, config: Config) -> Norm:
    """Read a norm; a name that is empty has none."""
    if not name:
        return NO_NORM
    if not family.rms:
        return tensors.norm(name, width, config.number(family.epsilon))
    norm = tensors.scale(name, width, config.number(family.epsilon), centred=False)
    return replace(norm, scale=norm.scale + np.float32(family.offset)) if family.offset else norm


def _positions(config: Config, sizes: Sizes, number: int) -> tuple[float, float, int]:
    """Return the rotary base of a layer, by what its positions are divided, and its window."""
    kinds = variants.kinds_of_layers(config.values)
    if len(kinds) != sizes.depth:
        raise ModelError(f"{config.file}: layer_types has {len(kinds)} entries for {sizes.depth} layers.")
    told = replace(config, values=variants.rope(config.values, kinds[number]))
    scaling = told.word("rope_type")
    theta, factor = told.number("rope_theta"), 1.0 if scaling == "default" else told.number("factor")
    if theta <= 1 or factor < 1:
        raise ModelError(f"{config.file}: the rotary positions have the base {theta:g} and the factor {factor:g}.")
    if scaling == "ntk":  # both are scaled: https://kexue.fm/archives/9706, equation (6)
        theta, factor = theta * factor, factor ** (2 / sizes.head)
    return theta, factor, config.count("sliding_window") // 2 if kinds[number] == variants.SLIDING else 0
