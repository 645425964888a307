"""How fast are texts encoded on a GPU? askew, which pads nothing, against sentence-transformers, on the same texts.

A random BERT of MiniLM's size: six layers of 384. Ends at once where there is no GPU.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import transformers
from goals import Goal, finish
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from texts import mixed

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from helpers import tiny_tokenizers

from askew.encoders.signature import Signature
from askew.encoders.torch import TorchEncoder
from askew.similarity import Similarity
from askew.types import Role

TEXTS, ROUNDS, DIM, LONGEST = 10_000, 3, 384, 256


def made(folder: Path) -> Path:
    tokenizer = tiny_tokenizers.wordpiece(folder / "tokenizer.json")
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=DIM,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
    )
    transformers.BertModel(config).eval().save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", eos_token="[SEP]", unk_token="[UNK]"
    ).save_pretrained(folder)
    return folder


def best(act) -> tuple[float, np.ndarray]:  # noqa: ANN001
    act()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        vectors = act()
        taken.append(time.perf_counter() - start)
    return min(taken), vectors


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit("There is no GPU here.")
    texts = mixed(TEXTS, longest=150)
    with tempfile.TemporaryDirectory() as name:
        home = made(Path(name))
        sealed = Signature(
            model="random", weights={"both": "0"}, tokenizer={"both": "0"}, config={"both": "0"},
            architecture="sentence-transformers", pooling="mean", dense="", normalised=True,
            similarity=Similarity.COSINE, dim=DIM, max_tokens=LONGEST, prompts={}, titles="space",
            precision="fp32", recipe=1,
        )  # fmt: skip
        print(torch.cuda.get_device_name(0))
        goals = []
        for precision in ("fp32", "bf16"):
            encoder = TorchEncoder(replace(sealed, precision=precision), home)
            ours, vectors = best(lambda e=encoder: e.encode(texts, Role.DOCUMENT).vectors)
            dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
            transformer = modules.Transformer(str(home), max_seq_length=LONGEST, model_kwargs={"dtype": dtype})
            peer = SentenceTransformer(
                modules=[transformer, modules.Pooling(DIM, "mean"), modules.Normalize()], device="cuda"
            )
            speeds = {}
            for size in (32, 256):
                theirs, reference = best(lambda s=size, p=peer: p.encode(texts, batch_size=s, show_progress_bar=False))
                speeds[size] = theirs
            cosine = float((vectors * reference).sum(axis=1).min())
            told = ", ".join(f"{TEXTS / s:,.0f} in batches of {b}" for b, s in speeds.items())
            print(f"{precision}: askew {TEXTS / ours:,.0f} texts/s; sentence-transformers {told}")
            print(f"      least cosine {cosine:.7f}")
            goals.append(Goal(f"gpu-{precision}-times-sentence-transformers", min(speeds.values()) / ours, 1.0))
        finish(goals)


if __name__ == "__main__":
    main()
