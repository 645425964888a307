"""Folders of tiny late-interaction models: as PyLate, the original ColBERT, and sentence-transformers save them.

Only for tests that have skipped where PyTorch is missing.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers
from helpers import model_folders, torch_models
from helpers.model_folders import WIDTH
from safetensors.torch import load_file, save_file
from sentence_transformers.base import modules
from sentence_transformers.multi_vector_encoder import MultiVectorEncoder
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask

DIM = 16
WINDOW = 20
"""Of ModernBERT's attention: an expanded query has a token within it, and a document has more of them."""
MASKS = {"bert": "[MASK]", "distilbert": "[MASK]", "modernbert": "[MASK]"}
"""The mask token of each family, where it is not RoBERTa's."""


def base(family: str, folder: Path, *added: str) -> Path:
    """A transformer whose tokenizer names its mask, and has these tokens too."""
    if family == "modernbert":
        folder.mkdir(parents=True)
        torch_models.modernbert(folder, local_attention=WINDOW)
    else:
        model_folders.base(family, folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"mask_token": MASKS.get(family, "<mask>")})
    tokenizer.add_tokens(list(added))
    model = transformers.AutoModel.from_pretrained(folder)
    torch.manual_seed(11)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    with torch.no_grad():
        words = model.get_input_embeddings().weight
        words[-len(added) - 1 :].copy_(torch.randn(len(added) + 1, WIDTH))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def pylate(family: str, folder: Path, **told: Any) -> Path:
    """A transformer and its projection, with the settings of the whole in one file."""
    base(family, folder, "[Q] ", "[D] ")
    (folder / "1_Dense").mkdir()
    torch.manual_seed(4)
    save_file({"linear.weight": torch.randn(DIM, WIDTH)}, folder / "1_Dense" / "model.safetensors")
    dense = {"in_features": WIDTH, "out_features": DIM, "bias": False, "use_residual": False}
    dense["activation_function"] = "torch.nn.modules.linear.Identity"
    parts = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"},
    ]
    settings = {"prompts": {}, "default_prompt_name": None, "similarity_fn_name": "MaxSim", "query_prefix": "[Q] "}
    settings |= {"document_prefix": "[D] ", "query_length": 12, "document_length": 20, "model_type": "ColBERT"}
    settings |= {"attend_to_expansion_tokens": False, "do_query_expansion": True, "skiplist_words": [",", "."]}
    for name, content in (
        ("1_Dense/config.json", dense),
        ("modules.json", parts),
        ("config_sentence_transformers.json", settings | told),
        ("sentence_bert_config.json", {"max_seq_length": 20, "do_lower_case": False}),
    ):
        (folder / name).write_text(json.dumps(content))
    return folder


def original(folder: Path, **told: Any) -> Path:
    """A BERT with its projection among its weights."""
    base("bert", folder, "[unused0]", "[unused1]")
    weights = {f"bert.{name}": tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    torch.manual_seed(4)
    weights["linear.weight"] = torch.randn(DIM, WIDTH)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    model_folders.setting("config.json", architectures=["HF_ColBERT"])(folder)
    settings = {"query_token_id": "[unused0]", "doc_token_id": "[unused1]", "query_maxlen": 12, "doc_maxlen": 20}
    settings |= {"mask_punctuation": True, "attend_to_mask_tokens": False, "interaction": "colbert"}
    (folder / "artifact.metadata").write_text(json.dumps(settings | {"similarity": "cosine"} | told))
    return folder


def native(family: str, folder: Path, *, layers: int = 1, mask: Any = None, **reading: Any) -> Path:
    """As sentence-transformers saves it. layers: of the projection. mask: of MultiVectorMask. reading: of the
    transformer."""
    prompts = reading.pop("prompts", None)
    transformer = modules.Transformer(str(base(family, folder.with_name("base"))), max_seq_length=24, **reading)
    widths = [WIDTH, 24, DIM][-layers - 1 :] if layers > 1 else [WIDTH, DIM]
    torch.manual_seed(4)
    dense = [
        modules.Dense(
            a, b, bias=layers > 1, activation_function=torch.nn.Identity(), module_input_name="token_embeddings"
        )
        for a, b in pairwise(widths)
    ]
    last = [MultiVectorMask(**(mask or {})), modules.Normalize(module_input_name="token_embeddings")]
    model = MultiVectorEncoder(modules=[transformer, *dense, *last], device="cpu", prompts=prompts)
    model.save_pretrained(str(folder), create_model_card=False)
    return folder
