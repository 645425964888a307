"""A tiny random BERT in the hub's layout, made from a config, so that the graph is tested without weights."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from askew.encoders.signature import Signature
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
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(7)  # as their makers leave them: ours must not be bound by it
    tokenizer.enable_padding(length=7)
    tokenizer.save(str(folder / "tokenizer.json"))
    width, inner, layers = 32, 64, 2
    config = {
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


@pytest.fixture
def signature() -> Signature:
    return Signature(
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


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path_factory.getbasetemp() / "encoders-cache"))
