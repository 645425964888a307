"""Families with layers of their own against the reference library: tiny random models that transformers saved."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.families import read, width
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.errors import ModelError
from askew.types import Role

pytest.importorskip("torch", reason="the reference libraries (torch, transformers, sentence-transformers) are not here")
pytest.importorskip("sentence_transformers", reason="sentence-transformers is not here")
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

import torch  # noqa: E402  # needs PyTorch
from helpers import torch_models  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from sentence_transformers.sentence_transformer import modules  # noqa: E402

PROMPT = "how long can i "
TEXTS = [
    "the cat",
    "",
    "no",
    "How do I reset my password?",
    "the dog sat on the mat " * 20,
    "🎉 ünïcode 東京",
    "the cat",
]
FAMILIES = {
    "t5": ("t5", torch_models.t5),
    "t5-gated": ("t5", torch_models.t5_gated),
    "instructor": ("instructor", torch_models.t5),
    "modernbert": ("modernbert", torch_models.modernbert),
    "nomic": ("nomic-bert", torch_models.nomic),
    "gte": ("gte", torch_models.gte),
    "qwen3": ("qwen3", torch_models.qwen3),
    "gemma": ("gemma3", torch_models.gemma),
}
OURS = {"lasttoken": "last_token"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: make(tmp_path_factory.mktemp(name)) for name, (_, make) in FAMILIES.items()}


def sealed(signature: Signature, name: str, folder: Path, **facts: object) -> Signature:
    key = {"both": str(folder)}
    return replace(
        signature,
        architecture=FAMILIES[name][0],
        **{"weights": key, "config": key, "tokenizer": key, "normalised": False, "prompts": {"query": PROMPT}} | facts,
    )


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "lasttoken"])
@pytest.mark.parametrize("name", FAMILIES)
def test_vectors_are_the_reference_librarys(
    name: str, pooling: str, folders: dict[str, Path], signature: Signature
) -> None:
    encoder = OnnxEncoder(sealed(signature, name, folders[name], pooling=OURS.get(pooling, pooling)), folders[name], [])
    reference = torch_models.reference(folders[name], pooling, included=name != "instructor")
    for role, prompt in ((Role.QUERY, PROMPT), (Role.DOCUMENT, "")):
        expected = reference.encode(TEXTS, prompt=prompt)
        assert np.abs(encoder.encode(TEXTS, role).vectors - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("name", FAMILIES)
def test_int8_stays_near_the_reference(name: str, folders: dict[str, Path], signature: Signature) -> None:
    facts = sealed(signature, name, folders[name], precision="int8", normalised=True)
    found = OnnxEncoder(facts, folders[name], []).encode(TEXTS, Role.QUERY).vectors
    included = name != "instructor"
    reference = torch_models.reference(folders[name], included=included, after=(modules.Normalize(),))
    cosines = (found * reference.encode(TEXTS, prompt=PROMPT)).sum(axis=1)
    assert cosines.mean() > 0.98


@pytest.mark.parametrize("name", ["t5", "instructor"])
def test_so_they_are_with_a_dense_layer(name: str, signature: Signature, tmp_path: Path) -> None:
    folder = torch_models.t5(tmp_path)
    after = (torch_models.dense(folder, torch.nn.Identity(), outputs=24), modules.Normalize())
    reference = torch_models.reference(folder, included=name != "instructor", after=after)
    facts = sealed(signature, name, folder, dense="identity", normalised=True, dim=24)
    found = OnnxEncoder(facts, folder, []).encode(TEXTS, Role.QUERY).vectors
    assert np.abs(found - reference.encode(TEXTS, prompt=PROMPT)).max() <= 1e-5


@pytest.mark.parametrize(
    "facts",
    [
        {"attention_bias": True, "mlp_bias": True, "norm_bias": True},
        {"layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]},
        {"global_attn_every_n_layers": 2, "global_rope_theta": 80000.0, "local_rope_theta": 5000.0},
        {"hidden_activation": "silu", "local_attention": 8},
    ],
)
def test_so_they_are_in_other_forms_of_modernbert(
    facts: dict[str, object], signature: Signature, tmp_path: Path
) -> None:
    folder = torch_models.modernbert(tmp_path, **facts)
    found = OnnxEncoder(sealed(signature, "modernbert", folder), folder, []).encode(TEXTS, Role.QUERY).vectors
    assert np.abs(found - torch_models.reference(folder).encode(TEXTS, prompt=PROMPT)).max() <= 1e-5


def test_modernberts_older_configuration_says_the_same(signature: Signature, tmp_path: Path) -> None:
    folder = torch_models.modernbert(tmp_path, global_attn_every_n_layers=2, global_rope_theta=80000.0)
    expected = torch_models.reference(folder).encode(TEXTS)
    config = json.loads((folder / "config.json").read_text())
    for key in ("layer_types", "rope_parameters"):
        config.pop(key)
    config |= {"global_attn_every_n_layers": 2, "global_rope_theta": 80000.0, "local_rope_theta": 10000.0}
    (folder / "config.json").write_text(json.dumps(config))
    found = OnnxEncoder(sealed(signature, "modernbert", folder), folder, []).encode(TEXTS, Role.DOCUMENT).vectors
    assert np.abs(found - expected).max() <= 1e-5


OTHERS = {
    "nomic-linear": ("nomic", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e3, "factor": 4.0}}),
    "nomic-gelu": ("nomic", {"hidden_act": "gelu", "head_dim": 12}),
    "gte-without-types": ("gte", {"type_vocab_size": 0}),
    "qwen3-bias": ("qwen3", {"attention_bias": True, "num_key_value_heads": 4, "head_dim": 8}),
    "qwen3-linear": ("qwen3", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.0}}),
    "gemma-layers": ("gemma", {"layer_types": ["full_attention", "sliding_attention", "full_attention"]}),
    "gemma-odd-window": ("gemma", {"sliding_window": 5, "num_key_value_heads": 2, "query_pre_attn_scalar": 12}),
}


@pytest.mark.parametrize("form", OTHERS)
def test_so_they_are_in_other_forms_of_the_rotary_families(form: str, signature: Signature, tmp_path: Path) -> None:
    name, facts = OTHERS[form]
    folder = FAMILIES[name][1](tmp_path, **facts)
    found = OnnxEncoder(sealed(signature, name, folder), folder, []).encode(TEXTS, Role.QUERY).vectors
    expected = torch_models.reference(folder).encode(TEXTS, prompt=PROMPT)
    assert np.abs(found - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


def test_nomics_own_configuration_says_the_same(signature: Signature, tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    (tmp_path / "own").mkdir()
    usual = torch_models.nomic(tmp_path / "usual", intermediate_size=256)
    expected = torch_models.reference(usual).encode(TEXTS)
    folder = torch_models.nomic_own(tmp_path / "own")
    found = OnnxEncoder(sealed(signature, "nomic", folder), folder, []).encode(TEXTS, Role.DOCUMENT).vectors
    assert np.abs(found - expected).max() <= 1e-5


def test_gtes_own_configuration_scales_the_base_and_the_positions(signature: Signature, tmp_path: Path) -> None:
    """Equation (6) of https://kexue.fm/archives/9706, as a base and a factor that transformers has too."""
    (tmp_path / "usual").mkdir()
    (tmp_path / "own").mkdir()
    rope = {"rope_type": "linear", "rope_theta": 20000.0 * 8, "factor": 8 ** (2 / 8)}
    usual = torch_models.gte(tmp_path / "usual", rope_parameters=rope)
    expected = torch_models.reference(usual).encode(TEXTS)
    folder = torch_models.gte_own(tmp_path / "own")
    found = OnnxEncoder(sealed(signature, "gte", folder), folder, []).encode(TEXTS, Role.DOCUMENT).vectors
    assert np.abs(found - expected).max() <= 1e-5


@pytest.mark.parametrize("name", ["qwen3", "gemma"])
def test_a_vector_does_not_depend_on_its_batch(name: str, folders: dict[str, Path], signature: Signature) -> None:
    texts = [" ".join(["the cat sat on the mat"] * number) for number in (1, 7, 9)] * 3
    encoder = OnnxEncoder(sealed(signature, name, folders[name], max_tokens=60), folders[name], [])
    alone = np.concatenate([encoder.encode([text], Role.DOCUMENT).vectors for text in texts[:3]])
    assert np.abs(encoder.encode(texts, Role.DOCUMENT).vectors[:3] - alone).max() <= 1e-5


def test_weights_in_half_precision_are_read_as_they_are(signature: Signature, tmp_path: Path) -> None:
    """Qwen3's are in bfloat16: the vectors are those of the same weights in float32."""
    folder = torch_models.qwen3(tmp_path)
    weights = {name: value.bfloat16() for name, value in load_file(folder / "model.safetensors").items()}
    save_file({name: value.float() for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    expected = torch_models.reference(folder, "lasttoken").encode(TEXTS)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    facts = sealed(signature, "qwen3", folder, pooling="last_token")
    found = OnnxEncoder(facts, folder, []).encode(TEXTS, Role.DOCUMENT).vectors
    assert np.abs(found - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("nomic", {"num_hidden_layers": 3}, "3"),
        ("nomic", {"num_attention_heads": 5, "head_dim": None}, "num_attention_heads"),
        ("nomic", {"max_position_embeddings": 8}, "8"),
        ("nomic", {"model_type": "bert"}, "bert"),
        ("gte", {"intermediate_size": 65}, "up_gate_proj"),
        ("gte", {"rope_parameters": {"rope_type": "yarn"}}, "yarn"),
        ("gte", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4}}, "factor"),
        ("gte", {"pack_qkv": False}, "pack_qkv"),
        ("qwen3", {"num_key_value_heads": 3}, "3"),
        ("qwen3", {"head_dim": 12}, "head_dim"),
        ("qwen3", {"use_sliding_window": True}, "use_sliding_window"),
        ("qwen3", {"layer_types": ["sliding_attention"] * 2}, "sliding_attention"),
        ("qwen3", {"layer_types": ["full_attention"]}, "layer_types"),
        ("qwen3", {"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}}, "partial_rotary_factor"),
        ("qwen3", {"rope_parameters": [1]}, "rotary"),
        ("gemma", {"use_bidirectional_attention": False}, "use_bidirectional_attention"),
        ("gemma", {"attn_logit_softcapping": 50.0}, "attn_logit_softcapping"),
        ("gemma", {"layer_types": ["chunked_attention"] * 3}, "chunked_attention"),
        ("t5", {"num_layers": 3}, "3"),
        ("t5", {"d_model": 64}, "64"),
        ("t5", {"model_type": "umt5"}, "umt5"),
        ("modernbert", {"num_hidden_layers": 3}, "3"),
        ("modernbert", {"intermediate_size": 65}, "mlp"),
        ("modernbert", {"model_type": "bert"}, "bert"),
        ("modernbert", {"max_position_embeddings": 8}, "8"),
        ("modernbert", {"layer_types": ["chunked_attention"] * 4}, "chunked_attention"),
        ("modernbert", {"rope_parameters": {"full_attention": {"rope_type": "yarn"}}}, "rotary"),
        ("modernbert", {"rope_scaling": {"factor": 2.0}}, "rotary"),
        ("modernbert", {"rope_parameters": [1]}, "rope_parameters"),
        ("modernbert", {"layer_types": {"a": 1}}, "layer_types"),
    ],
)
def test_what_the_graph_cannot_compute_is_refused(
    name: str, facts: dict[str, object], said: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    for file in folders[name].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | facts))
    with pytest.raises(ModelError, match=said):
        read(FAMILIES[name][0], tmp_path, 16)


def test_the_width_is_known_from_the_config_alone(folders: dict[str, Path]) -> None:
    assert [width(FAMILIES[name][0], folder) for name, folder in folders.items()] == [32] * len(folders)
