"""Do promises hold, and what do they cost? 200 random splits of each set: calibrated on one half, checked on the other.

medical-question-pairs: the score of each pair. squad2-dev and covid-faq: the first hit of each question by meaning, by
the learned signal, as `askew calibrate` does it; and for comparison by its score alone, and by its lead alone. Half of
the questions of squad2-dev have no answer by design: an answer to one of them is wrong ("all"), or they are left out.

A promise is kept if at most so many of the answers given in the other half are wrong. That half is a sample as well:
of a risk just below the promise it sees more than promised every other time; less so where only a fifth is labelled
and the other four fifths judge. So each promise is also judged where the truth is known: labels are drawn with
replacement, 1,000 times, and the whole set is the truth. That share must be 90 %, the confidence that was asked for,
less three standard errors of as many draws. A split of which nothing can be promised breaks no promise, and covers
nothing.
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
from askew.calibration.labelled import scored, train_and_score
from askew.confidence.record import LEAD, ConfidenceModel, TopHit
from askew.confidence.risk_control import Guarantee, LabelledScores, labelled_scores, try_guarantee
from askew.contract import Contract
from askew.evaluation.labelled_pairs import read_pairs
from askew.evaluation.qrels import read_qrels
from askew.search.abstention import top_hits
from askew.search.ranking import SearchParams

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MODEL = "all-MiniLM-L6-v2"
SPLITS = 200
DRAWS = 1000
CONFIDENCE = 0.9
BATCH = 256
LEAST = CONFIDENCE - 3 * (CONFIDENCE * (1 - CONFIDENCE) / DRAWS) ** 0.5
SCORE = ConfidenceModel((1.0, 0.0, 0.0), 0.0)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Way = Callable[[Rows], tuple[LabelledScores, Floats]]
"""From the labels of some rows to evidence, and the value of every row of the set."""


@dataclass(frozen=True)
class Answers:
    """Of each question the first hit, and whether it is right; `answerable` where something answers it."""

    found: list[TopHit]
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]


def rows_of(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def answers(folder: Path, cache: Path) -> Answers:
    kept = cache / f"{folder.name}.npz"
    if not kept.exists():
        measure(folder, cache, kept)
    with np.load(kept) as read:
        found = [TopHit("x", *values) for values in read["values"].tolist()]
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
            for first in top_hits(index.store, encode, texts[start : start + BATCH], SearchParams())
        ]
    relevant = [{id for id, value in qrels.get(row["_id"], {}).items() if value > 0} for row in queries]
    np.savez(
        to,
        values=[(first.score, first.lead, first.agreed) for first in found],
        right=[first.document in ids for first, ids in zip(found, relevant, strict=True)],
        answerable=[bool(ids) for ids in relevant],
    )


def values_of(signal: ConfidenceModel, numbers: Floats) -> Floats:
    z = signal.intercept + numbers @ np.array(signal.weights)
    return np.asarray(1 / (1 + np.exp(-z)))


def by_value(values: Floats, right: NDArray[np.bool_]) -> Way:
    return lambda rows: (labelled_scores(values[rows].tolist(), right[rows].tolist()), values)


def by_signal(found: Sequence[TopHit], right: NDArray[np.bool_]) -> Way:
    numbers = np.array([(first.score, first.lead, first.agreed) for first in found])

    def way(rows: Rows) -> tuple[LabelledScores, Floats]:
        signal, labelled = train_and_score([found[row] for row in rows.tolist()], right[rows].tolist())
        return labelled, values_of(signal, numbers)

    return way


def risk(values: Floats, right: NDArray[np.bool_], rows: Rows, threshold: float) -> tuple[float, float]:
    """Of what reaches the threshold the share that is wrong, and what share of all reaches it."""
    given = values[rows] >= threshold - 1e-9
    return (float((~right[rows][given]).mean()) if given.any() else 0.0), float(given.mean())


@dataclass(frozen=True)
class Judged:
    """Shares of draws or splits: kept by the known truth; kept on the other four fifths where a fifth is labelled; of
    halves kept on the other, and of them those of which nothing could be promised. coverage: of halves, on average.
    """

    truth: float
    fifth: float
    half: float
    nothing: float
    coverage: float


def judge(way: Way, right: NDArray[np.bool_], promise: float, splits: int) -> Judged:
    rng, size = np.random.default_rng(0), len(right)
    everything = np.arange(size)
    truth = []
    for _ in range(DRAWS):
        drawn = rng.integers(size, size=size // 2)
        found, values = promised(way, drawn, promise)
        truth.append(risk(values, right, everything, found)[0] <= 1 - promise + 1e-9)
    fifth = [split(way, right, rng.permutation(size), size // 5, promise) for _ in range(splits)]
    half = [split(way, right, rng.permutation(size), size // 2, promise) for _ in range(splits)]
    return Judged(
        float(np.mean(truth)),
        float(np.mean([one[0] for one in fifth])),
        *(float(np.mean([one[column] for one in half])) for column in range(3)),
    )


def promised(way: Way, drawn: NDArray[np.int64], promise: float) -> tuple[float, NDArray[np.float64]]:
    """The threshold, infinite where nothing can be promised, and the value of every label."""
    labelled, values = way(drawn)
    found = try_guarantee(labelled, promise, CONFIDENCE)
    return (found.threshold if isinstance(found, Guarantee) else np.inf), values


def split(
    way: Way, right: NDArray[np.bool_], order: NDArray[np.int64], labels: int, promise: float
) -> tuple[bool, bool, float]:
    """Whether the promise is kept on the rest, whether nothing could be promised, and the share of the rest given."""
    threshold, values = promised(way, order[:labels], promise)
    wrong, share = risk(values, right, order[labels:], threshold)
    return wrong <= 1 - promise + 1e-9, threshold == np.inf, share


def table(name: str, ways: dict[str, Way], right: NDArray[np.bool_], risks: Sequence[float], splits: int) -> list[Goal]:
    print(
        f"\n{name}: {len(right):,} labels, {right.mean():.1%} right; {splits} splits, {len(right) // 2:,} to calibrate"
    )
    headings = ("wrong at most", "kept, truth", "other 4/5", "other half", "nothing", "coverage")
    print(f"  {'':<10}" + "".join(f"{heading:>14}" for heading in headings))
    goals = []
    for label, way in ways.items():
        for alpha in risks:
            told = judge(way, right, 1 - alpha, splits)
            print(
                f"  {label:<10}{alpha:>14.0%}{told.truth:>14.1%}{told.fifth:>14.1%}{told.half:>14.1%}"
                f"{told.nothing:>14.1%}{told.coverage:>14.1%}",
                flush=True,
            )
            goals.append(Goal(f"{name.replace(' ', '-')}-{label}-{alpha:g}", told.truth, LEAST))
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
    contract, encoder = Contract.for_task("duplicate-questions", model=MODEL)
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
