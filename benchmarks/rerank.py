"""How fast are pairs scored? askew's CrossEncoder against sentence-transformers', on the same 1,000 pairs.

The model has the size of ms-marco-MiniLM-L6-v2 (6 layers, width 384, 12 heads) and random weights, so that nothing need
be fetched but the tokenizer of all-MiniLM-L6-v2: what is measured is time, and that both give the same scores.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish
from reference import MODEL
from texts import mixed

from askew.encoders.onnx import cross
from askew.encoders.onnx.compiled import forget
from askew.encoders.onnx.cross import CrossEncoder
from askew.environment import cores
from askew.models import cards, pull

ROUNDS = 3
QUERIES, HITS = 20, 50
MAX_TOKENS = 512


def pairs() -> list[tuple[str, str]]:
    """Each query with its hits, as a search would bring them."""
    queries, passages = mixed(QUERIES, longest=12, seed=1), mixed(QUERIES * HITS, seed=2)
    return [(queries[number // HITS], passage) for number, passage in enumerate(passages)]


def save(folder: Path) -> None:
    """A random model in the hub's layout."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(1)
    sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
    model = BertForSequenceClassification(BertConfig(vocab_size=30522, num_labels=1, **sizes)).eval()
    with torch.no_grad():  # the usual start is so small that all pairs score alike
        for name, weights in model.named_parameters():
            weights.mul_(1.0 if "LayerNorm" in name else 3.0)
    model.save_pretrained(folder)
    words = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    file = str(pull.find(cards.get(MODEL)) / "tokenizer.json")
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    PreTrainedTokenizerFast(tokenizer_file=file, model_input_names=inputs, **words).save_pretrained(folder)


def sentence_transformer(folder: Path) -> Any:
    import sentence_transformers
    import torch

    return sentence_transformers.CrossEncoder(str(folder), max_length=MAX_TOKENS, activation_fn=torch.nn.Identity())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    given = pairs()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder)
        hashes = [sha256(folder / file) for file in ("model.safetensors", "config.json", "tokenizer.json")]
        encoder = CrossEncoder(cross.blueprint("bert", "identity", MAX_TOKENS, hashes), folder)
        reference = sentence_transformer(folder)
        scores: dict[str, np.ndarray] = {}
        acts: dict[str, Callable[[], object]] = {
            "sentence-transformers 6.2": lambda: scores.update(reference=reference.predict(given)),
            "askew": lambda: scores.update(askew=encoder.score(given)),
        }
        encoder.score(given[:64])
        reference.predict(given[:64])
        best = dict.fromkeys(acts, float("inf"))
        for _ in range(ROUNDS):  # interleaved, so that a slow minute of the machine meets everyone
            for title, act in acts.items():
                best[title] = min(best[title], seconds(act))
        forget(encoder.blueprint)
    print(f"{len(given)} pairs, {cores()} cores, best of {ROUNDS} rounds\n\n{'':<28}{'pairs/s':>9}{'speed':>8}")
    slow = best["sentence-transformers 6.2"]
    for title, taken in best.items():
        print(f"{title:<28}{len(given) / taken:>9.0f}{slow / taken:>7.2f}x")
    apart = float(np.abs(scores["askew"] - scores["reference"]).max())
    print(f"\nfarthest apart {apart:.2g}, the scores' own spread {scores['reference'].std():.2g}")
    finish([Goal("rerank", slow / best["askew"], 1.5, "x"), Goal("rerank-same-scores", apart, 1e-4, most=True)])


if __name__ == "__main__":
    main()
