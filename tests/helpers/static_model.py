"""A small static model in model2vec's layout, in each form that its files take, and its vectors the slow, plain way."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

DIM = 24
TEXT = "the a cat dog sat on mat how long can stay home not unbelievable , two men playing chess password"
WORDS = TEXT.split()

Tensors = dict[str, np.ndarray]


def write(folder: Path, form: str) -> Path:
    """form: the precision of the vectors, or what else is in the files: weights, mapping, unigram."""
    tokenizer = _unigram() if form == "unigram" else _wordpiece()
    tokenizer.save(str(folder / "tokenizer.json"))
    size = tokenizer.get_vocab_size()
    rng = np.random.default_rng(11)
    vectors = rng.normal(0, 1, (size, DIM)).astype(np.float32)
    tensors = {"embeddings": vectors}
    if form == "float16":
        tensors = {"embeddings": vectors.astype(np.float16)}
    elif form == "int8":
        tensors = {"embeddings": (vectors * 40).clip(-127, 127).astype(np.int8)}
    elif form == "weights":
        tensors["weights"] = rng.uniform(0.1, 2, size).astype(np.float32)
    elif form == "mapping":
        tensors = {"embeddings": vectors[:9], "mapping": rng.integers(0, 9, size)}
        tensors["weights"] = rng.uniform(0.1, 2, size).astype(np.float32)
    elif form == "sentence-transformers":
        tensors = {"embedding.weight": vectors}
        (folder / "config_sentence_transformers.json").write_text(json.dumps({}))
    save_file(tensors, folder / "model.safetensors")
    if form != "sentence-transformers":
        (folder / "config.json").write_text(json.dumps({"normalize": True}))
    return folder


def change(folder: Path, how: Callable[[Tensors], Tensors]) -> None:
    tensors = how(load_file(folder / "model.safetensors"))
    save_file(tensors, folder / "model.safetensors")


def mean(folder: Path, text: str, longest: int, normalised: bool) -> np.ndarray:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tensors = load_file(folder / "model.safetensors")
    vectors = tensors.get("embeddings", tensors.get("embedding.weight"))
    ids = tokenizer.encode(text, add_special_tokens=False).ids[:longest]
    total, count = np.zeros(DIM), 0
    for number in ids:
        if number == tokenizer.token_to_id("[UNK]"):
            continue
        row = tensors["mapping"][number] if "mapping" in tensors else number
        weight = tensors["weights"][number] if "weights" in tensors else 1.0
        total += vectors[row].astype(np.float64) * weight
        count += 1
    average = total / max(count, 1)
    return average / (np.linalg.norm(average) or 1.0) if normalised else average


def _wordpiece() -> Tokenizer:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *"bcdefghij", *(f"##{letter}" for letter in "abcdefghij")]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    _as_their_makers_leave_it(tokenizer)
    return tokenizer


def _unigram() -> Tokenizer:
    pieces = [("[UNK]", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), *((f"▁{word}", -2.0) for word in WORDS), ("▁", -3.0)]
    tokenizer = Tokenizer(models.Unigram([*pieces, *((letter, -4.0) for letter in "abcdefgh,")], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    _as_their_makers_leave_it(tokenizer)
    return tokenizer


def _as_their_makers_leave_it(tokenizer: Tokenizer) -> None:
    """With special tokens, a truncation and a padding of its own: none of them may matter."""
    places = [("[CLS]", tokenizer.token_to_id("[CLS]")), ("[SEP]", tokenizer.token_to_id("[SEP]"))]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=places)
    tokenizer.enable_truncation(5)
    tokenizer.enable_padding(length=5)
