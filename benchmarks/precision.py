"""What do the precision of stored vectors and their truncation cost, and what do they save? On NFCorpus and SQuAD.

One encoding by all-MiniLM-L6-v2 is stored in each precision: nDCG@10, the share of the ten best of float32 that are
still found, megabytes of the vector file and of the whole index, and the median time of a search by a given vector.
all-MiniLM-L6-v2 was not trained to be truncated: the rows for 256 and 128 dimensions show what that costs, and why
askew refuses it.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import ir_measures
import numpy as np
from goals import Goal, finish
from ir_measures import nDCG

from askew import Index, read
from askew.encoders.cache import CachedEncoder
from askew.encoders.loading import load
from askew.evaluation.qrels import read_qrels
from askew.models import cards, matryoshka
from askew.quantisation import Precision

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("nfcorpus", "squad-dev")
TASK = "question-answering"
MODEL = "all-MiniLM-L6-v2"
DIMS = (256, 128)
QUERIES = 1000
TIMED = 300


@dataclass(frozen=True)
class Row:
    ndcg: float
    found: dict[str, set[str]]
    vectors_mb: float
    index_mb: float
    ms: float
    facts: dict


def measured(folder: Path, encoder: CachedEncoder, precision: str, data: Path, queries: dict, qrels: dict) -> Row:
    name = folder / f"{precision}-{encoder.signature.dim}"
    with Index.create(name, TASK, policy="accept", encoder=encoder, vectors=precision) as index:
        index.add(read([data / "corpus.jsonl"]).documents)
        index.optimise()
        texts = [queries[id] for id in qrels]
        rankings = index.rank(texts, 10, mode="dense")
        vectors = index.sealed.encode_queries(texts[:TIMED], "searching")
        ms = []
        for vector in vectors:
            start = time.perf_counter()
            index.store.nearest(vector[None], 10)
            ms.append(1000 * (time.perf_counter() - start))
        facts, size = dict(index.facts()), index.sizes().bytes
    [file] = name.with_suffix(".askew").glob("vectors-*")
    found = {id: {entry.document for entry in ranking} for id, ranking in zip(qrels, rankings, strict=True)}
    run = {id: {entry.document: entry.score for entry in ranking} for id, ranking in zip(qrels, rankings, strict=True)}
    ndcg = ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10]
    return Row(ndcg, found, file.stat().st_size / 1e6, size / 1e6, statistics.median(ms), facts)


def overlap(one: Row, other: Row) -> float:
    return float(np.mean([len(one.found[id] & other.found[id]) / max(len(one.found[id]), 1) for id in one.found]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the sets, in the layout of BEIR")
    data = parser.parse_args().data
    if not all((data / name / "corpus.jsonl").exists() for name in SETS):
        sys.exit(f"{' and '.join(SETS)} are not in {data}: name their folder, in the layout of BEIR, with --data.")
    card = replace(cards.get(MODEL), dims=DIMS)
    goals = []
    for name in SETS:
        rows = map(json.loads, (data / name / "queries.jsonl").read_text("utf-8").splitlines())
        queries = {row["_id"]: row["text"] for row in rows}
        judged = read_qrels(data / name / "qrels.tsv")
        asked = [id for id in judged if id in queries][:QUERIES]
        qrels = {id: {document: int(grade) for document, grade in judged[id].items()} for id in asked}
        found: dict[str, Row] = {}
        with tempfile.TemporaryDirectory() as folder:
            for label, dim, precision in (
                *((str(one), card.dim, str(one)) for one in Precision),
                *((f"float32, {dim} dimensions", dim, "float32") for dim in DIMS),
            ):
                encoder = CachedEncoder(load(matryoshka.truncated(card, dim), TASK))
                found[label] = measured(Path(folder), encoder, precision, data / name, queries, qrels)
        show(name, found)
        goals += goals_of(name, found)
    finish(goals)


def show(name: str, found: dict[str, Row]) -> None:
    whole = found["float32"]
    heads = ("nDCG@10", "recall@10", "noted", "vectors MB", "index MB", "ms")
    print(f"\n{name:<24}" + "".join(f"{head:>11}" for head in heads))
    for label, row in found.items():
        noted = row.facts.get("stored", {}).get("recall", 1.0)
        figures = (f"{row.ndcg:.4f}", f"{overlap(whole, row):.4f}", f"{noted:.4f}", f"{row.vectors_mb:.3f}")
        figures = (*figures, f"{row.index_mb:.2f}", f"{row.ms:.2f}")
        print(f"{label:<24}" + "".join(f"{figure:>11}" for figure in figures))


def goals_of(name: str, found: dict[str, Row]) -> list[Goal]:
    whole = found["float32"]
    loss = {label: whole.ndcg - row.ndcg for label, row in found.items()}
    less = {label: whole.vectors_mb / row.vectors_mb for label, row in found.items()}
    return [
        Goal(f"precision-{name}-int8-lost", loss["int8"], 0.005, most=True),
        Goal(f"precision-{name}-binary-lost", loss["binary"], 0.01, most=True),
        Goal(f"precision-{name}-float16-smaller", less["float16"], 2.0),
        Goal(f"precision-{name}-int8-smaller", less["int8"], 3.9),
        Goal(f"precision-{name}-binary-smaller", less["binary"], 7.8),
    ]


if __name__ == "__main__":
    main()
