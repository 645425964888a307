"""Is hybrid search as good as its better half, on every set, as it comes? nDCG@10 by words, by meaning and by both.

Nothing is learned: each index is searched with its defaults. The last column is what the best fixed weights would add,
chosen with the answers at hand. A set is an index of its own; the mean is over sets, the twelve of XQuAD each one.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from goals import Goal, finish

from askew import Document, Index
from askew.search.hybrid import fuse_channels, gain, rank_channels
from askew.search.ranking import SearchParams

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")
SETS = ("nfcorpus", "squad-dev", "wikiqa", "medquad", "msmarco-dl19", "covid-faq")
OTHERS = tuple(f"tydiqa-goldp-train/{code}" for code in ("en", "ko", "sw"))
K = 10


@dataclass(frozen=True)
class Figures:
    lexical: float
    dense: float
    hybrid: float
    best: float

    @property
    def better(self) -> float:
        return max(self.lexical, self.dense)


def read(folder: Path, limit: int, most: int) -> tuple[list[Document], dict[str, str], dict[str, dict[str, float]]]:
    """limit: judged queries, evenly spaced. most: documents, of which those judged relevant come first; 0 for all."""
    qrels: dict[str, dict[str, float]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")[:3]
        qrels.setdefault(query, {})[document] = float(grade)
    asked = (json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8"))
    known = {row["_id"]: row["text"] for row in asked if max(qrels.get(row["_id"], {"": 0}).values()) > 0}
    queries = {id: known[id] for id in list(known)[:: max(len(known) // limit, 1)]}
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    documents = [Document(row["_id"], row["text"], row.get("title") or "") for row in rows]
    wanted = {document for id in queries for document, grade in qrels[id].items() if grade > 0}
    if most:
        documents.sort(key=lambda document: document.id not in wanted)
        documents = documents[: max(most, len(wanted))]
    return documents, queries, {id: qrels[id] for id in queries}


def mean_gain(index: Index, queries: Mapping[str, str], qrels: Mapping[str, Mapping[str, float]], mode: str) -> float:
    rankings = index.rank(list(queries.values()), K, mode=mode)
    return float(np.mean([gain(ranking, qrels[id]) for id, ranking in zip(queries, rankings, strict=True)]))


def best_fixed(index: Index, queries: Mapping[str, str], qrels: Mapping[str, Mapping[str, float]]) -> float:
    texts = list(queries.values())
    pairs = rank_channels(index.store, texts, index.sealed.encode_queries(texts, "measuring"), SearchParams())
    tried = [
        [gain(fuse_channels(pair, (share, 1 - share), K), qrels[id]) for id, pair in zip(queries, pairs, strict=True)]
        for share in np.linspace(0, 1, 21).tolist()
    ]
    return float(np.mean(tried, axis=1).max())


def measured(folder: Path, given: argparse.Namespace) -> Figures:
    documents, queries, qrels = read(folder, given.queries, given.documents)
    with (
        tempfile.TemporaryDirectory() as place,
        Index.create(Path(place) / "set", "question-answering", precision=given.precision) as index,
    ):
        index.add(documents)
        lexical, dense = (mean_gain(index, queries, qrels, mode) for mode in ("lexical", "dense"))
        hybrid = mean_gain(index, queries, qrels, index.task.mode)
        return Figures(lexical, dense, hybrid, best_fixed(index, queries, qrels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder of corpora in the layout of BEIR")
    parser.add_argument("--queries", type=int, default=1000, help="judged queries of each corpus")
    parser.add_argument("--documents", type=int, default=0, help="at most so many documents of each corpus (0: all)")
    parser.add_argument("--precision", default="fp32", help="of the model")
    parser.add_argument("--only", default="", help="a part of the names of the corpora to run")
    given = parser.parse_args()
    every = (*SETS, *(f"xquad/{code}" for code in LANGUAGES), *OTHERS)
    names = [name for name in every if given.only in name and (given.data / name / "corpus.jsonl").exists()]
    if not names:
        sys.exit(f"No corpora at {given.data}: name their folder, in the layout of BEIR, with --data.")
    print(f"{'':<24}{'lexical':>9}{'dense':>9}{'hybrid':>9}{'to better':>11}{'best fixed':>12}{'seconds':>9}")
    gained = []
    for name in names:
        start = time.perf_counter()
        one = measured(given.data / name, given)
        gained.append(one.hybrid - one.better)
        print(
            f"{name:<24}{one.lexical:>9.4f}{one.dense:>9.4f}{one.hybrid:>9.4f}{gained[-1]:>+11.4f}"
            f"{one.best - one.better:>+12.4f}{time.perf_counter() - start:>9.0f}",
            flush=True,
        )
    print(f"{'mean':<24}{'':>27}{np.mean(gained):>+11.4f}")
    goals = [Goal(f"hybrid-{name}", value, -0.01) for name, value in zip(names, gained, strict=True)]
    finish([*goals, Goal("hybrid-mean", float(np.mean(gained)), 0.03)])


if __name__ == "__main__":
    main()
