"""Do queries made from the documents rank configurations as people's labels do? Kendall's tau on two labelled sets.

The configurations, some wrong on purpose: the prompts of another family, instructions for another task, raw vectors by
the dot product where cosine is right, texts cut at 32 tokens, a model without weights. Vectors are kept in the cache,
so that a second run takes a minute.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from goals import Goal, finish
from scipy.stats import kendalltau

from askew import Document, Role, read
from askew.evaluation.qrels import read_qrels
from askew.recommend.configurations import (
    Configuration,
    Encoding,
    labelled_benchmark,
    synthetic_benchmark,
    with_prompts,
)
from askew.recommend.grid_search import grid_search
from askew.tasks import get

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("nfcorpus", "squad-dev")
MOST = 2000  # documents of a set
MODEL = "all-MiniLM-L6-v2"


def configurations() -> list[Configuration]:
    plain = Encoding(MODEL)
    e5 = with_prompts(plain, "E5's", {Role.QUERY: "query: ", Role.DOCUMENT: "passage: "})
    other = with_prompts(
        plain,
        "for another task",
        {
            Role.QUERY: "Represent the Chemistry sentence for retrieving the most similar molecule in Spanish: ",
            Role.DOCUMENT: "Represent the legal clause for classifying the sentiment of a tweet about football: ",
        },
    )
    raw = replace(plain, raw=True)
    hashing = Encoding("hashing")
    whole = [plain, e5, other, hashing, *(replace(plain, max_tokens=size) for size in (32, 64, 128))]
    chunks = [replace(plain, chunk_tokens=size) for size in (64, 128)]
    return [
        *map(Configuration, [*whole, *chunks]),
        Configuration(raw, similarity="dot"),
        Configuration(plain, "hybrid", (3, 1)),
        Configuration(plain, "hybrid", (1, 1)),
        Configuration(plain, "hybrid", (1, 3)),
        Configuration(hashing, "hybrid", (1, 1)),
        Configuration(plain, "lexical"),
        Configuration(chunks[0], "lexical"),
    ]


def tried(folder: Path, most_queries: int) -> float:
    documents = read([folder / "corpus.jsonl"]).documents
    rows = map(json.loads, (folder / "queries.jsonl").read_text("utf-8").splitlines())
    queries = [Document(row["_id"], row["text"]) for row in rows]
    task, start = get("question-answering"), time.perf_counter()
    labels = grid_search(
        labelled_benchmark(
            documents,
            queries,
            read_qrels(folder / "qrels.tsv"),
            most_documents=MOST,
            most_queries=most_queries,
        ),
        configurations(),
        task,
    )
    without = grid_search(
        synthetic_benchmark(documents, most_documents=MOST, most_queries=most_queries), configurations(), task
    )
    scores = {standing.configuration: standing.score for standing in without.standings}
    order = sorted(scores, key=lambda one: -scores[one])
    trial = labels.trial
    ways = {way: list(without.trial.ways.values()).count(way) for way in sorted(set(without.trial.ways.values()))}
    print(
        f"\n{folder.name}: {len(trial.documents):,} of {trial.among:,} documents, {len(trial.queries)} labelled queries"
    )
    print(f"made from the documents: {len(without.trial.queries)} queries, {ways}")
    print(f"{'labels':>8}{'made':>8}  rank  configuration")
    for standing in labels.standings:
        made = scores[standing.configuration]
        print(
            f"{standing.score:>8.4f}{made:>8.4f}{order.index(standing.configuration) + 1:>6}  {standing.configuration}"
        )
    pairs = [(standing.score, scores[standing.configuration]) for standing in labels.standings]
    tau = kendalltau(*zip(*pairs, strict=True))
    print(f"Kendall's tau {tau.statistic:.3f} (p {tau.pvalue:.1g}), {time.perf_counter() - start:.0f} s")
    return float(tau.statistic)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the sets, in the layout of BEIR")
    parser.add_argument("--queries", type=int, default=300, help="judged queries of a set, and as many made ones")
    parser.add_argument("sets", nargs="*", default=list(SETS))
    given = parser.parse_args()
    missing = [name for name in given.sets if not (given.data / name / "corpus.jsonl").exists()]
    if missing:
        sys.exit(f"{', '.join(missing)} is not in {given.data}: name the folder of the sets with --data.")
    print(f"{len(configurations())} configurations")
    finish([Goal(f"tournament-{name}-tau", tried(given.data / name, given.queries), 0.7) for name in given.sets])


if __name__ == "__main__":
    main()
