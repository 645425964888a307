"""What does training change, and what does the gate say? Two towers on three sets, InfoNCE against a listwise teacher.

On SQuAD's development set, WikiQA's training set and TyDi QA's English one, each split by document: the base, BM25,
and towers that are tied, untied or in DPR's form; beside them a LEAF-like query tower, which learns from the texts of
the same training part to ask the documents of a larger model. On NFCorpus, with its own split by query: InfoNCE, and
the order of a larger model, whose verdicts are printed in full. Nothing is a goal here: the row that wins is the one
that wins.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from train_cross import wikiqa

from askew import Index, negatives
from askew.encoders import Encoder
from askew.encoders.loading import load
from askew.evaluation.measures import Run, per_query
from askew.evaluation.significance import compare, interval
from askew.models import own
from askew.similarity import prepare
from askew.training.data import TrainingData, read_training_data
from askew.training.distillation import distil_queries
from askew.training.query_texts import query_texts
from askew.training.splits import Split, split
from askew.training.train import Trained, train
from askew.training.trials import MEASURE, document_vectors, ranked
from askew.types import FloatMatrix, Role

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BASE = "all-MiniLM-L6-v2"
TASK = "question-answering"
SEED = 0
SHARES = (0.4, 0.1, 0.5)
OTHERS = 100
"""Documents of NFCorpus without a judgement that are searched too."""
LEAF = "leaf"
FORMS = ("tied", "untied", "dpr", LEAF)


@dataclass(frozen=True)
class Collection:
    """A set to train towers on. read: from the folder of all sets. others: documents without a judgement that are
    searched too.
    """

    read: Callable[[Path], TrainingData]
    others: int = 0


SETS: Mapping[str, Collection] = {
    "squad-dev": Collection(lambda data: read_training_data(data / "squad-dev")),
    "wikiqa": Collection(lambda data: wikiqa(data, 100_000), others=200),
    "tydiqa-goldp-train/en": Collection(lambda data: read_training_data(data / "tydiqa-goldp-train" / "en")),
}


def main() -> None:
    given = parsed()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a run takes long
    with tempfile.TemporaryDirectory() as room:
        os.environ["ASKEW_CARDS"] = str(Path(room) / "cards")  # what is trained here is nobody's model
        if given.only != "nfcorpus":
            for name in given.sets:
                place = Path(room) / name.replace("/", "-")
                place.mkdir()
                towers(name, given, place)
        if given.only != "towers":
            place = Path(room) / "nfcorpus"
            place.mkdir()
            losses(given, place)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the sets, in the layout of BEIR")
    parser.add_argument("--only", choices=("towers", "nfcorpus"), help="one of the two parts")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), help="to train towers on")
    parser.add_argument("--questions", type=int, default=1, help="of each document")
    parser.add_argument("--asked", type=int, default=1000, help="questions of each set in all")
    parser.add_argument("--learnt", type=int, default=100, help="queries of NFCorpus to learn from")
    parser.add_argument("--steps", type=int, default=24, help="batches of each training")
    parser.add_argument("--batch", type=int, default=16, help="rows of a batch; of lists, a quarter")
    parser.add_argument("--mixed-precision", action="store_true", help="train in bfloat16")
    parser.add_argument("--max-tokens", type=int, default=64, help="of a text while training")
    parser.add_argument("--queries", type=int, default=80, help="test queries of NFCorpus")
    parser.add_argument("--teacher", default="all-mpnet-base-v2", help="whose order or vectors are learnt")
    parser.add_argument("--precision", default="fp32", help="of the documents of a LEAF-like tower: fp32 or int8")
    parser.add_argument("--texts", type=int, default=2000, help="of documents, that a LEAF-like tower learns from too")
    parser.add_argument("--towers", nargs="+", choices=FORMS, default=list(FORMS))
    given = parser.parse_args()
    if missing := [name for name in given.sets if not (given.data / name).is_dir()]:
        sys.exit(f"There is no {missing[0]} in {given.data}: name the folder of the sets with --data.")
    return given


def towers(name: str, given: argparse.Namespace, room: Path) -> None:
    """Train each form on a set, and print a row for it, beside the base and BM25."""
    every = some(few_questions(SETS[name].read(given.data), given.questions), given.asked)
    parts = split(near(every, SETS[name].others), seed=SEED, shares=SHARES)
    learnt = mined(parts.train, room)
    print(f"\n{name}, split by document: {told(learnt)} to learn from, {told(parts.test)} to test with")
    print(f"{given.steps} batches of {given.batch}\n")
    print(f"{'':<20}{MEASURE:>9}  95 %              {'against the base':<28}{'cpu s':>6}  accepted")
    base = load(own.resolve(BASE), TASK)
    before = asked(parts.test, base, documents(parts.test, base))
    row("base", before, before)
    row("BM25", lexical(parts.test, room), before)
    for form in given.towers:
        if form == LEAF:
            distilled(parts, given, room / form, before)
            continue
        found, seconds = trained(learnt, given, room / form, towers=form, dev=parts.dev, test=parts.test)
        after = {one.text: one.after for one in found.verdict.held_out.changes}
        row(form, after, before, seconds, str(found.verdict.accepted))
        show(found)


def distilled(parts: Split, given: argparse.Namespace, out: Path, before: dict[str, float]) -> None:
    """Distil a query tower from the larger model, and print rows for both, with documents by the larger model."""
    start = time.process_time()
    held = [*parts.dev.queries.values(), *parts.test.queries.values()]
    cut = query_texts(list(parts.train.documents.values()), given.texts, SEED, without=held)
    made = distil_queries(
        given.teacher, BASE, [*parts.train.queries.values(), *cut], out, name=named(out), precision=given.precision,
        steps=given.steps, batch=given.batch, max_tokens=given.max_tokens, mixed_precision=given.mixed_precision,
        seed=SEED, progress=False,
    )  # fmt: skip
    seconds = time.process_time() - start
    large = load(own.resolve(given.teacher), TASK, given.precision)
    vectors = documents(parts.test, large)
    both = asked(parts.test, large, vectors)
    row(given.teacher, both, before)
    after = asked(parts.test, load(own.resolve(made.name), TASK), vectors)
    row(LEAF, after, before, seconds)
    against = compare(after, both)
    print(f"  {made.texts:,} texts, {len(parts.train.queries):,} of them questions; {made.agreement}")
    print(f"  cosine held out {made.fitted.base:.4f} to {made.fitted.best:.4f} at step {made.fitted.step}")
    low, high = against.interval.low, against.interval.high
    print(f"  against {given.teacher} on both sides: {against.difference:+.4f} ({low:+.4f} to {high:+.4f})")


def documents(data: TrainingData, encoder: Encoder) -> FloatMatrix:
    return document_vectors(list(data.documents.values()), encoder)


def asked(data: TrainingData, encoder: Encoder, vectors: FloatMatrix) -> dict[str, float]:
    """nDCG@10 by the text of the query. vectors: of the documents, prepared."""
    queries = encoder.encode([data.queries[id] for id in data.grades], Role.QUERY).vectors
    run = ranked(list(data.grades), prepare(queries, encoder.signature.similarity), list(data.documents), vectors)
    return by_text(data, run)


def by_text(data: TrainingData, run: Run) -> dict[str, float]:
    return {data.queries[id]: value for id, value in per_query([MEASURE], data.grades, run)[MEASURE].items()}


def named(out: Path) -> str:
    return f"bench-{out.parent.name}-{out.name}".lower()


def few_questions(data: TrainingData, each: int) -> TrainingData:
    """The data with so many questions of each paragraph."""
    asked: dict[str, list[str]] = {}
    for query, document in data.relevant():
        asked.setdefault(document, []).append(query)
    drawn = Random(SEED)
    return only(data, [one for found in asked.values() for one in drawn.sample(found, min(each, len(found)))])


def mined(data: TrainingData, room: Path) -> TrainingData:
    """The data with one hard negative of each pair, mined once for all forms."""
    with Index.create(room / "mining", TASK, model=BASE, policy="accept") as index:
        index.add(list(data.documents.values()))
        found = negatives(index, data.queries, data.grades, count=1).found
    return replace(data, negatives={(one.query, one.positive): (one.negative,) for one in found})


def losses(given: argparse.Namespace, room: Path) -> None:
    counts = {"train": given.learnt, "dev": 40, "test": given.queries}
    few = [near(best(some(part(given, name), count)), OTHERS) for name, count in counts.items()]
    told_elsewhere = {text.casefold() for one in few[1:] for text in one.queries.values()}
    alone = [query for query, text in few[0].queries.items() if text.casefold() not in told_elsewhere]
    few[0] = only(few[0], alone)  # NFCorpus asks a few queries in two parts
    print(f"\nNFCorpus, split by query: {told(few[0])} to learn, {told(few[2])} to test with")
    for name, teacher, batch in (("InfoNCE", None, given.batch), ("listwise", given.teacher, given.batch // 4)):
        sized = argparse.Namespace(**{**vars(given), "batch": batch})
        extra = {"dev": few[1], "test": few[2], "shared_documents": True, "teacher": teacher}
        found, seconds = trained(few[0], sized, room / name, **extra)
        print(f"\n{name}: {given.steps} batches of {batch}, {seconds:.0f} s of processor time")
        show(found)


def trained(data: TrainingData, given: argparse.Namespace, out: Path, **extra: object) -> tuple[Trained, float]:
    start = time.process_time()
    how = {name: getattr(given, name) for name in ("steps", "batch", "max_tokens", "mixed_precision")}
    how |= {"seed": SEED, **extra}
    found = train(data, TASK, BASE, out, name=named(out), **how)  # type: ignore[arg-type]
    return found, time.process_time() - start


def part(given: argparse.Namespace, name: str) -> TrainingData:
    home = given.data / "nfcorpus"
    qrels = home / ("qrels.tsv" if name == "test" else f"qrels.{name}.tsv")
    return read_training_data(queries=home / "queries.jsonl", documents=home / "corpus.jsonl", qrels=qrels)


def some(data: TrainingData, count: int) -> TrainingData:
    """So many of its queries, drawn by chance."""
    return only(data, Random(SEED).sample(sorted(data.grades), min(count, len(data.grades))))


def only(data: TrainingData, queries: list[str]) -> TrainingData:
    """The data with these queries alone."""
    chosen = sorted(queries)
    return replace(
        data,
        queries={query: data.queries[query] for query in chosen},
        grades={query: data.grades[query] for query in chosen},
    )


def best(data: TrainingData) -> TrainingData:
    """The data with at most three documents of the highest grade of each query."""
    drawn = Random(SEED)
    grades = {}
    for query, given in data.grades.items():
        highest = sorted(id for id, grade in given.items() if grade == max(given.values()))
        grades[query] = dict.fromkeys(drawn.sample(highest, min(3, len(highest))), 1.0)
    return replace(data, grades=grades)


def near(data: TrainingData, others: int) -> TrainingData:
    """Its judged documents and some others: all of them would take most of the time."""
    judged = {id for _, id in data.relevant()}
    rest = sorted(set(data.documents) - judged)
    kept = {*judged, *Random(SEED).sample(rest, min(others, len(rest)))}
    return replace(data, documents={id: one for id, one in data.documents.items() if id in kept})


def lexical(data: TrainingData, room: Path) -> dict[str, float]:
    """nDCG@10 of BM25, by the text of the query."""
    with Index.create(room / "words", TASK, model="hashing", policy="accept") as index:
        index.add(list(data.documents.values()))
        rankings = index.rank([data.queries[query] for query in data.grades], 100, mode="lexical")
    run = {id: {one.document: one.score for one in found} for id, found in zip(data.grades, rankings, strict=True)}
    return by_text(data, run)


def row(
    name: str, values: dict[str, float], before: dict[str, float], seconds: float = 0.0, accepted: str = ""
) -> None:
    bounds = interval(list(values.values()))
    mean = sum(values.values()) / len(values)
    against = compare(values, before)
    low, high = against.interval.low, against.interval.high
    compared = f"{against.difference:+.4f} ({low:+.4f} to {high:+.4f})" if values is not before else ""
    print(f"{name:<20}{mean:>9.4f}  {bounds.low:.4f} to {bounds.high:.4f}  {compared:<28}{seconds:>6.0f}  {accepted}")


def show(found: Trained) -> None:
    fitted = found.fitted
    print(f"  dev {fitted.base:.4f} to {fitted.best:.4f} at step {fitted.step} of {fitted.steps}")
    for one in (found.verdict.held_out, *found.verdict.forgetting):
        bounds = one.compared.interval
        print(
            f"  {one.name}: {one.measure} {one.base:.4f} to {one.trained:.4f} "
            f"({bounds.low:+.4f} to {bounds.high:+.4f}, p = {one.p:.4f}), {one.size:,} queries"
        )
    for reason in found.verdict.reasons or ("Accepted.",):
        print(f"  {reason}")


def told(data: TrainingData) -> str:
    return f"{len(data.grades):,} queries among {len(data.documents):,} documents"


if __name__ == "__main__":
    main()
