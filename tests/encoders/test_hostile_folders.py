"""Folders that lie: each is refused with a ModelError before memory is taken for what it claims."""

import json
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import static_model, tiny_families
from safetensors.numpy import load_file, save_file

from askew.encoders.onnx.cross import CrossEncoder, blueprint
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.encoders.static import StaticEncoder
from askew.errors import ModelError
from askew.types import Role

Harm = Callable[[Path], None]
ROOM = 64 << 20
"""Bytes that refusing a folder may take."""


@pytest.fixture(autouse=True)
def no_graph_of_another_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


def config(**changes: Any) -> Harm:
    def harm(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return harm


def written(name: str, content: bytes) -> Harm:
    return lambda folder: (folder / name).write_bytes(content) and None


def header(change: Callable[[dict[str, Any]], Any]) -> Harm:
    """Change the header of the weights and leave their bytes as they are."""

    def harm(folder: Path) -> None:
        content = (folder / "model.safetensors").read_bytes()
        size = struct.unpack("<Q", content[:8])[0]
        told = json.loads(content[8 : 8 + size])
        made = json.dumps(change(told) or told).encode()
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(made)) + made + content[8 + size :])

    return harm


def length(claimed: int) -> Harm:
    def harm(folder: Path) -> None:
        content = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", claimed) + content[8:])

    return harm


def cut(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-7])


def appended(folder: Path) -> None:
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"more")


def numbers(value: float) -> Harm:
    def harm(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        name = sorted(tensors)[0]
        tensors[name] = np.full_like(tensors[name], value)
        save_file(tensors, folder / "model.safetensors")

    return harm


def _first(told: dict[str, Any]) -> dict[str, Any]:
    return told[min(name for name in told if name != "__metadata__")]


def _overlap(told: dict[str, Any]) -> None:
    told["another"] = dict(_first(told))


def _shape(*shape: Any) -> Harm:
    return header(lambda told: _first(told).update(shape=list(shape)))


def without_unknown(folder: Path) -> None:
    """The vocabulary loses the token for everything that it lacks."""
    file = folder / "tokenizer.json"
    told = json.loads(file.read_text())
    vocabulary = told["model"]["vocab"]
    if isinstance(vocabulary, dict):
        vocabulary.pop("[UNK]")
    else:
        told["model"]["unk_id"] = None
    told["added_tokens"] = [token for token in told["added_tokens"] if token["content"] != "[UNK]"]
    file.write_text(json.dumps(told))


DEEP = b"[" * 200_000
BROKEN_JSON = {
    "a list": b"[]",
    "deep": DEEP,
    "binary": bytes(range(256)),
    "nothing": b"",
    "a number of many digits": b'{"hidden_size": ' + b"9" * 5000 + b"}",
    "another encoding": '{"ü": 1}'.encode("utf-16"),
}
CONFIGS: dict[str, Harm] = {
    **{f"config: {name}": written("config.json", content) for name, content in BROKEN_JSON.items()},
    **{f"layers {value}": config(num_hidden_layers=value) for value in (10**9, 2**63, 0, -1, "2", None, 1.5, True)},
    **{f"width {value}": config(hidden_size=value) for value in (10**9, 2**63, 0, -8, "32", [32])},
    **{f"heads {value}": config(num_attention_heads=value) for value in (0, -4, 7, 10**9, "4")},
    **{f"vocabulary {value}": config(vocab_size=value) for value in (10**9, 0, -1)},
    **{f"positions {value}": config(max_position_embeddings=value) for value in (10**12, 4, -1)},
    **{f"epsilon {value}": config(layer_norm_eps=value) for value in (float("nan"), float("inf"), -1, "x", 10**400)},
    "activation": config(hidden_act="x" * 100_000),
    "another kind": config(model_type=["bert"]),
}
WEIGHTS: dict[str, Harm] = {
    "cut": cut,
    "longer than it says": appended,
    "no bytes": written("model.safetensors", b""),
    "text": written("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"),
    **{f"header of {size} bytes": length(size) for size in (0, 3, 10**9, 2**62, 2**64 - 1)},
    "deep header": written("model.safetensors", struct.pack("<Q", len(DEEP)) + DEEP),
    "header a list": header(lambda told: [told]),
    "overlapping": header(_overlap),
    "no type": header(lambda told: _first(told).pop("dtype") and None),
    "unknown type": header(lambda told: _first(told).update(dtype="F1")),
    "a type that is a list": header(lambda told: _first(told).update(dtype=["F32"])),
    "shape of 10**9": _shape(10**9, 10**9),
    "shape beyond 64 bits": _shape(2**63, 2),
    "negative shape": _shape(-1, 4),
    "shape of words": _shape("4", "8"),
    "shape of thousands": _shape(*[1] * 5000),
    "no offsets": header(lambda told: _first(told).update(data_offsets=[])),
    "offsets backwards": header(lambda told: _first(told).update(data_offsets=[8, 0])),
    "offsets out of the file": header(lambda told: _first(told).update(data_offsets=[10**12, 10**12 + 128])),
    "NaN": numbers(float("nan")),
    "infinity": numbers(float("inf")),
}
TOKENIZERS: dict[str, Harm] = {
    **{f"tokenizer: {name}": written("tokenizer.json", content) for name, content in BROKEN_JSON.items()},
    "without its unknown token": without_unknown,
}


SOME = {
    name: (WEIGHTS | TOKENIZERS)[name]
    for name in (
        *("cut", "overlapping", "shape of 10**9", "header of 18446744073709551615 bytes", "NaN"),
        *("tokenizer: deep", "tokenizer: binary", "without its unknown token"),
    )
}


def refused(what: Callable[[], object]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ModelError) as caught:
            what()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 2000
    assert peak < ROOM


@pytest.mark.parametrize("harm", (CONFIGS | WEIGHTS | TOKENIZERS).values(), ids=(CONFIGS | WEIGHTS | TOKENIZERS).keys())
def test_a_transformer(signature: Signature, tmp_path: Path, harm: Harm) -> None:
    folder = tiny_families.save("bert", tmp_path / "model")
    harm(folder)
    refused(lambda: OnnxEncoder(signature, folder, []).encode(["the cat sat"], Role.DOCUMENT))


@pytest.mark.parametrize("change", [{"dim": 1 << 30}, {"max_tokens": 10**12}, {"max_tokens": -1}, {"max_tokens": 0}])
def test_a_signature_that_does_not_fit(signature: Signature, tmp_path: Path, change: dict[str, int]) -> None:
    folder = tiny_families.save("bert", tmp_path / "model")
    refused(lambda: OnnxEncoder(replace(signature, **change), folder, []).encode(["a"] * 3, Role.DOCUMENT))


def test_a_position_bias_grows_with_the_square_of_the_longest_text(signature: Signature, tmp_path: Path) -> None:
    folder = tiny_families.save("mpnet", tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    tensors["embeddings.position_embeddings.weight"] = np.zeros((100_002, tiny_families.WIDTH), np.float16)
    save_file(tensors, folder / "model.safetensors")
    config(max_position_embeddings=100_002)(folder)
    long = replace(signature, architecture="mpnet", max_tokens=100_000)
    refused(lambda: OnnxEncoder(long, folder, []).encode(["a"], Role.DOCUMENT))


@pytest.mark.parametrize("harm", SOME.values(), ids=SOME.keys())
def test_static_embeddings(signature: Signature, tmp_path: Path, harm: Harm) -> None:
    folder = static_model.write(tmp_path, "weights")
    harm(folder)
    facts = replace(signature, architecture="static", dim=static_model.DIM)
    refused(lambda: StaticEncoder(facts, folder).encode(["the cat sat"], Role.DOCUMENT))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: {"embeddings": t["embeddings"][:0]},
        lambda t: {"embeddings": t["embeddings"].ravel()},
        lambda t: {**t, "weights": t["weights"][:3]},
        lambda t: {**t, "weights": t["weights"][None]},
        lambda t: {**t, "mapping": np.full(len(t["embeddings"]), 10**9)},
        lambda t: {**t, "mapping": np.full(len(t["embeddings"]), -1)},
        lambda t: {**t, "mapping": np.full(len(t["embeddings"]), np.nan)},
    ],
)
def test_static_embeddings_whose_tensors_do_not_fit(signature: Signature, tmp_path: Path, change: Any) -> None:
    folder = static_model.write(tmp_path, "weights")
    static_model.change(folder, change)
    facts = replace(signature, architecture="static", dim=static_model.DIM)
    refused(lambda: StaticEncoder(facts, folder).encode(["the cat sat"], Role.DOCUMENT))


def test_a_vocabulary_that_leaves_out_ids(signature: Signature, tmp_path: Path) -> None:
    folder = static_model.write(tmp_path, "float32")
    file = folder / "tokenizer.json"
    told = json.loads(file.read_text())
    told["model"]["vocab"]["cat"] = 10**6
    file.write_text(json.dumps(told))
    facts = replace(signature, architecture="static", dim=static_model.DIM)
    refused(lambda: StaticEncoder(facts, folder).encode(["the cat sat"], Role.DOCUMENT))


@pytest.mark.parametrize("harm", SOME.values(), ids=SOME.keys())
def test_a_cross_encoder(tmp_path: Path, harm: Harm) -> None:
    folder = tiny_families.save("bert", tmp_path / "model", labels=1, prefix=1)
    harm(folder)
    encoder = CrossEncoder(blueprint("bert", "identity", 16, ("w", "c", "t")), folder)
    refused(lambda: encoder.score([("the cat", "sat")]))


MODULES = [{"type": "sentence_transformers.models.Transformer", "path": ""}]
TORCH: dict[str, Harm] = {
    "code of its own": written("modules.json", json.dumps([*MODULES, {"type": "evil.Evil", "path": ""}]).encode()),
    "code of a library": written("modules.json", json.dumps([{"type": "os.system", "path": ""}]).encode()),
    "a module that is a number": written("modules.json", b"[7]"),
    "modules that are no list": written("modules.json", b"{}"),
    "modules elsewhere": written("modules.json", json.dumps([{**MODULES[0], "path": "../../x"}]).encode()),
    "modules, deep": written("modules.json", DEEP),
    "layers 10**9": config(num_hidden_layers=10**9),
    "vocabulary 10**9": config(vocab_size=10**9),
    "width 10**9": config(hidden_size=10**9),
    "positions 10**12": config(max_position_embeddings=10**12),
    "inner width 10**12": config(intermediate_size=10**12),
    **{name: harm for name, harm in SOME.items() if name != "NaN"},
}


@pytest.mark.parametrize("harm", TORCH.values(), ids=TORCH.keys())
def test_through_torch(signature: Signature, tmp_path: Path, harm: Harm) -> None:
    pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")
    from helpers import torch_models

    from askew.encoders.torch import TorchEncoder

    (tmp_path / "model").mkdir()
    folder = torch_models.bert(tmp_path / "model")
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n")
    harm(folder)
    encoder = TorchEncoder(replace(signature, architecture="sentence-transformers"), folder, device="cpu")
    refused(lambda: encoder.encode(["the cat sat"], Role.DOCUMENT))
    assert not (tmp_path / "ran").exists()
