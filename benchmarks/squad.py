"""Is hybrid search better than either of its halves? All questions of SQuAD 1.1's development set.

nDCG@10 by meaning, by words and by both, with equal weights: nothing is learned from these questions.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import ir_measures
from goals import Goal, finish
from ir_measures import R, nDCG

from askew import Index, read
from askew.evaluation.qrels import read_qrels

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "squad-dev"
MODES = ("lexical", "dense", "hybrid")
FIRST = 1500  # questions of which BM25's published 0.900 was measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a set in the layout of BEIR")
    data = parser.parse_args().data
    if not (data / "corpus.jsonl").exists():
        sys.exit(f"SQuAD is not at {data}: name its folder, in the layout of BEIR, with --data.")
    rows = map(json.loads, (data / "queries.jsonl").read_text("utf-8").splitlines())
    qrels = read_qrels(data / "qrels.tsv")
    queries = {row["_id"]: row["text"] for row in rows if row["_id"] in qrels}
    judged = {id: {document: int(value) for document, value in qrels[id].items()} for id in queries}
    first = {id: judged[id] for id in list(queries)[:FIRST]}
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, Index.create(Path(name) / "squad", "question-answering") as index:
        start = time.perf_counter()
        index.add(read([data / "corpus.jsonl"]).documents)
        sizes = index.sizes()
        taken = time.perf_counter() - start
        print(f"{sizes.documents:,} documents in {sizes.passages:,} passages, indexed in {taken:.0f} s")
        print(f"{len(queries):,} questions, and the first {FIRST:,} of them\n")
        print(f"{'':<10}{'nDCG@10':>9}{'R@100':>8}{'first':>8}{'ms a query':>12}")
        for mode in MODES:
            start = time.perf_counter()
            rankings = index.rank(list(queries.values()), 100, mode=mode)
            each = (time.perf_counter() - start) * 1000 / len(queries)
            run = {id: {e.document: e.score for e in ranking} for id, ranking in zip(queries, rankings, strict=True)}
            every = ir_measures.calc_aggregate([nDCG @ 10, R @ 100], judged, run)
            begun = ir_measures.calc_aggregate([nDCG @ 10], first, {id: run[id] for id in first})
            found[mode], found[f"{mode}-first"] = every[nDCG @ 10], begun[nDCG @ 10]
            print(f"{mode:<10}{every[nDCG @ 10]:>9.4f}{every[R @ 100]:>8.4f}{begun[nDCG @ 10]:>8.4f}{each:>12.2f}")
    print()
    finish(
        [
            Goal("squad-hybrid-above-lexical", found["hybrid"] - found["lexical"], 0.0),
            Goal("squad-hybrid-above-dense", found["hybrid"] - found["dense"], 0.0),
            Goal(f"squad-hybrid-first-{FIRST}", found["hybrid-first"], 0.9),
        ]
    )


if __name__ == "__main__":
    main()
