r"""Do queries made from the documents rank configurations as people's labels do? Kendall's tau on two labelled sets.

The configurations, some wrong on purpose: the prompts of another family, instructions for another task, raw vectors by
the dot product where cosine is right, texts cut at 32 tokens, a model without weights. Vectors are kept in the cache,
so that a second run takes a minute.

With --models, models instead: dense and hybrid search by each, and by the pairs among them, with labels and without.
The goal is what the recommendation made without labels loses on the labels. A model that a few documents show to be too
slow for --time is left out; what it has encoded is kept.

    python benchmarks/tournament.py nfcorpus squad-dev --documents 500 --queries 100 --time 900 \
        --models all-MiniLM-L6-v2 all-mpnet-base-v2
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
from askew.recommend import text_report
from askew.recommend.advice import recommendation
from askew.recommend.configurations import (
    WEIGHTS,
    Benchmark,
    Configuration,
    Encoding,
    labelled_benchmark,
    synthetic_benchmark,
    with_prompts,
)
from askew.recommend.grid_search import GridSearch, grid_search
from askew.recommend.two_sizes import measured_cost, pairs_at_hand, two_sizes
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


def benchmarks(folder: Path, most_documents: int, most_queries: int) -> tuple[Benchmark, Benchmark]:
    """Return a set with its labels, and with queries made from its documents."""
    documents = read([folder / "corpus.jsonl"]).documents
    rows = map(json.loads, (folder / "queries.jsonl").read_text("utf-8").splitlines())
    queries = [Document(row["_id"], row["text"]) for row in rows]
    qrels, most = read_qrels(folder / "qrels.tsv"), {"most_documents": most_documents, "most_queries": most_queries}
    return labelled_benchmark(documents, queries, qrels, **most), synthetic_benchmark(documents, **most)


def tried(folder: Path, most_documents: int, most_queries: int) -> float:
    task, start = get("question-answering"), time.perf_counter()
    labels, without = (
        grid_search(trial, configurations(), task) for trial in benchmarks(folder, most_documents, most_queries)
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


def between(folder: Path, models: list[str], most_documents: int, most_queries: int, seconds: float) -> float:
    """Return what the recommendation made without labels loses on the labels in nDCG@10, against the one with them."""
    task = get("question-answering")
    encodings = [*map(Encoding, models), *pairs_at_hand(models, task, models)]
    every = [Configuration(encoding) for encoding in encodings]
    every += [Configuration(encoding, "hybrid", weights) for encoding in encodings for weights in WEIGHTS]
    every.append(Configuration(encodings[0], "lexical"))
    labels, without = (
        grid_search(trial, every, task, seconds=seconds) for trial in benchmarks(folder, most_documents, most_queries)
    )
    for search in (labels, without):
        print(f"\n{folder.name}: {text_report.evidence(search)}")
        report(search)
    scores = {standing.configuration: standing.score for standing in labels.standings}
    chosen = recommendation(without).best.configuration
    if chosen not in scores:
        sys.exit(f"{chosen} was not measured with labels: give it more --time.")
    lost = recommendation(labels).best.score - scores[chosen]
    print(f"recommended without labels: {chosen}; on the labels {scores[chosen]:.4f}, {lost:.4f} below the best")
    return lost


def report(search: GridSearch) -> None:
    """Print the results, the recommendation with its figures, and what each model costs: documents, and each query."""
    task, found, trial = get("question-answering"), recommendation(search), search.trial
    tried_bytes = sum(len(document.text.encode()) for document in trial.documents)
    size = trial.among, tried_bytes * trial.among // len(trial.documents)  # of the whole set
    for standing in search.standings:
        print(f"{standing.score:>8.4f}  {standing.configuration}")
    for encoding in dict.fromkeys(one.encoding for one in search.untried):
        print(f"   no time  {encoding}")
    best, low, high = found.best, found.interval.low, found.interval.high
    print(f"recommended: {best.configuration}, nDCG@10 {best.score:.4f} ({low:.4f} to {high:.4f})")
    print(text_report.difference(found))
    shown = {one.configuration.encoding: one for one in search.standings if one.configuration.mode == "dense"}
    for encoding, standing in shown.items():
        print(f"{encoding}: {text_report.cost_sentence(measured_cost(standing, task, *size), size[0])}")
    if pair := two_sizes(search, task, *size):
        print("\n".join(text_report.two_sizes_sentences(pair, size[0])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the sets, in the layout of BEIR")
    parser.add_argument("--queries", type=int, default=300, help="judged queries of a set, and as many made ones")
    parser.add_argument("--documents", type=int, default=MOST, help="documents of a set: the relevant ones, and others")
    parser.add_argument("--models", nargs="+", default=[], help="compare these models, the fastest first")
    parser.add_argument("--time", type=float, default=900.0, help="seconds for the models of a set, with labels or not")
    parser.add_argument("sets", nargs="*", default=list(SETS))
    given = parser.parse_args()
    missing = [name for name in given.sets if not (given.data / name / "corpus.jsonl").exists()]
    if missing:
        sys.exit(f"{', '.join(missing)} is not in {given.data}: name the folder of the sets with --data.")
    size = given.documents, given.queries
    if given.models:
        lost = {name: between(given.data / name, given.models, *size, given.time) for name in given.sets}
        finish([Goal(f"tournament-{name}-models-lost", lost[name], 0.01, most=True) for name in given.sets])
    print(f"{len(configurations())} configurations")
    finish([Goal(f"tournament-{name}-tau", tried(given.data / name, *size), 0.7) for name in given.sets])


if __name__ == "__main__":
    main()
