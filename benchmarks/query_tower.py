"""Two sizes in one space: documents by all-mpnet-base-v2, queries by a tower of MiniLM's size, distilled from it.

The tower learns from short texts alone: training questions, and titles, sentences and phrases of the documents that
will be searched, without any query that a set is tested with. Each index is made once with all-mpnet-base-v2, measured,
and migrated to the towers, which must encode no document again. Beside it a static tower, by least squares from the
same texts.

What is made stays in --folder, so that an interrupted run continues. --texts and --set make it smaller, --precision
int8 takes a third of the time for documents and texts.
"""

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from goals import Goal, finish

from askew import AskewError, Index, migrate, read, sync
from askew.encoders import Encoder
from askew.encoders.least_squares import fit_queries
from askew.encoders.loading import load
from askew.encoders.pairing import make_pair
from askew.evaluation.measures import per_query
from askew.evaluation.qrels import read_qrels
from askew.evaluation.significance import compare
from askew.models import cards, own
from askew.progress import Progress
from askew.text.normalise import normalise
from askew.training.distillation import distil_queries
from askew.training.query_texts import query_texts
from askew.types import Role

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LARGE, SMALL = "all-mpnet-base-v2", "all-MiniLM-L6-v2"
FOLDER = Path(tempfile.gettempdir()) / "askew-query-tower"
TASK, MEASURE = "question-answering", "nDCG@10"
TESTED = ("nfcorpus", "squad-dev")
HELD = (*TESTED, "squad2-dev", "xquad/en", "wikiqa", "msmarco-dl19", "medquad", "quora-dups-sample")
"""Sets whose queries are not learnt from, those of NFCorpus's training part excepted."""
ASKED = 0.2
"""Share of the texts that are questions; the others are cut from the documents that will be searched."""
TIMED = 200
"""Queries that are encoded one by one to measure what a query costs."""


def main() -> None:
    arguments = parsed()
    folder, data = arguments.folder, arguments.data
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["ASKEW_CARDS"] = str(folder.absolute() / "cards")
    sets = arguments.set or list(TESTED)
    named = "-".join(["texts", *sets, str(arguments.texts)]).replace("/", "-")
    texts = training_texts(data, sets, arguments.texts, folder / f"{named}.json")
    pairs = {name: pair(name, maker, folder) for name, maker in makers(arguments, texts, folder).items()}
    goals = []
    for name in sets:
        goals += measured(data / name, folder / Path(name).name, pairs, arguments)
    finish([*goals, *cost(pairs, questions(data / "squad-dev")[:TIMED], arguments.precision)])


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="sets in the layout of BEIR")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="for texts, towers and indexes; an old one continues"
    )
    parser.add_argument("--texts", type=int, default=160_000, help="texts to learn from")
    parser.add_argument("--set", action="append", default=[], help="folder below --data to measure, instead of both")
    parser.add_argument("--precision", default="fp32", help="of the document encoder: fp32 or int8")
    parser.add_argument("--queries", type=int, default=0, help="test queries of each set, evenly spread; 0 for all")
    parser.add_argument("--words", type=int, default=0, help="cut documents to so many words, for a quick look")
    parser.add_argument("--student", default=SMALL, help="where the tower begins")
    parser.add_argument("--layers", type=int, default=None, help="keep only the student's first so many layers")
    parser.add_argument("--batch", type=int, default=None)
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--mixed-precision", action="store_true", help="train in bfloat16")
    parser.add_argument("--no-static", action="store_true", help="leave out the static tower")
    found = parser.parse_args()
    if not (found.data / TESTED[0] / "corpus.jsonl").exists():
        sys.exit(f"There is no {TESTED[0]} at {found.data}: name the folder of the sets with --data.")
    return found


def training_texts(data: Path, sets: Sequence[str], count: int, file: Path) -> list[str]:
    """Return texts without the queries of any test, questions and texts of these sets' documents; kept in a file."""
    if file.exists():
        return json.loads(file.read_text("utf-8"))
    rng = random.Random(0)
    judged = read_qrels(data / "nfcorpus" / "qrels.train.tsv")
    train = [row["text"] for row in rows(data / "nfcorpus" / "queries.jsonl") if row["_id"] in judged]
    held = [text for name in dict.fromkeys([*HELD, *sets]) for text in questions(data / name)]
    left_out = {normalise(text) for text in held} - {normalise(text) for text in train}
    left_out |= {normalise(text) for text in questions(data / "nfcorpus", "qrels.tsv", "qrels.dev.tsv")}
    asked = [text for text in [*train, *other_questions(data)] if normalise(text) not in left_out]
    rng.shuffle(asked)
    found = dict.fromkeys(asked[: round(ASKED * count)])
    each = (count - len(found)) // len(sets)
    for name in sets:
        found |= dict.fromkeys(query_texts(read([data / name / "corpus.jsonl"]).documents, each, without=held))
    found = list(found)
    rng.shuffle(found)
    file.write_text(json.dumps(found), "utf-8")
    return found


def other_questions(data: Path) -> list[str]:
    """Return questions of training parts, and texts that are questions themselves."""
    wikiqa = [row["query"] for row in table(data / "wikiqa" / "train.pairs.tsv")]
    banking = [row["text"] for row in table(data / "banking77" / "train.tsv")]
    quora = [row["text"] for row in rows(data / "quora-dups-sample" / "corpus.jsonl")]
    return list(dict.fromkeys([*wikiqa, *banking, *quora, *questions(data / "tydiqa-goldp-train" / "en")]))


def questions(folder: Path, *qrels: str) -> list[str]:
    """Return the queries of a set; with qrels, only those judged in these files."""
    judged = {query for name in qrels for query in read_qrels(folder / name)}
    return [row["text"] for row in rows(folder / "queries.jsonl") if not qrels or row["_id"] in judged]


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def table(file: Path) -> list[dict]:
    return list(csv.DictReader(file.read_text("utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def makers(arguments: argparse.Namespace, texts: Sequence[str], folder: Path) -> dict[str, Callable[[], str]]:
    """Return what makes each tower and names it."""

    def distilled() -> str:
        made = distil_queries(
            LARGE, arguments.student, texts, folder / "tower", precision=arguments.precision, epochs=arguments.epochs,
            steps=arguments.steps, batch=arguments.batch, learning_rate=arguments.learning_rate,
            layers=arguments.layers, mixed_precision=arguments.mixed_precision, progress=Told(),
        )  # fmt: skip
        print(f"tower: {len(texts):,} texts, {made.fitted}, {made.agreement}", flush=True)
        return made.name

    def static() -> str:
        made = fit_queries(folder / "static", LARGE, texts, Told(), arguments.precision)
        print(f"static: {made}", flush=True)
        return own.add(made.folder).name

    return {"tower": distilled} | ({} if arguments.no_static else {"static": static})


def pair(name: str, maker: Callable[[], str], folder: Path) -> str:
    """Make a tower unless it is there, and pair it with the large model. Returns the pair's name."""
    made = own.add(folder / name).name if (folder / name).exists() else maker()
    paired = f"{made}-pair"
    if paired not in cards.names():
        print(f"{paired}: {make_pair(paired, LARGE, made).agreement}", flush=True)
    return paired


@dataclass
class Told:
    """Progress, a line every half minute."""

    last: float = 0.0

    def __call__(self, step: Progress) -> None:
        if time.monotonic() - self.last > 30 or step.done == step.total:
            self.last = time.monotonic()
            print(f"  {time.strftime('%H:%M:%S')} {step.what} {step.done:,} of {step.total:,}", flush=True)


def measured(source: Path, place: Path, pairs: Mapping[str, str], arguments: argparse.Namespace) -> list[Goal]:
    """Measure a set with the large model on both sides, and with each pair after its migration."""
    qrels = read_qrels(source / "qrels.tsv")
    queries = {row["_id"]: row["text"] for row in rows(source / "queries.jsonl") if row["_id"] in qrels}
    if arguments.queries:
        chosen = np.linspace(0, len(queries) - 1, min(arguments.queries, len(queries))).round().astype(int)
        queries = {id: queries[id] for id in np.array(list(queries))[chosen].tolist()}
    judged = {id: qrels[id] for id in queries}
    index_documents(source, place, arguments)
    with Index.open(place) as index:
        documents = index.sizes().documents
    print(f"\n{source.name}: {documents:,} documents, {len(queries):,} queries\n{'':<10}{MEASURE:>9}", flush=True)
    large = values(place, queries, judged)
    print(f"{'large':<10}{np.mean(list(large.values())):>9.4f}", flush=True)
    goals = []
    for name, model in pairs.items():
        moved = migrate(place, to=model, queries=list(queries.values())[:20], switch=True, progress=False)
        small = values(place, queries, judged)
        migrate(place, back=True)
        migrate(place, abandon=True)
        found = compare(large, small)
        share = float(np.mean(list(small.values())) / np.mean(list(large.values())))
        print(f"{name:<10}{np.mean(list(small.values())):>9.4f}  {share:.1%} of the large model's; {found}", flush=True)
        goals.append(Goal(f"{source.name}-{name}-encoded", moved.written, 0, most=True))
        goals += [Goal(f"{source.name}-{name}-share", share, 0.97)] if name == "tower" else []
    return goals


def index_documents(source: Path, place: Path, arguments: argparse.Namespace) -> None:
    """Index the documents of a set, or those that an interrupted run has left."""
    corpus = source / "corpus.jsonl"
    if arguments.words:
        cut = [row | {"text": " ".join(row["text"].split()[: arguments.words])} for row in rows(corpus)]
        corpus = place.with_suffix(".jsonl")
        if not corpus.exists():
            corpus.write_text("".join(json.dumps(row) + "\n" for row in cut), "utf-8")
    try:
        index = Index.open(place, writable=True)
    except AskewError:
        index = Index.create(place, TASK, model=LARGE, policy="accept", precision=arguments.precision)
    with index:
        sync(index, corpus, progress=Told())


def values(place: Path, queries: Mapping[str, str], qrels: Mapping) -> dict[str, float]:
    with Index.open(place) as index:
        rankings = index.rank(list(queries.values()), 100, mode="dense")
    run = {id: {e.document: e.score for e in ranking} for id, ranking in zip(queries, rankings, strict=True)}
    return per_query([MEASURE], qrels, run)[MEASURE]


def cost(pairs: Mapping[str, str], texts: Sequence[str], precision: str) -> list[Goal]:
    """Compare what a query costs, in processor time, alternating between the encoders."""
    models = {"large": LARGE, **pairs}
    encoders = {name: load(own.resolve(model), TASK, precision) for name, model in models.items()}
    for encoder in encoders.values():
        encoder.encode(texts[:2], Role.QUERY)
    taken = {name: [0.0, 0.0] for name in encoders}
    for text in texts:
        for name, encoder in encoders.items():
            each = seconds(encoder, text)
            taken[name] = [a + b for a, b in zip(taken[name], each, strict=True)]
    print(f"\n{'a query':<10}{'ms':>9}{'ms of processor time':>22}")
    for name, (clock, processor) in taken.items():
        print(f"{name:<10}{clock * 1000 / len(texts):>9.2f}{processor * 1000 / len(texts):>22.2f}")
    return [Goal(f"query-{name}-cheaper", taken["large"][1] / taken[name][1], 4, " times") for name in pairs]


def seconds(encoder: Encoder, text: str) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    encoder.encode([text], Role.QUERY)
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()
