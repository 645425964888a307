"""BERT in plain float64 numpy, written from the paper and not from our graph."""

import json
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

ERF = np.vectorize(erf)


def vector(folder: Path, ids: np.ndarray, pooling: str = "mean", normalised: bool = True, types: Any = 0) -> np.ndarray:
    w = {name: tensor.astype(np.float64) for name, tensor in load_file(folder / "model.safetensors").items()}
    config = json.loads((folder / "config.json").read_text())
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][types], w, "embeddings.LayerNorm")
    heads = config["num_attention_heads"]
    for i in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{i}."
        parts = [linear(x, w, at + "attention.self." + name) for name in ("query", "key", "value")]
        query, key, value = (part.reshape(len(ids), heads, -1).swapaxes(0, 1) for part in parts)
        scores = query @ key.swapaxes(1, 2) / np.sqrt(query.shape[2])
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        context = (shares / shares.sum(axis=2, keepdims=True)) @ value
        context = context.swapaxes(0, 1).reshape(len(ids), -1)
        y = norm(x + linear(context, w, at + "attention.output.dense"), w, at + "attention.output.LayerNorm")
        inner = linear(y, w, at + "intermediate.dense")
        inner = 0.5 * inner * (1 + ERF(inner / np.sqrt(2)))
        x = norm(y + linear(inner, w, at + "output.dense"), w, at + "output.LayerNorm")
    pooled = x.mean(axis=0) if pooling == "mean" else x[0]
    return pooled / np.linalg.norm(pooled) if normalised else pooled


def linear(x: np.ndarray, w: dict[str, np.ndarray], name: str) -> np.ndarray:
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def norm(x: np.ndarray, w: dict[str, np.ndarray], name: str) -> np.ndarray:
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12) * w[name + ".weight"] + w[name + ".bias"]
