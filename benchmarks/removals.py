"""What does cleaning remove by default, and is it right? Real questions, and pairs that people judged.

Quora: the 3,000 questions with the most neighbours, on which chains of paraphrases do the most harm. COVID FAQs: the
questions of five languages, and pairs of questions that people called the same or not. Medical questions: pairs that
doctors judged. Of each: how many texts go, how many of them are below the threshold with the text that is kept, how
many are the same by the labels and how many are not; the rest, of which no label tells, is written to --out to be read.
"""

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from goals import Goal, finish

import askew

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MODEL, THRESHOLD, BLOCK = "all-MiniLM-L6-v2", 0.75, 1024

Labels = Mapping[frozenset[str], bool]


@dataclass(frozen=True)
class Set:
    """labels: whether people call a pair of texts the same, of the pairs that they judged."""

    name: str
    texts: Sequence[str]
    labels: Labels


def quora(folder: Path, most: int) -> Set:
    """The questions with the most neighbours at the default threshold; duplicates in one component are the same."""
    texts: dict[str, str] = {}
    for name in ("queries", "corpus"):
        rows = (json.loads(line) for line in (folder / f"{name}.jsonl").open(encoding="utf-8"))
        texts.update((row["_id"].removeprefix("q"), row["text"]) for row in rows)
    parents = {id: id for id in texts}

    def root(id: str) -> str:
        while parents[id] != id:
            parents[id] = id = parents[parents[id]]
        return id

    with (folder / "positive-pairs.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["qid1"] in parents and row["qid2"] in parents:
                parents[root(row["qid1"])] = root(row["qid2"])
    every = list(dict.fromkeys(texts.values()))
    busy = crowded(every, most)
    families = {text: root(id) for id, text in texts.items()}
    pairs: dict[str, list[str]] = {}
    for text in busy:
        pairs.setdefault(families[text], []).append(text)
    same = {frozenset((x, y)): True for family in pairs.values() for x in family for y in family if x != y}
    return Set("quora", busy, same)


def crowded(texts: Sequence[str], most: int) -> list[str]:
    vectors = askew.encode(texts, task="duplicate-questions", model=MODEL)
    blocks = (vectors[start : start + BLOCK] @ vectors.T for start in range(0, len(vectors), BLOCK))
    counts = np.concatenate([(block >= THRESHOLD).sum(axis=1) for block in blocks])
    return [texts[place] for place in sorted(np.argsort(-counts, kind="stable")[:most].tolist())]


def judged(name: str, paths: Sequence[Path], others: Sequence[str] = ()) -> Set:
    labels: dict[frozenset[str], bool] = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                labels[frozenset((row["text1"], row["text2"]))] = row["label"] == "1"
    return Set(name, list(dict.fromkeys([*others, *chain.from_iterable(sorted(pair) for pair in labels)])), labels)


def sets(data: Path, most: int) -> list[Set]:
    covid = data / "covid-faq"
    asked = [json.loads(line)["text"] for line in (covid / "queries.jsonl").open(encoding="utf-8")]
    return [
        quora(data / "quora-dups-sample", most),
        judged("covid-faq", [covid / f"question-pairs.{code}.tsv" for code in ("en", "de")], asked),
        judged("medical", [data / "medical-question-pairs" / "pairs.tsv"]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--texts", type=int, default=3000, help="questions of Quora")
    parser.add_argument("--out", type=Path, help="a CSV of every removed text beside the one that is kept")
    given = parser.parse_args()
    if not (given.data / "quora-dups-sample").exists():
        sys.exit(f"No data sets at {given.data}: name their folder with --data.")
    print(f"{'':<12}{'texts':>8}{'removed':>9}{'share':>8}{'below':>7}{'same':>6}{'differ':>8}{'no label':>10}")
    goals, rows = [], []
    for one in sets(given.data, given.texts):
        found = askew.duplicates(one.texts, model=MODEL, progress=False)
        verdicts = [one.labels.get(frozenset((gone.text, gone.kept))) for gone in found.removed]
        below = sum(gone.layer == "semantic" and gone.score < found.threshold for gone in found.removed)
        wrong, count = verdicts.count(False), len(verdicts)
        print(
            f"{one.name:<12}{len(one.texts):>8,}{count:>9,}{count / len(one.texts):>8.2%}{below:>7}"
            f"{verdicts.count(True):>6}{wrong:>8}{verdicts.count(None):>10}",
            flush=True,
        )
        goals += [Goal(f"removals-{one.name}-wrong", wrong / max(count, 1), 0.01, most=True)]
        goals += [Goal(f"removals-{one.name}-below", below, 0, most=True)]
        told = {True: "same", False: "differ", None: ""}
        rows += [
            (one.name, told[verdict], f"{gone.score:.4f}", gone.label, gone.text, gone.kept, gone.reason)
            for gone, verdict in zip(found.removed, verdicts, strict=True)
        ]
    if given.out:
        with given.out.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["set", "by label", "score", "label", "removed", "kept", "reason"])
            writer.writerows(rows)
    finish(goals)


if __name__ == "__main__":
    main()
