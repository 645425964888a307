"""A tiny random late-interaction model as a folder in PyLate's layout, made without PyTorch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from helpers import tiny_families
from safetensors.numpy import save_file

DIM = 16


def pylate(folder: Path, family: str = "bert", **told: Any) -> Path:
    """Its markers are tokens that the tiny tokenizers have anyway."""
    tiny_families.save(family, folder)
    (folder / "1_Dense").mkdir()
    weight = np.random.default_rng(4).normal(size=(DIM, tiny_families.WIDTH)).astype(np.float32)
    save_file({"linear.weight": weight}, folder / "1_Dense" / "model.safetensors")
    identity = "torch.nn.modules.linear.Identity"
    dense = {"in_features": tiny_families.WIDTH, "out_features": DIM, "bias": False, "activation_function": identity}
    parts = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"},
    ]
    settings = {"model_type": "ColBERT", "query_prefix": "[MASK]", "document_prefix": "[SEP]", "query_length": 12}
    settings |= {"document_length": 20, "skiplist_words": [","], "similarity_fn_name": "MaxSim"}
    for name, content in (
        ("1_Dense/config.json", dense),
        ("modules.json", parts),
        ("config_sentence_transformers.json", settings | told),
        ("tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "[MASK]"}),
    ):
        (folder / name).write_text(json.dumps(content))
    return folder
