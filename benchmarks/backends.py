"""Would OpenVINO encode faster than ONNX Runtime? The same texts, tokens and batches through both, in one run.

OpenVINO runs the model in float32, bfloat16 and 8 bits (quantised by its own tool, with SmoothQuant), two requests at
once. Not part of `make bench`: it needs openvino and nncf, installed by hand into the benchmarks' environment.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import nncf
import numpy as np
import openvino
import torch
from reference import MODEL
from texts import mixed

from askew import Role
from askew.encoders.loading import load
from askew.encoders.tokens import Tokens, batches
from askew.environment import cores
from askew.models import cards, pull
from askew.types import FloatMatrix

ROUNDS = 3
CALIBRATED = 150
"""Texts that set the ranges of 8 bits."""
BATCHES = (512, 2048)
"""Tokens of a batch."""


class Model(torch.nn.Module):
    """The transformer, its mean and its normalisation; the texts of a batch have the same length, as in askew."""

    def __init__(self) -> None:
        from transformers import AutoModel

        super().__init__()
        self.body = AutoModel.from_pretrained(pull.find(cards.get(MODEL)))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(self.body(input_ids=ids).last_hidden_state.mean(1), dim=1)


def compiled(model: Any, precision: str) -> Any:
    settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": cores(), "INFERENCE_NUM_THREADS": cores()}
    return openvino.AsyncInferQueue(openvino.Core().compile_model(model, "CPU", settings), cores())


def encoded(queue: Any, tokens: Tokens, texts: list[str], size: int) -> FloatMatrix:
    ids = tokens.tokenise(texts).ids
    vectors = np.empty((len(texts), 384), np.float32)

    def keep(request: Any, rows: np.ndarray) -> None:
        vectors[rows] = request.get_output_tensor(0).data

    queue.set_callback(keep)
    for rows in batches(np.array([len(one) for one in ids]), size):
        queue.start_async({0: np.stack([ids[row] for row in rows])}, rows)
    queue.wait_all()
    return vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=600)
    texts, card = mixed(parser.parse_args().texts), cards.get(MODEL)
    tokens = Tokens(pull.find(card) / "tokenizer.json", card.max_tokens)
    whole = openvino.convert_model(
        Model().eval(), example_input=torch.zeros(1, 8, dtype=torch.long), input=[openvino.PartialShape([-1, -1])]
    )
    shown = nncf.Dataset([np.array([one]) for one in tokens.tokenise(texts[:CALIBRATED]).ids])
    small = nncf.quantize(whole, shown, model_type=nncf.ModelType.TRANSFORMER, subset_size=CALIBRATED)
    acts: dict[str, Callable[[], FloatMatrix]] = {}
    for precision in ("fp32", "int8"):
        encoder = load(card, "question-answering", precision)
        acts[f"askew {precision}"] = lambda encoder=encoder: encoder.encode(texts, Role.DOCUMENT).vectors
    for name, model, precision in (("float32", whole, "f32"), ("bfloat16", whole, "bf16"), ("int8", small, "f32")):
        queue = compiled(model, precision)
        for size in BATCHES:
            acts[f"OpenVINO {name}, {size} tokens"] = lambda queue=queue, size=size: encoded(queue, tokens, texts, size)
    best, vectors = dict.fromkeys(acts, float("inf")), {}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            start = time.perf_counter()
            vectors[name] = act()
            best[name] = min(best[name], time.perf_counter() - start)
    print(f"{'':<32}{'texts/s':>9}{'speed':>8}{'lowest cosine':>15}{'mean':>9}")
    for name, taken in best.items():
        cosines = (vectors[name] * vectors["askew fp32"]).sum(axis=1)
        speed = best["askew fp32"] / taken
        print(
            f"{name:<32}{len(texts) / taken:>9.0f}{speed:>7.2f}x{cosines.min():>15.5f}{cosines.mean():>9.5f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
