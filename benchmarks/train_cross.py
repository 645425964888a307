"""Do cross-encoders learn from labels? Rerankers on SQuAD and WikiQA; duplicates of medical and of Quora questions.

The base is all-MiniLM-L6-v2 with a fresh head. Everything is split by document as well as by query; a part of the data
is taken, so that a run ends in minutes on two cores, and its sizes are printed. Rerankers: nDCG@10 of the base's first
50 documents before and after they are reranked, and where there is room: at which rank the base has the first relevant
document, and what a reranker without a fault would reach. Duplicates: average precision of the base's cosine and of the
cross-encoder. Quora's sample has duplicates only: its negatives are mined by words, so that part of its labels may be
wrong.
"""

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from goals import Goal, finish
from reference import MODEL

from askew import Index, train
from askew.encoders.loading import load
from askew.evaluation.measures import per_query
from askew.evaluation.qrels import read_qrels
from askew.models import cards
from askew.training.data import DataKind, ScoredPair, TrainingData
from askew.training.reranking import CANDIDATES, first
from askew.training.splits import split
from askew.training.train import Trained
from askew.training.trials import MEASURE, run
from askew.types import Document

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SEED = 0
GAIN = 0.03


def squad(data: Path, most: int) -> TrainingData:
    """Some of the questions, with all paragraphs."""
    rows = [json.loads(line) for line in (data / "squad-dev" / "corpus.jsonl").read_text("utf-8").splitlines()]
    documents = {row["_id"]: Document(row["_id"], row["text"], row["title"]) for row in rows}
    asked = [json.loads(line) for line in (data / "squad-dev" / "queries.jsonl").read_text("utf-8").splitlines()]
    grades = read_qrels(data / "squad-dev" / "qrels.tsv")
    chosen = random.Random(SEED).sample(asked, min(most, len(asked)))
    queries = {row["_id"]: row["text"] for row in chosen}
    kinds = frozenset({DataKind.JUDGEMENTS})
    return TrainingData(queries, documents, {query: grades[query] for query in queries}, kinds=kinds)


def wikiqa(data: Path, most: int) -> TrainingData:
    """Questions of the training set that have an answer, with all sentences of that set."""
    with (data / "wikiqa" / "train.pairs.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    ids = {text: f"d{place}" for place, text in enumerate(dict.fromkeys(row["doc"] for row in rows))}
    grades: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["label"] == "1":
            grades.setdefault(row["query"], {})[ids[row["doc"]]] = 1.0
    names = list(grades)[:most]
    documents = {id: Document(id, text) for text, id in ids.items()}
    queries = {f"q{place}": name for place, name in enumerate(names)}
    found = {id: grades[name] for id, name in queries.items()}
    return TrainingData(queries, documents, found, kinds=frozenset({DataKind.JUDGEMENTS}))


def medical(data: Path, most: int) -> TrainingData:
    with (data / "medical-question-pairs" / "pairs.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:most]
    pairs = tuple(ScoredPair(row["text1"], row["text2"], float(row["label"])) for row in rows)
    return TrainingData(scores=pairs, kinds=frozenset({DataKind.LABELLED}))


def quora(data: Path, most: int) -> TrainingData:
    """Duplicates, and for each the question with most words in common that nobody has called a duplicate: chosen by
    words, so that the cosine is not measured by labels that it has made.
    """
    with (data / "quora-dups-sample" / "positive-pairs.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    groups = components([(row["text1"], row["text2"]) for row in rows])
    chosen = random.Random(SEED).sample(rows, min(most, len(rows)))
    texts = list(groups)
    with tempfile.TemporaryDirectory() as name, Index.create(Path(name) / "x", "duplicate-questions") as index:
        index.add([Document(str(place), text) for place, text in enumerate(texts)])
        asked = list(dict.fromkeys(row["text1"] for row in chosen))
        found = [[texts[int(hit.document)] for hit in hits] for hits in index.rank(asked, 50, mode="lexical")]
    nearest = {
        one: next((text for text in hits if text not in groups[one]), "")
        for one, hits in zip(asked, found, strict=True)
    }
    pairs = [ScoredPair(row["text1"], row["text2"], 1.0) for row in chosen]
    others = [ScoredPair(one, other, 0.0) for one, other in nearest.items() if other]
    return TrainingData(scores=(*pairs, *others), kinds=frozenset({DataKind.LABELLED}))


def components(pairs: list[tuple[str, str]]) -> Mapping[str, list[str]]:
    """The texts that are tied to each text, directly or by others."""
    groups: dict[str, list[str]] = {}
    for one, other in pairs:
        left, right = groups.setdefault(one, [one]), groups.setdefault(other, [other])
        if left is not right:
            left.extend(right)
            groups.update(dict.fromkeys(right, left))
    return groups


SETS: Mapping[str, tuple[Callable[[Path, int], TrainingData], str, str]] = {
    "squad-dev": (squad, "question-answering", "cross-encoder"),
    "wikiqa": (wikiqa, "question-answering", "cross-encoder"),
    "medical-question-pairs": (medical, "duplicate-questions", "cross-encoder"),
    "quora-dups-sample": (quora, "duplicate-questions", "cross-encoder"),
}


def tested(data: TrainingData, most: int) -> TrainingData:
    """Some of the queries of a test part, among all its documents."""
    chosen = sorted(random.Random(SEED).sample(sorted(data.grades), min(most, len(data.grades))))
    queries = {id: data.queries[id] for id in chosen}
    return replace(data, queries=queries, grades={id: data.grades[id] for id in chosen})


def room(data: TrainingData) -> str:
    """Where the base has the first relevant document, and the measure if all that are found came first."""
    found = first(run(data, load(cards.get(MODEL), "question-answering")), CANDIDATES)
    ranks = []
    best = {}
    for query, grades in data.grades.items():
        relevant = {id for id, grade in grades.items() if grade > 0}
        ranks.append(next((rank for rank, id in enumerate(found[query], 1) if id in relevant), CANDIDATES + 1))
        best[query] = {id: float(id in relevant) for id in found[query]}
    ceiling = fmean(per_query([MEASURE], data.grades, best)[MEASURE].values())
    bands = {
        "first": (1, 1),
        "2 to 10": (2, 10),
        f"11 to {CANDIDATES}": (11, CANDIDATES),
        "beyond": (CANDIDATES + 1,) * 2,
    }
    shares = (f"{name} {fmean(low <= rank <= high for rank in ranks):.1%}" for name, (low, high) in bands.items())
    return f"{', '.join(shares)}; {MEASURE} of a reranker without a fault {ceiling:.4f}"


def trained(name: str, asked: argparse.Namespace, recipe: str, folder: Path) -> Trained:
    read, task, usual = SETS[name]
    given = split(read(asked.data, asked.most), seed=SEED)
    test = tested(given.test, asked.tested) if given.test.grades else given.test
    if test.grades:
        print(f"\n{name}, {len(test.grades):,} test queries, first relevant document: {room(test)}", flush=True)
    start, used = time.perf_counter(), os.times()
    done = train(
        given.train, task, MODEL, folder / name.replace("-", "_"), dev=given.dev, test=test, recipe=recipe or usual,
        teacher=asked.teacher, steps=asked.steps, epochs=asked.epochs, learning_rate=asked.learning_rate,
        max_tokens=asked.max_tokens, mixed_precision=asked.mixed_precision, seed=SEED, force=True, progress=False,
    )  # fmt: skip
    taken, now = time.perf_counter() - start, os.times()
    cpu = now.user + now.system - used.user - used.system
    parts = ", ".join(f"{part.queries or part.scores:,} {key}" for key, part in done.data.card.parts.items())
    one, bounds = done.verdict.held_out, done.verdict.held_out.compared.interval
    print(
        f"\n{name}: {done.recipe.name}; {parts}; {done.rows:,} rows, {done.fitted.steps} of {done.fitted.total} steps"
    )
    print(f"  {taken:.0f} s, {cpu:.0f} s of processor time; best after {done.fitted.step} steps")
    print(f"  held out, {one.measure}: {MODEL} {one.base:.4f}, cross-encoder {one.trained:.4f}")
    print(f"  difference {one.compared.difference:+.4f} ({bounds.low:+.4f} to {bounds.high:+.4f}), p = {one.p:.4f}")
    for other in done.verdict.forgetting:
        print(f"  {other.name}, {other.measure}: {other.base:.4f} to {other.trained:.4f}")
    print(f"  accepted: {done.verdict.accepted}", *done.verdict.reasons, sep="\n    ", flush=True)
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of all sets")
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--recipe", default="", help="instead of cross-encoder, such as listwise-cross-encoder")
    parser.add_argument(
        "--teacher", default=None, help="a better encoder, whose similarity is learnt before the labels"
    )
    parser.add_argument("--most", type=int, default=100_000, help="queries or pairs that are taken of a set")
    parser.add_argument("--tested", type=int, default=300, help="test queries of a reranker: each has 50 pairs to read")
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--mixed-precision", action="store_true", help="train in bfloat16")
    parser.add_argument("--max-tokens", type=int, default=256, help="at 128, four in five paragraphs of SQuAD are cut")
    parser.add_argument("--keep", type=Path, help="where the models are kept")
    asked = parser.parse_args()
    if missing := [name for name in asked.sets if not (asked.data / name).is_dir()]:
        sys.exit(f"There is no {missing[0]} in {asked.data}: name the folder that holds the sets with --data.")
    goals = []
    with tempfile.TemporaryDirectory() as name:
        os.environ.setdefault("ASKEW_CARDS", str(Path(name) / "cards"))
        (asked.keep or Path(name)).mkdir(parents=True, exist_ok=True)
        for one in asked.sets:
            done = trained(one, asked, asked.recipe, asked.keep or Path(name))
            least = GAIN if done.verdict.held_out.measure == "nDCG@10" else 0.0
            goals.append(Goal(f"train-cross-{one}", done.verdict.held_out.compared.difference, least))
    finish(goals)


if __name__ == "__main__":
    main()
