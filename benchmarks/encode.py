"""How fast are texts encoded? askew in fp32 and int8 against sentence-transformers, on the same 2,000 texts.

Also: which share of the machine's own single-precision matrix rate fp32 reaches from text to vector. That
rate is the best of numpy, PyTorch and ONNX Runtime at a product of two 2,048 × 2,048 matrices on all cores.
"""

import time
from collections.abc import Callable

import numpy as np
from goals import Goal, finish
from reference import MODEL, sentence_transformer
from texts import mixed

from askew import Role
from askew.encoders.loading import load
from askew.encoders.tokens import Tokens
from askew.environment import cores
from askew.models import cards, pull

ROUNDS = 3
TEXTS = 2000


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def matrix_rates(side: int = 2048) -> dict[str, float]:
    """Floating-point operations per second, for each library."""
    import onnxruntime
    import torch
    from onnx import TensorProto, helper, numpy_helper

    a = np.random.default_rng(1).standard_normal((side, side), np.float32)
    tensor = torch.from_numpy(a)
    shape = [side, side]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(a, "b")],
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    acts = {
        "numpy": lambda: a @ a,
        "PyTorch": lambda: tensor @ tensor,
        "ONNX Runtime": lambda: session.run(None, {"a": a}),
    }
    return {name: 2 * side**3 / min(seconds(act) for _ in range(8)) for name, act in acts.items()}


def operations(texts: list[str]) -> float:
    """Of the matrix products that MiniLM-L6 (width 384, inner 1,536, 6 layers) needs for these texts."""
    card = cards.get(MODEL)
    lengths = [len(ids) for ids in Tokens(pull.find(card) / "tokenizer.json", card.max_tokens).tokenise(texts).ids]
    return sum(6 * n * (2 * (4 * 384 * 384 + 2 * 384 * 1536) + 4 * n * 384) for n in lengths)


def main() -> None:
    texts, card = mixed(TEXTS), cards.get(MODEL)
    fp32, int8 = (load(card, "question-answering", precision) for precision in ("fp32", "int8"))
    reference = sentence_transformer()
    vectors: dict[str, np.ndarray] = {}

    def remember(name: str, value: np.ndarray) -> None:
        vectors[name] = value

    acts: dict[str, Callable[[], object]] = {
        "sentence-transformers 6.2": lambda: remember("reference", reference.encode(texts)),
        "askew fp32": lambda: remember("fp32", fp32.encode(texts, Role.DOCUMENT).vectors),
        "askew int8": lambda: remember("int8", int8.encode(texts, Role.DOCUMENT).vectors),
    }
    for encoder in (fp32, int8):
        encoder.encode(texts[:64], Role.DOCUMENT)
    reference.encode(texts[:64])
    best = dict.fromkeys(acts, float("inf"))
    rates: dict[str, float] = {}
    for _ in range(ROUNDS):  # interleaved, so that a slow minute of the machine meets everyone
        for name, act in acts.items():
            best[name] = min(best[name], seconds(act))
        rates = {name: max(rate, rates.get(name, 0)) for name, rate in matrix_rates().items()}

    work, rate = operations(texts), max(rates.values())
    print(f"{TEXTS} texts, {cores()} cores, best of {ROUNDS} rounds\n")
    for name, rated in rates.items():
        print(f"matrix rate, {name:<14} {rated / 1e9:6.0f} Gflop/s")
    print(f"\n{'':<28}{'texts/s':>9}{'Gflop/s':>9}{'of rate':>9}{'speed':>8}")
    slow = best["sentence-transformers 6.2"]
    for name, taken in best.items():
        share = f"{work / taken / rate:.0%}" if "int8" not in name else "-"
        print(f"{name:<28}{TEXTS / taken:>9.0f}{work / taken / 1e9:>9.0f}{share:>9}{slow / taken:>7.2f}x")
    agree = {name: float((vectors[name] * vectors["reference"]).sum(axis=1).min()) for name in ("fp32", "int8")}
    print(f"\nlowest cosine with the reference: fp32 {agree['fp32']:.7f}, int8 {agree['int8']:.5f}")
    finish(
        [
            Goal("encode-fp32", slow / best["askew fp32"], 1.9, "x"),
            Goal("encode-int8", slow / best["askew int8"], 3.0, "x"),
            Goal("encode-fp32-cosine", agree["fp32"], 0.9999),
            Goal("encode-matrix-share", work / best["askew fp32"] / rate, 0.8),
        ]
    )


if __name__ == "__main__":
    main()
