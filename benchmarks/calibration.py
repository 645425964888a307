"""Do promises hold, and what do they cost? 200 random splits of each set: calibrated on one half, checked on the other.

medical-question-pairs: the score of each pair. squad2-dev and covid-faq: the first hit of each question by meaning, by
the learned signal, as `askew calibrate` does it; and for comparison by its score alone, and by its lead alone. Half of
the questions of squad2-dev have no answer by design: an answer to one of them is wrong ("all"), or they are left out.

A promise is kept if at most so many of the answers given in the other half are wrong. That half is a sample as well: of
a risk just below the promise it sees more than promised every other time. So each promise is also judged where the
truth is known: labels are drawn with replacement, 1,000 times, and the whole set is the truth. That share must be 90 %,
the confidence that was asked for, less three standard errors of as many draws. A split of which nothing can be promised
breaks no promise, and covers nothing.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from goals import Goal, finish
from numpy.typing import NDArray

from askew import Document, Index
from askew.calibrating.judged import taught
from askew.calibrating.pairs import scored
from askew.confidence.evidence import Evidence, evidence
from askew.confidence.promise import Promise, tried
from askew.confidence.signal import LEAD, First, Signal
from askew.evaluation.labelled import read_pairs
from askew.evaluation.qrels import read_qrels
from askew.sealing import seal
from askew.search.how import How
from askew.search.sure.first import firsts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MODEL = "all-MiniLM-L6-v2"
SPLITS = 200
DRAWS = 1000
CONFIDENCE = 0.9
BATCH = 256
LEAST = CONFIDENCE - 3 * (CONFIDENCE * (1 - CONFIDENCE) / DRAWS) ** 0.5
SCORE = Signal((1.0, 0.0, 0.0), 0.0)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Way = Callable[[Rows], tuple[Evidence, Floats]]
"""From the labels of some rows to evidence, and the value of every row of the set."""


@dataclass(frozen=True)
class Answers:
    """Of each question the first hit, and whether it is right; `answerable` where something answers it."""

    found: list[First]
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]


def rows_of(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def answers(folder: Path, cache: Path) -> Answers:
    kept = cache / f"{folder.name}.npz"
    if not kept.exists():
        measure(folder, cache, kept)
    with np.load(kept) as read:
        found = [First("x", *values) for values in read["values"].tolist()]
        return Answers(found, read["right"], read["answerable"])


def measure(folder: Path, cache: Path, to: Path) -> None:
    queries, qrels = rows_of(folder / "queries.jsonl"), read_qrels(folder / "qrels.tsv")
    with tempfile.TemporaryDirectory(dir=cache) as name, Index.create(Path(name) / "x", "question-answering") as index:
        index.add([Document(row["_id"], row["text"], row["title"]) for row in rows_of(folder / "corpus.jsonl")])
        encode = index.sealed.sides("calibrating").query
        texts = [row["text"] for row in queries]
        found = [
            first
            for start in range(0, len(texts), BATCH)
            for first in firsts(index.store, encode, texts[start : start + BATCH], How())
        ]
    relevant = [{id for id, value in qrels.get(row["_id"], {}).items() if value > 0} for row in queries]
    np.savez(
        to,
        values=[(first.score, first.lead, first.agreed) for first in found],
        right=[first.document in ids for first, ids in zip(found, relevant, strict=True)],
        answerable=[bool(ids) for ids in relevant],
    )


def values_of(signal: Signal, numbers: Floats) -> Floats:
    z = signal.intercept + numbers @ np.array(signal.weights)
    return np.asarray(1 / (1 + np.exp(-z)))


def by_value(values: Floats, right: NDArray[np.bool_]) -> Way:
    return lambda rows: (evidence(values[rows].tolist(), right[rows].tolist()), values)


def by_signal(found: Sequence[First], right: NDArray[np.bool_]) -> Way:
    numbers = np.array([(first.score, first.lead, first.agreed) for first in found])

    def way(rows: Rows) -> tuple[Evidence, Floats]:
        signal, labelled = taught([found[row] for row in rows.tolist()], right[rows].tolist())
        return labelled, values_of(signal, numbers)

    return way


def risk(values: Floats, right: NDArray[np.bool_], rows: Rows, threshold: float) -> tuple[float, float]:
    """Of what reaches the threshold the share that is wrong, and what share of all reaches it."""
    given = values[rows] >= threshold - 1e-9
    return (float((~right[rows][given]).mean()) if given.any() else 0.0), float(given.mean())


def judge(way: Way, right: NDArray[np.bool_], promise: float, splits: int) -> tuple[float, float, float, float]:
    """Kept by the known truth, a share of draws; of splits the share kept on the other half and the share of which
    nothing could be promised; and the mean coverage.
    """
    rng, size = np.random.default_rng(0), len(right)
    everything = np.arange(size)
    truth, other, nothing, coverage = [], [], [], []
    for _ in range(DRAWS):
        drawn = rng.integers(size, size=size // 2)
        labelled, values = way(drawn)
        found = tried(labelled, promise, CONFIDENCE)
        wrong, share = risk(values, right, everything, found.threshold) if isinstance(found, Promise) else (0.0, 0.0)
        truth.append(wrong <= 1 - promise + 1e-9)
    for _ in range(splits):
        order = rng.permutation(size)
        labelled, values = way(order[: size // 2])
        found = tried(labelled, promise, CONFIDENCE)
        nothing.append(not isinstance(found, Promise))
        rest = order[size // 2 :]
        wrong, share = risk(values, right, rest, found.threshold) if isinstance(found, Promise) else (0.0, 0.0)
        other.append(wrong <= 1 - promise + 1e-9)
        coverage.append(share)
    kept, beside, none, mean = (float(np.mean(part)) for part in (truth, other, nothing, coverage))
    return kept, beside, none, mean


def table(name: str, ways: dict[str, Way], right: NDArray[np.bool_], risks: Sequence[float], splits: int) -> list[Goal]:
    print(
        f"\n{name}: {len(right):,} labels, {right.mean():.1%} right; {splits} splits, {len(right) // 2:,} to calibrate"
    )
    print(f"  {'':<10}{'wrong at most':>14}{'kept, truth':>13}{'other half':>12}{'nothing':>9}{'coverage':>10}")
    goals = []
    for label, way in ways.items():
        for alpha in risks:
            kept, beside, none, coverage = judge(way, right, 1 - alpha, splits)
            print(f"  {label:<10}{alpha:>14.0%}{kept:>13.1%}{beside:>12.1%}{none:>9.1%}{coverage:>10.1%}", flush=True)
            goals.append(Goal(f"{name.replace(' ', '-')}-{label}-{alpha:g}", kept, LEAST))
    return goals


def first_hits(name: str, found: Answers, some: NDArray[np.bool_], risks: Sequence[float], splits: int) -> list[Goal]:
    first = [one for one, wanted in zip(found.found, some.tolist(), strict=True) if wanted]
    right = found.right[some]
    numbers = np.array([(one.score, one.lead, one.agreed) for one in first])
    ways = {
        "score": by_value(values_of(SCORE, numbers), right),
        "lead": by_value(values_of(LEAD, numbers), right),
        "signal": by_signal(first, right),
    }
    return table(name, ways, right, risks, splits)


def medical(file: Path, splits: int) -> list[Goal]:
    pairs = read_pairs(file)
    contract, encoder = seal("duplicate-questions", model=MODEL)
    values = np.array(scored(pairs, contract, encoder))
    right = np.array([pair.label == 1 for pair in pairs])
    return table("medical-question-pairs", {"score": by_value(values, right)}, right, (0.05, 0.1, 0.2), splits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="holds medical-question-pairs, squad2-dev, covid-faq")
    parser.add_argument("--cache", type=Path, help="a folder where first hits are kept for the next run")
    parser.add_argument("--splits", type=int, default=SPLITS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        cache = asked.cache or Path(passing)
        cache.mkdir(parents=True, exist_ok=True)
        squad, covid = (answers(asked.data / name, cache) for name in ("squad2-dev", "covid-faq"))
    goals = medical(asked.data / "medical-question-pairs" / "pairs.tsv", asked.splits)
    everything = np.ones(len(squad.right), bool)
    goals += first_hits("squad2-dev", squad, squad.answerable, (0.05, 0.1, 0.2), asked.splits)
    goals += first_hits("squad2-dev all", squad, everything, (0.3, 0.4, 0.5), asked.splits)
    goals += first_hits("covid-faq", covid, covid.answerable, (0.2, 0.3, 0.5), asked.splits)
    finish(goals)


if __name__ == "__main__":
    main()
