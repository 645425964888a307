"""Are the pairs right? Planted copies of newspaper articles, by layer; and medical questions, by the pair's score.

Articles: 2,500 of 250 words and their planted copies, some with words moved. How many of the planted pairs does each
layer find, and how many others? Only planted pairs are known to be right; any other counts against the precision.
Medical questions: 3,048 pairs that doctors judged, half of them the same question in other words and half of them not,
though they share their key words. The average precision of ranking by score: the cosine of sentence-transformers, that
of askew with the same weights, and the latter once the rules have judged the pair. They speak up in one of eighty pairs
here, and a patient who is 42 in one text and 40 in the other asks the same: the rules must not cost much.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from goals import Goal, finish
from numpy.typing import NDArray
from reference import MODEL, sentence_transformer
from sklearn.metrics import average_precision_score

from askew import Document, Index, Role
from askew.dedup.set_join.layers import layered
from askew.encoders import Encoder
from askew.encoders.loading import load
from askew.models import cards
from askew.pair_labels.judge import judge
from askew.pair_labels.verdict import adjusted
from askew.tasks import get

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SIZES = (100, 1000, 2500)
JACCARD = 0.5
TASK = "near-duplicate"

Keys = set[frozenset[int]]


@dataclass(frozen=True)
class Articles:
    texts: list[str]
    planted: Keys


def articles(folder: Path, size: int) -> Articles:
    rows = [json.loads(line) for line in (folder / f"articles_{size}.jsonl").read_text("utf-8").splitlines()]
    place = {row["_id"]: number for number, row in enumerate(rows)}
    truth = (folder / f"truth_{size}.tsv").read_text("utf-8").splitlines()[1:]
    return Articles([row["text"] for row in rows], {frozenset(place[id] for id in line.split("\t")) for line in truth})


def semantic(texts: Sequence[str], positions: NDArray[np.int64], encoder: Encoder) -> tuple[int, Keys]:
    """How many articles the model does not see whole, and the pairs: each article is one vector, as the task has it."""
    with tempfile.TemporaryDirectory() as name, Index.create(Path(name) / "x", TASK, encoder=encoder) as index:
        index.add([Document(str(position), texts[position]) for position in positions.tolist()])
        cut = sum(account.lost > 0 for account in index.accounts())
        return cut, {frozenset((int(pair.a), int(pair.b))) for pair in index.duplicates(get(TASK).threshold)}


def line(name: str, found: Keys, planted: Keys, seconds: float | None) -> None:
    right = len(found & planted)
    precision = f"{right / len(found):.3f}" if found else "–"
    taken = "" if seconds is None else f"{seconds:.1f}"
    print(f"  {name:<22}{right:>6} of {len(planted):<4}{len(found):>7}{precision:>11}{taken:>9}")


def near(folder: Path, sizes: Sequence[int]) -> list[Goal]:
    encoder = load(cards.get(MODEL), TASK)
    goals = []
    for size in sizes:
        given = articles(folder, size)
        start = time.perf_counter()
        cheap = layered(given.texts, JACCARD)
        middle = time.perf_counter()
        cut, keys = semantic(given.texts, cheap.representatives, encoder)
        end = time.perf_counter()
        print(f"{size:,} articles, {cut:,} of them longer than the {encoder.signature.max_tokens} tokens that are read")
        print(f"  {'':<22}{'planted':>13}{'pairs':>8}{'precision':>11}{'seconds':>9}")
        copies = {frozenset((int(first), place)) for place, first in enumerate(cheap.first) if first != place}
        shared = {frozenset(key) for key in cheap.keys.tolist()}
        line("identical", copies, given.planted, None)
        line(f"shingles >= {JACCARD}", shared, given.planted, middle - start)
        line(f"semantic >= {get(TASK).threshold}", keys, given.planted, end - middle)
        line("  of them new", keys - shared, given.planted, None)
        found = shared | copies
        goals += [
            Goal(f"near-{size}-found", len(found & given.planted) / len(given.planted), 1.0),
            Goal(f"near-{size}-precision", len(found & given.planted) / len(found), 1.0),
        ]
        print()
    return goals


def cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    products: NDArray[np.float64] = np.einsum("ij,ij->i", a.astype(np.float64), b.astype(np.float64))
    return products


def medical(file: Path) -> list[Goal]:
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines()[1:]]
    a, b, labels = [row[0] for row in rows], [row[1] for row in rows], [int(row[2]) for row in rows]
    encoder, reference = load(cards.get(MODEL), "duplicate-questions"), sentence_transformer()
    own = cosines(*(encoder.encode(texts, Role.DOCUMENT).vectors for texts in (a, b)))
    start = time.perf_counter()
    judged = [adjusted(s, judge(x, y, s)) for x, y, s in zip(a, b, own.tolist(), strict=True)]
    each = (time.perf_counter() - start) * 1000 / len(rows)
    scores: Mapping[str, Sequence[float]] = {
        "sentence-transformers": cosines(*(reference.encode(texts) for texts in (a, b))).tolist(),
        "askew": own.tolist(),
        "askew, judged": judged,
    }
    precision = {name: float(average_precision_score(labels, values)) for name, values in scores.items()}
    print(f"{len(rows):,} pairs of medical questions; a judgement takes {each:.2f} ms")
    for name, value in precision.items():
        print(f"  {name:<24}average precision {value:.4f}")
    plain = precision["sentence-transformers"]
    return [
        Goal("medical-as-reference", precision["askew"] - plain, -0.0005),
        Goal("medical-judged-loss", plain - precision["askew, judged"], 0.01, most=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="holds near-dup-articles and medical-question-pairs")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="which of the sets of articles")
    asked = parser.parse_args()
    if not (asked.data / "near-dup-articles").exists():
        sys.exit(f"There is no near-dup-articles in {asked.data}: name the folder that holds it with --data.")
    finish(
        [
            *near(asked.data / "near-dup-articles", asked.sizes),
            *medical(asked.data / "medical-question-pairs/pairs.tsv"),
        ]
    )


if __name__ == "__main__":
    main()
