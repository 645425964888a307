"""Tiny random models, so that everything is tested without weights; and every adapter, for the contract suite."""

import atexit
import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from helpers import static_model, tiny_families
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from askew.encoders import Encoder
from askew.encoders.dual import Towers
from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.hashing import HashingEncoder
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.encoders.static import StaticEncoder
from askew.encoders.texts import SEGMENT
from askew.similarity import Similarity

WORDS = [
    "the",
    "a",
    "cat",
    "dog",
    "sat",
    "on",
    "mat",
    "how",
    "long",
    "can",
    "i",
    "stay",
    "home",
    "with",
    "baby",
    "money",
    "back",
    "is",
    "not",
    "4",
    "6",
    "weeks",
]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Width 32, 2 layers, 4 heads, 64 positions."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *(f"##{letter}" for letter in "abcdefghij")]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.enable_truncation(7)  # as their makers leave them: ours must not be bound by it
    tokenizer.enable_padding(length=7)
    tokenizer.save(str(folder / "tokenizer.json"))
    width, inner, layers = 32, 64, 2
    config = {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": 64,
        "type_vocab_size": 2,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
    }
    (folder / "config.json").write_text(json.dumps(config))
    save_file(_weights(len(vocabulary), width, inner, layers), folder / "model.safetensors")
    return folder


def _weights(vocabulary: int, width: int, inner: int, layers: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": random(vocabulary, width),
        "embeddings.position_embeddings.weight": random(64, width),
        "embeddings.token_type_embeddings.weight": random(2, width),
        "embeddings.LayerNorm.weight": 1 + random(width),
        "embeddings.LayerNorm.bias": random(width),
    }
    for i in range(layers):
        at = f"encoder.layer.{i}."
        shapes = {
            "attention.self.query": (width, width),
            "attention.self.key": (width, width),
            "attention.self.value": (width, width),
            "attention.output.dense": (width, width),
            "intermediate.dense": (inner, width),
            "output.dense": (width, inner),
        }
        for name, shape in shapes.items():
            tensors[f"{at}{name}.weight"] = random(*shape)
            tensors[f"{at}{name}.bias"] = random(shape[0])
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"{at}{name}.weight"] = 1 + random(width)
            tensors[f"{at}{name}.bias"] = random(width)
    return tensors


SIGNATURE = Signature(
    model="tiny",
    weights={"both": "w"},
    tokenizer={"both": "t"},
    config={"both": "c"},
    architecture="bert",
    pooling="mean",
    dense="",
    normalised=True,
    similarity=Similarity.COSINE,
    dim=32,
    max_tokens=16,
    prompts={},
    titles="space",
    precision="fp32",
    recipe=1,
)


@pytest.fixture
def signature() -> Signature:
    return SIGNATURE


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path_factory.getbasetemp() / "encoders-cache"))


def hashing(folder: Path) -> Encoder:
    return HashingEncoder(replace(SIGNATURE, architecture="hashing", weights={}, tokenizer={}, config={}))


def onnx(architecture: str, precision: str, folder: Path) -> Encoder:
    tiny_families.save(architecture, folder)
    files = {"both": architecture}
    fields = {"weights": files, "tokenizer": files, "config": files, "prompts": {"query": "how long: "}}
    return OnnxEncoder(replace(SIGNATURE, architecture=architecture, precision=precision, **fields), folder, [])


def towers(folder: Path) -> Encoder:
    sides = {"query": "q", "document": "d"}
    folders = {side: tiny_families.save("dpr", folder / side, seed=seed) for seed, side in enumerate(sides, 5)}
    facts = replace(SIGNATURE, architecture="dpr", pooling="cls", normalised=False, titles=SEGMENT)
    return Towers(replace(facts, similarity=Similarity.DOT, weights=sides, tokenizer=sides, config=sides), folders)


def static(folder: Path) -> Encoder:
    return StaticEncoder(
        replace(SIGNATURE, architecture="static", dim=static_model.DIM), static_model.write(folder, "float32")
    )


def through_torch(name: str, architecture: str, folder: Path) -> Encoder:
    pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")
    from helpers import torch_models

    from askew.encoders.torch import TorchEncoder

    pooling = {"lasttoken": "last_token"}.get(torch_models.POOLINGS.get(name, "mean"), "mean")
    facts = replace(SIGNATURE, architecture=architecture, pooling=pooling, prompts={"query": "how long: "})
    made = torch_models.FAMILIES[name](folder)
    return TorchEncoder(facts, made, device="cpu")


def hosted(provider: str, _: Path) -> Encoder:
    """Served by a server of this machine for as long as the tests run."""
    pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")
    from helpers.embedding_service import DIM, KEY, VARIABLE, WORDS, serving

    from askew.encoders.hosted.encoder import HostedEncoder

    os.environ[VARIABLE] = KEY
    server = SERVERS.enter_context(serving(provider))
    none: dict[str, str] = {}
    facts = replace(SIGNATURE, architecture="hosted", pooling="none", dim=DIM, prompts=WORDS[provider])
    return HostedEncoder(replace(facts, weights=none, tokenizer=none, config=none), server.hosted)


SERVERS = ExitStack()
atexit.register(SERVERS.close)

# A new adapter joins the contract suite here: a function from an empty folder to an encoder of at most 16 tokens.
ADAPTERS: Mapping[str, Callable[[Path], Encoder]] = {
    "hashing": hashing,
    "towers": towers,
    "static": static,
    "torch-bert": partial(through_torch, "bert", "sentence-transformers"),
    "torch-qwen3": partial(through_torch, "qwen3", "sentence-transformers"),
    "torch-instructor": partial(through_torch, "t5", "instructor"),
    **{f"hosted-{name}": partial(hosted, name) for name in ("openai", "cohere", "voyage", "jina", "gemini")},
    **{f"onnx-{name}": partial(onnx, name, "fp32") for name in LAYOUTS},
    **{f"onnx-{name}-int8": partial(onnx, name, "int8") for name in LAYOUTS},
}


@pytest.fixture(scope="session", params=ADAPTERS)
def adapter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return ADAPTERS[request.param](tmp_path_factory.mktemp(request.param))
