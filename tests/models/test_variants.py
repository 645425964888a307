from typing import Any

import pytest

from askew.models import variants

NOMIC: dict[str, Any] = {
    "model_type": "nomic_bert",
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "n_inner": 3000,
    "n_positions": 8192,
    "vocab_size": 30522,
    "pad_vocab_size_multiple": 64,
    "activation_function": "swiglu",
    "rotary_emb_fraction": 1.0,
    "rotary_emb_base": 1000,
}
GEMMA: dict[str, Any] = {"model_type": "gemma3_text", "num_hidden_layers": 7, "use_bidirectional_attention": True}


def test_nomics_names_become_the_usual_ones() -> None:
    found = variants.named(NOMIC)
    assert (found["hidden_size"], found["num_hidden_layers"], found["max_position_embeddings"]) == (768, 12, 8192)
    assert (found["intermediate_size"], found["vocab_size"]) == (3072, 30528)
    assert (found["hidden_act"], found["rope_theta"], found["layer_norm_eps"]) == ("silu", 1000, 1e-5)
    assert list(variants.unsupported(found)) == []


def test_other_configurations_keep_theirs() -> None:
    bert = {"model_type": "bert", "n_embd": 3}
    assert variants.named(bert) == bert
    assert list(variants.unsupported({"model_type": "bert", "causal": True})) == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({key: value for key, value in NOMIC.items() if key != "rotary_emb_fraction"}, "rotary_emb_fraction"),
        ({**NOMIC, "activation_function": "gelu"}, "activation_function"),
        ({**NOMIC, "prenorm": True}, "prenorm"),
        ({"model_type": "qwen3", "is_causal": False}, "is_causal"),
        ({"model_type": "qwen3", "is_decoder": True}, "is_decoder"),
        ({"model_type": "qwen3", "head_dim": 100}, "head_dim"),
        ({"model_type": "gemma3_text"}, "use_bidirectional_attention"),
        ({**GEMMA, "rope_scaling": {"rope_type": "yarn"}}, "yarn"),
        ({"model_type": "qwen3", "rope_scaling": "no object"}, "no object"),
    ],
)
def test_what_is_not_computed_is_named(config: dict[str, Any], said: str) -> None:
    assert said in " ".join(variants.unsupported(variants.named(config)))


def test_gemmas_layers_and_their_positions() -> None:
    config = variants.named(GEMMA)
    assert variants.kinds_of_layers(config) == [variants.SLIDING] * 5 + [variants.FULL] + [variants.SLIDING]
    assert [variants.rope(config, kind)["rope_theta"] for kind in (variants.FULL, variants.SLIDING)] == [1e6, 1e4]
    scaled = {**config, "rope_scaling": {"rope_type": "linear", "factor": 8.0}}
    assert variants.rope(scaled, variants.FULL)["factor"] == 8.0
    assert "factor" not in variants.rope(scaled, variants.SLIDING)


def test_the_older_form_of_a_scaling_counts_before_the_newer_one() -> None:
    config = {"model_type": "gte", "rope_theta": 5.0, "rope_scaling": {"type": "ntk", "factor": 2.0}}
    config["rope_parameters"] = {"rope_type": "default", "rope_theta": 7.0}
    assert variants.rope(config) == {"type": "ntk", "rope_type": "ntk", "factor": 2.0, "rope_theta": 5.0}
