"""Does the probe tell symmetric from asymmetric on every set, from 50 queries and from none?

Of sets of pairs one side is taken for the queries and the other for the corpus; of sets of texts without pairs 50 are
drawn as queries. For each set: what it is, what was answered, how sure, without and with a model, and the seconds.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goals import Goal, finish

from askew import Document
from askew.encoders.loading import load
from askew.models import cards
from askew.recommend.task_detection import TaskDetection, detect_task_kind, proposed_task

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MODEL = "all-MiniLM-L6-v2"
QUERIES = 50
SECONDS = 20
RETRIEVAL = ("nfcorpus", "squad-dev", "squad2-dev", "msmarco-dl19", "wikiqa", "medquad", "covid-faq")
PAIRS = (
    "medical-question-pairs/pairs.tsv",
    "sts16/test.tsv",
    "covid-faq/question-pairs.en.tsv",
    "covid-faq/question-pairs.de.tsv",
)
LANGUAGES = ("xquad", "tydiqa-goldp-train")
SYMMETRIC, ASYMMETRIC = "symmetric", "asymmetric"


@dataclass(frozen=True)
class Case:
    name: str
    truth: str
    documents: list[Document]
    queries: list[str]


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").rstrip("\n").split("\n")


def beir(folder: Path, name: str, truth: str) -> Case:
    rows = map(json.loads, lines(folder / "corpus.jsonl"))
    documents = [Document(row["_id"], row["text"], row.get("title", "")) for row in rows]
    return Case(name, truth, documents, [json.loads(row)["text"] for row in lines(folder / "queries.jsonl")])


def pairs(path: Path, name: str) -> Case:
    rows = [line.split("\t") for line in lines(path)[1:]]
    return Case(name, SYMMETRIC, [Document(str(n), row[1]) for n, row in enumerate(rows)], [row[0] for row in rows])


def one_kind(name: str, documents: list[Document]) -> Case:
    """Some of the texts look for the others."""
    mixed = random.Random(0).sample(documents, len(documents))
    held = mixed[QUERIES:] if len(mixed) > 2 * QUERIES else mixed[len(mixed) // 2 :]
    return Case(name, SYMMETRIC, held, [document.text for document in mixed[: len(mixed) - len(held)]])


def cases(data: Path) -> Iterator[Case]:
    yield from (beir(data / name, name, ASYMMETRIC) for name in RETRIEVAL)
    for name in LANGUAGES:
        folders = sorted(path for path in (data / name).iterdir() if path.is_dir())
        yield from (beir(folder, f"{name} {folder.name}", ASYMMETRIC) for folder in folders)
    yield beir(data / "quora-dups-sample", "quora-dups-sample", SYMMETRIC)
    yield from (pairs(data / name, name) for name in PAIRS)
    for size in (100, 1000, 2500):
        rows = map(json.loads, lines(data / "near-dup-articles" / f"articles_{size}.jsonl"))
        yield one_kind(f"near-dup-articles {size}", [Document(row["_id"], row["text"]) for row in rows])
    rows = [line.split("\t") for line in lines(data / "bbc-news" / "articles.tsv")[1:]]
    yield one_kind("bbc-news", [Document(row[0], row[2], row[1]) for row in rows])
    rows = [line.split("\t") for line in lines(data / "banking77" / "train.tsv")[1:]]
    yield one_kind("banking77", [Document(str(n), row[0]) for n, row in enumerate(rows)])


def shown(found: TaskDetection, case: Case) -> str:
    mark = " " if found.kind == case.truth else "!"
    return f"{mark}{found.kind[:4]} {found.confidence:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="holds the sets, each in its folder")
    parser.add_argument("--only", default="", help="sets whose name holds this")
    parser.add_argument("--signs", action="store_true", help="print every sign")
    asked = parser.parse_args()
    if not (asked.data / "nfcorpus").exists():
        sys.exit(f"There is no nfcorpus in {asked.data}: name the folder that holds the sets with --data.")
    encoder = load(cards.get(MODEL), "question-answering")
    print(
        f"{'':<34}{'truth':<8}{f'{QUERIES} queries':<13}{'no model':<13}{'no query':<13}{'seconds':>8}  "
        "task, with queries and without"
    )
    wrong, slowest, surest = {"queries": 0, "plain": 0, "none": 0}, 0.0, 0.5
    for case in cases(asked.data):
        if asked.only not in case.name:
            continue
        queries = random.Random(0).sample(case.queries, min(QUERIES, len(case.queries)))
        start = time.perf_counter()
        found = {"queries": detect_task_kind(case.documents, queries, encoder)}
        slowest = max(slowest, seconds := time.perf_counter() - start)
        found |= {"plain": detect_task_kind(case.documents, queries), "none": detect_task_kind(case.documents)}
        for way, answer in found.items():
            wrong[way] += answer.kind != case.truth
            surest = max(surest, answer.confidence if answer.kind != case.truth else 0.5)
        told = "".join(f"{shown(answer, case):<13}" for answer in found.values())
        tasks = ", ".join(proposed_task(found[way], case.documents).task for way in ("queries", "none"))
        print(f"{case.name:<34}{case.truth[:4]:<8}{told}{seconds:>8.1f}  {tasks}", flush=True)
        for sign in (*found["queries"].between, *found["none"].alone) if asked.signs else ():
            print(f"    {sign.name:<20}{sign.value:>9.3f} {sign.weight:>7.2f}  {sign.sentence}")
    finish(
        [
            *(Goal(f"advise-wrong-{way}", count, 0, most=True) for way, count in wrong.items()),
            Goal("advise-slowest", slowest, SECONDS, " s", most=True),
        ]
    )


if __name__ == "__main__":
    main()
