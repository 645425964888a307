"""The same tiny models by the reference libraries: made with transformers, encoded with sentence-transformers.

Only for tests that have skipped where PyTorch is missing.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from helpers import tiny_tokenizers
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer import modules

TYPED = ("bert", "dpr")  # whose tokenizers tell the texts of a pair apart
WORDS = {
    "bert": "Bert",
    "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
    "mpnet": "MPNet",
    "distilbert": "DistilBert",
}
SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
DISTIL_SIZES = {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4}


def save(architecture: str, folder: Path, head: str = "Model", kind: type | None = None, **facts: Any) -> Path:
    """A random model as transformers saves it. `head`: "Model", or "ForSequenceClassification"."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizers.KINDS[architecture](folder / "tokenizer.json")
    sizes = DISTIL_SIZES if architecture == "distilbert" else SIZES
    settings = sizes | {"vocab_size": tokenizer.get_vocab_size(), "max_position_embeddings": 120, "pad_token_id": 1}
    if architecture in TYPED:
        settings["pad_token_id"] = 0
    if kind:
        config: Any = transformers.DPRConfig(**settings, **facts)
    else:
        config = getattr(transformers, WORDS[architecture] + "Config")(**settings, **facts)
        kind = getattr(transformers, WORDS[architecture] + head)
    torch.manual_seed(7)
    model = kind(config).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            shift = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
            weights.copy_(shift + 0.2 * torch.randn_like(weights))
    model.save_pretrained(folder)
    _tokenizer(architecture, tokenizer).save_pretrained(folder)
    return folder


def _tokenizer(architecture: str, tokenizer: Any) -> Any:
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if architecture in TYPED else [])]
    marks = (
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] if tokenizer.token_to_id("[CLS]") else ["<pad>", "<unk>", "<s>", "</s>"]
    )
    if tokenizer.token_to_id(marks[1]) is None:
        marks[1] = "[UNK]"
    words = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), marks, strict=True))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=names, **words)


def encode(
    folder: Path,
    texts: Sequence[str],
    max_tokens: int,
    pooling: str = "mean",
    normalised: bool = True,
    dense: "torch.nn.Module | None" = None,
    prompt: str = "",
) -> np.ndarray:
    transformer = modules.Transformer(str(folder), max_seq_length=max_tokens)
    pool = modules.Pooling(transformer.get_embedding_dimension(), pooling_mode=pooling.replace("_", ""))
    parts = [transformer, pool, *([dense] if dense else []), *([modules.Normalize()] if normalised else [])]
    return SentenceTransformer(modules=parts, device="cpu").encode(list(texts), prompt=prompt or None)


def dense(folder: Path, inputs: int, outputs: int, activation: Any, bias: bool = True) -> torch.nn.Module:
    """Saved where sentence-transformers saves it: 2_Dense."""
    torch.manual_seed(3)
    layer = modules.Dense(inputs, outputs, bias=bias, activation_function=activation)
    shutil.rmtree(folder / "2_Dense", ignore_errors=True)
    (folder / "2_Dense").mkdir()
    layer.save(str(folder / "2_Dense"))
    return layer


def score(folder: Path, pairs: Sequence[tuple[str, str]], max_tokens: int, activation: str) -> np.ndarray:
    functions = {"identity": torch.nn.Identity(), "sigmoid": torch.nn.Sigmoid()}
    model = CrossEncoder(str(folder), max_length=max_tokens, activation_fn=functions[activation], device="cpu")
    return model.predict(list(pairs))


def tower(folder: Path, kind: type, texts: Sequence[str], titles: Sequence[str], max_tokens: int) -> np.ndarray:
    """One text at a time by plain transformers; with a title, the pair of both."""
    model = kind.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = []
    for text, title in zip(texts, titles, strict=True):
        cut = {"truncation": "only_second" if title else True, "max_length": max_tokens, "return_tensors": "pt"}
        inputs = tokenizer([title], [text], **cut) if title else tokenizer([text], **cut)
        with torch.no_grad():
            rows.append(model(**inputs).pooler_output[0].numpy())
    return np.stack(rows)
