"""Does reranking keep its time budget? 200 searches that each rerank as many of 100 candidates as fit.

The cross-encoder has the size of ms-marco-MiniLM-L6-v2 and random weights (see rerank.py): what is measured is time.
The budget is for reranking; finding the candidates comes on top, and is printed.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from goals import Goal, finish
from rerank import MAX_TOKENS, save, sha256
from texts import mixed

from askew import Document, Index
from askew.encoders.onnx import cross
from askew.encoders.onnx.compiled import forget
from askew.encoders.onnx.cross import CrossEncoder
from askew.search.rerank import Reranker

BUDGETS = (0.1, 0.3, 1.0)  # seconds
PASSAGES = 2000
HEADING = "".join(
    f"{name:>12}" for name in ("budget", "p50", "p95", "worst", "search p95", "scored p50", "fewest", "most")
)


def searched(
    index: Index, queries: list[str], reranker: Reranker, budget: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds of reranking, seconds of the whole search, and candidates scored, of each query."""
    rows = []
    for query in queries:
        start = time.perf_counter()
        told = index.search(query, 10, rerank=reranker, budget=budget).reranking
        rows.append((told.seconds, time.perf_counter() - start, told.scored))
    return tuple(np.array(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=200)
    count = parser.parse_args().queries
    queries = mixed(count, longest=12, seed=1)
    goals = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder)
        hashes = [sha256(folder / file) for file in ("model.safetensors", "config.json", "tokenizer.json")]
        encoder = CrossEncoder(cross.blueprint("bert", "identity", MAX_TOKENS, hashes), folder)
        encoder.score([("open", "the model")])
        documents = [Document(str(i), text) for i, text in enumerate(mixed(PASSAGES, seed=2))]
        with Index.create(folder / "index", "question-answering", model="hashing") as index:
            index.add(documents)
            print(f"{count} queries, 100 candidates each, times in ms\n\n{HEADING}")
            for budget in BUDGETS:
                taken, whole, scored = searched(index, queries, Reranker("random", encoder), budget)
                middle, late = np.quantile(taken, [0.5, 0.95])
                times = [1000 * value for value in (budget, middle, late, taken.max(), np.quantile(whole, 0.95))]
                counts = [np.median(scored), scored.min(), scored.max()]
                print("".join(f"{value:>12.0f}" for value in (*times, *counts)))
                goals.append(Goal(f"budget-{budget * 1000:.0f}ms", late / budget, 1.2, "x", most=True))
        forget(encoder.blueprint)
    print()
    finish(goals)


if __name__ == "__main__":
    main()
