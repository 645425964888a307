"""How fast are pairs scored? askew's CrossEncoder against sentence-transformers', on the same 1,000 pairs; and late
interaction of the same size against the cross-encoder, on the 50 candidates of each query.

The model has the size of ms-marco-MiniLM-L6-v2 (6 layers, width 384, 12 heads) and random weights, so that nothing need
be fetched but the tokenizer of all-MiniLM-L6-v2: what is measured is time, and that both give the same scores.
"""

import hashlib
import shutil
import statistics
import string
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
from askew.encoders.onnx.late_interaction import LateInteractionEncoder, maximum_similarity
from askew.encoders.onnx.late_interaction import blueprint as late_blueprint
from askew.environment import cores
from askew.models import cards, pull
from askew.models.card import LateInteraction
from askew.types import Role

ROUNDS = 3
QUERIES, HITS = 20, 50
DIM, QUERY_TOKENS, DOCUMENT_TOKENS = 128, 32, 180  # ColBERT's
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


def late_interaction(folder: Path, scored: Path, precision: str) -> LateInteractionEncoder:
    """The same transformer with a random projection: speed only, its scores mean nothing."""
    import torch
    from safetensors.torch import load_file, save_file

    for file in ("config.json", "tokenizer.json"):
        shutil.copy(scored / file, folder)
    weights = load_file(scored / "model.safetensors")
    torch.manual_seed(2)
    save_file(weights | {"bert.linear.weight": torch.randn(DIM, 384)}, folder / "model.safetensors")
    reading = LateInteraction(
        query_tokens=QUERY_TOKENS,
        document_tokens=DOCUMENT_TOKENS,
        query_marker="[unused0]",
        document_marker="[unused1]",
        expanded=QUERY_TOKENS,
        filler="[MASK]",
        skipped=tuple(string.punctuation),
    )
    hashes = [sha256(folder / file) for file in ("model.safetensors", "config.json", "tokenizer.json")]
    return LateInteractionEncoder(late_blueprint("bert", reading, (), hashes, precision), folder, reading)


def by_query(given: list[tuple[str, str]], score: Callable[[list[tuple[str, str]]], object]) -> float:
    """Median seconds that the candidates of one query take."""
    taken = [seconds(lambda part=given[at : at + HITS]: score(part)) for at in range(0, len(given), HITS)]
    return statistics.median(taken)


def beside_late_interaction(cross_encoder: CrossEncoder, scored: Path, given: list[tuple[str, str]]) -> None:
    """Print the time of one query's candidates, of which no two methods read the same number of tokens."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        late = {name: late_interaction(Path(at), scored, name) for name, at in (("fp32", one), ("int8", other))}
        acts = {
            "cross-encoder, fp32": cross_encoder.score,
            **{f"late interaction, {n}": e.score for n, e in late.items()},
        }
        for act in acts.values():
            act(given[:HITS])
        best = {title: min(by_query(given, act) for _ in range(ROUNDS)) for title, act in acts.items()}
        (query, passage), encoder = given[0], late["fp32"]
        kept = encoder.encode([passage], Role.DOCUMENT).vectors[0]
        asked = encoder.encode([query], Role.QUERY).vectors[0]
        compared = seconds(lambda: maximum_similarity(asked, [kept] * HITS))
        for encoder in late.values():
            forget(encoder.blueprint)
    print(f"\n{HITS} candidates of a query, random weights (speed only)")
    for title, taken in best.items():
        print(f"{title:<28}{1000 * taken:>9.0f} ms")
    print(f"comparing alone {1000 * compared:.1f} ms; a passage's token vectors {kept.nbytes / 1000:.0f} KB in fp32")


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
        beside_late_interaction(encoder, folder, given)
        forget(encoder.blueprint)
    print(f"\n{len(given)} pairs, {cores()} cores, best of {ROUNDS} rounds\n\n{'':<28}{'pairs/s':>9}{'speed':>8}")
    slow = best["sentence-transformers 6.2"]
    for title, taken in best.items():
        print(f"{title:<28}{len(given) / taken:>9.0f}{slow / taken:>7.2f}x")
    apart = float(np.abs(scores["askew"] - scores["reference"]).max())
    print(f"\nfarthest apart {apart:.2g}, the scores' own spread {scores['reference'].std():.2g}")
    finish([Goal("rerank", slow / best["askew"], 1.5, "x"), Goal("rerank-same-scores", apart, 1e-4, most=True)])


if __name__ == "__main__":
    main()
