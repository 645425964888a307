"""Variants of the architectures with rotary positions: settings in config.json that are computed without PyTorch.

The encoder refuses what is not computed, and a folder's card hands it to PyTorch: both ask here.
"""

from collections.abc import Iterator, Mapping
from reprlib import repr as short
from types import MappingProxyType
from typing import Any

Settings = Mapping[str, Any]
NONE: Settings = MappingProxyType({})
FULL, SLIDING = "full_attention", "sliding_attention"
"""Kinds of layers in `layer_types`: attention to all tokens, and to those nearby."""

GPT2: Mapping[str, str] = {
    "hidden_size": "n_embd",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
    "intermediate_size": "n_inner",
    "max_position_embeddings": "n_positions",
    "layer_norm_eps": "layer_norm_epsilon",
    "rope_theta": "rotary_emb_base",
}
"""The usual names of settings, and those in the configuration of NomicBERT's own code, which are GPT-2's."""
GATES: Mapping[str, str] = {"swiglu": "silu", "geglu": "gelu"}
"""NomicBERT's gated layers, and the activation of their gate (Shazeer 2020, arXiv 2002.05202)."""
MULTIPLE = 256
"""NomicBERT's own code rounds the width of its gated layers up to a multiple of it."""
NOMIC: Settings = {"rotary_emb_fraction": 0.0, "rotary_emb_base": 10000.0, "layer_norm_epsilon": 1e-5}
"""What NomicBERT's own code takes where its configuration says nothing."""
ABSENT: Mapping[str, Settings] = {
    "nomic_bert": {"type_vocab_size": 2},
    "gte": {"hidden_act": "gelu"},
    "new": {"hidden_act": "gelu"},
    "qwen3": {"hidden_act": "silu", "rms_norm_eps": 1e-6},
    "gemma3_text": {
        "hidden_activation": "gelu_pytorch_tanh",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "rope_local_base_freq": 1e4,
        "sliding_window_pattern": 6,
        "use_bidirectional_attention": False,
    },
}
"""What each family's authors take where its configuration says nothing."""
OWN = frozenset({"NomicBertModel", "NewModel", "GteModel"})
"""Classes that the folders of these families name in `auto_map`: their code is not run, its architecture is known."""
GTE: Mapping[str, tuple[object, ...]] = {
    "position_embedding_type": ("rope",),
    "pack_qkv": (True,),
    "layer_norm_type": ("layer_norm",),
    "logn_attention_scale": (False,),
}
COMPUTED: Mapping[str, Mapping[str, tuple[object, ...]]] = {
    "nomic_bert": {
        "rotary_emb_fraction": (1.0,),
        "rotary_emb_scale_base": (None,),
        "rotary_emb_interleaved": (False,),
        "rotary_scaling_factor": (None,),
        "rotary_head_dim": (None, False),
        "activation_function": tuple(GATES),
        "prenorm": (False,),
        "parallel_block": (False,),
        "use_rms_norm": (False,),
        "norm_mlp": (None, False),
        "causal": (False,),
        "num_heads_kv": (None,),
        "num_experts": (None, 0),
    },
    "gte": GTE,
    "new": GTE,
    "qwen3": {"use_sliding_window": (False,), "is_causal": (True, None)},
    "gemma3_text": {"use_bidirectional_attention": (True,), "attn_logit_softcapping": (None,)},
}
"""Families (`model_type`), and the values of their settings that are computed; a setting that is absent has the first
of them, unless `ABSENT` says otherwise.
"""
SHARED: Mapping[str, tuple[object, ...]] = {
    "partial_rotary_factor": (None, 1.0),
    "is_decoder": (False,),
    "add_cross_attention": (False,),
}
SCALINGS: Mapping[str, tuple[str, ...]] = {"gte": ("default", "linear", "ntk"), "new": ("default", "linear", "ntk")}
"""Scalings of the rotary positions that are computed; in other families those of `USUAL`."""
USUAL = ("default", "linear")
BLOCK = 8
"""The kernel for causal attention takes heads whose width is a multiple of it."""


def named(config: Settings) -> Settings:
    """Return the configuration under the usual names, with what the family's authors take for absent settings."""
    family = str(config.get("model_type", ""))
    if family == "nomic_bert" and "n_embd" in config:
        own = {**NOMIC, **config}
        config = {**own, **{usual: own[name] for usual, name in GPT2.items() if name in own}}
        config["hidden_act"] = GATES.get(str(own.get("activation_function")), "gelu")
        config["intermediate_size"] = _rounded(own.get("n_inner"), MULTIPLE)
        config["vocab_size"] = _rounded(own.get("vocab_size"), own.get("pad_vocab_size_multiple", 1))
    return {**ABSENT.get(family, NONE), **config}


def unsupported(config: Settings) -> Iterator[str]:
    """Yield the settings of a configuration under its usual names that are not computed, each as "its … is …"."""
    family = str(config.get("model_type", ""))
    if family not in COMPUTED:
        return
    for key, values in {**SHARED, **COMPUTED[family]}.items():
        if config.get(key, values[0]) not in values:
            yield f"its {key} is {short(config[key])}"
    if family == "qwen3" and isinstance(head := config.get("head_dim"), int) and head % BLOCK:
        yield f"its head_dim is {head}"
    kinds = kinds_of_layers(config)
    allowed = (FULL, SLIDING) if family == "gemma3_text" else (FULL,)
    yield from (f"it has layers of the kind {short(kind)}" for kind in dict.fromkeys(kinds) if kind not in allowed)
    for kind in dict.fromkeys(kinds):
        told = rope(config, kind)
        if told["rope_type"] not in SCALINGS.get(family, USUAL):
            yield f"its rotary positions are scaled as {short(told['rope_type'])}"
        elif odd := [key for key in ("mixed_b", "partial_rotary_factor") if told.get(key) not in (None, 1.0)]:
            yield f"its rotary positions have {odd[0]}"


def kinds_of_layers(config: Settings) -> list[str]:
    """Return the kind of attention of each layer."""
    told = config.get("layer_types")
    if isinstance(told, list) and told:
        return [str(kind) for kind in told]
    count, pattern = config.get("num_hidden_layers"), config.get("sliding_window_pattern")
    layers = range(1, count + 1) if isinstance(count, int) and count < 1 << 10 else range(1)
    if config.get("model_type") != "gemma3_text" or not isinstance(pattern, int) or pattern < 1:
        return [FULL for _ in layers]
    return [SLIDING if number % pattern else FULL for number in layers]


def rope(config: Settings, kind: str = FULL) -> Settings:
    """Return `rope_type`, `rope_theta` and, if scaled, `factor` of this kind of layer, from the older or newer form."""
    scaling, told = (_object(config.get(key)) for key in ("rope_scaling", "rope_parameters"))
    theta = config.get("rope_theta")
    if config.get("model_type") == "gemma3_text":
        told = _object(told.get(kind)) | (scaling if kind == FULL else {})
        theta = theta if kind == FULL else config.get("rope_local_base_freq")
    else:
        told = scaling or told
    kind = str(told.get("rope_type", told.get("type", "default")))[:40]
    return {"rope_theta": theta, **told, "rope_type": kind}


def _object(value: object) -> dict[str, Any]:
    """Return an object of a configuration; anything else but nothing is a scaling that is not computed."""
    return value if isinstance(value, dict) else {"rope_type": short(value)} if value else {}


def _rounded(count: object, multiple: object) -> object:
    """Return the next multiple; what is no number stays as it is, and is refused where it is read."""
    if not (isinstance(count, int) and isinstance(multiple, int) and multiple > 0):
        return count
    return -(-count // multiple) * multiple
