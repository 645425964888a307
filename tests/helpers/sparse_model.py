"""Tiny random sparse encoders as folders: SPLADE on the tiny BERT, alone or with a weights table for queries."""

import json
import shutil
from pathlib import Path

import numpy as np
from helpers import tiny_tokenizers
from safetensors.numpy import save_file
from tokenizers import Tokenizer

WIDTH, INNER, LAYERS, POSITIONS = 32, 64, 2, 64


def splade(folder: Path, seed: int = 3, longest: int = 64, prompts: dict[str, str] | None = None) -> Path:
    """SPLADE as sentence-transformers saves it: a Transformer, and SpladePooling in 1_SpladePooling."""
    _transformer(folder, seed, longest)
    kinds = ["sentence_transformers.base.modules.transformer.Transformer"]
    kinds += ["sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling"]
    paths = ["", "1_SpladePooling"]
    modules = [{"idx": n, "name": str(n), "path": path, "type": kinds[n]} for n, path in enumerate(paths)]
    write(folder / "modules.json", modules)
    write(folder / "sentence_bert_config.json", {"transformer_task": "fill-mask"})
    write(folder / "1_SpladePooling/config.json", {"pooling_strategy": "max", "activation_function": "relu"})
    write(folder / "config_sentence_transformers.json", {"model_type": "SparseEncoder", "prompts": prompts or {}})
    return folder


def inference_free(folder: Path, seed: int = 3, table: str = "model.safetensors") -> Path:
    """A Router: SPLADE for documents, and for queries a table of weights, also as idf.json."""
    chain = "sentence_transformers.sparse_encoder.models."
    names = {
        "query_0_SparseStaticEmbedding": chain + "SparseStaticEmbedding.SparseStaticEmbedding",
        "document_0_MLMTransformer": chain + "MLMTransformer.MLMTransformer",
        "document_1_SpladePooling": chain + "SpladePooling.SpladePooling",
    }
    query, *document = names
    write(folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Router"}])
    structure = {"query": [query], "document": document}
    write(folder / "router_config.json", {"types": names, "structure": structure, "parameters": {}})
    tokenizer = _transformer(folder / document[0], seed, 64)
    write(folder / document[1] / "config.json", {"pooling_strategy": "max", "activation_function": "log1p_relu"})
    weights = np.random.default_rng(seed).random(tokenizer.get_vocab_size()).astype(np.float32)
    write(folder / query / "config.json", {"frozen": True})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / document[0] / name, folder / query / name)
    if table == "idf.json":
        words = {word: float(weights[place]) for word, place in tokenizer.get_vocab().items()}
        write(folder / query / table, words)
    else:
        save_file({"weight": weights}, folder / query / table)
    return folder


def write(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def _transformer(folder: Path, seed: int, longest: int) -> Tokenizer:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizers.wordpiece(folder / "tokenizer.json")
    write(folder / "tokenizer_config.json", {"model_max_length": longest, "tokenizer_class": "TokenizersBackend"})
    vocabulary = tokenizer.get_vocab_size()
    config = {
        "architectures": ["BertForMaskedLM"],
        "model_type": "bert",
        "vocab_size": vocabulary,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
    }
    write(folder / "config.json", config)
    save_file(_weights(vocabulary, seed), folder / "model.safetensors")
    return tokenizer


def _weights(vocabulary: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {
        "bert.embeddings.word_embeddings.weight": (vocabulary, WIDTH),
        "bert.embeddings.position_embeddings.weight": (POSITIONS, WIDTH),
        "bert.embeddings.token_type_embeddings.weight": (2, WIDTH),
        "cls.predictions.bias": (vocabulary,),
    }
    dense = {"cls.predictions.transform.dense": (WIDTH, WIDTH)}
    norms = ["bert.embeddings.LayerNorm", "cls.predictions.transform.LayerNorm"]
    for layer in range(LAYERS):
        at = f"bert.encoder.layer.{layer}."
        dense |= {at + f"attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")}
        dense |= {at + "attention.output.dense": (WIDTH, WIDTH)}
        dense |= {at + "intermediate.dense": (INNER, WIDTH), at + "output.dense": (WIDTH, INNER)}
        norms += [at + "attention.output.LayerNorm", at + "output.LayerNorm"]
    for name, shape in dense.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    made = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    made["cls.predictions.bias"] -= 2.5  # so that most weights are 0, as after training
    for name in norms:
        made[f"{name}.weight"] = (1 + rng.normal(0, 0.1, WIDTH)).astype(np.float32)
        made[f"{name}.bias"] = rng.normal(0, 0.1, WIDTH).astype(np.float32)
    return made
