"""Does search by words find what BM25 finds elsewhere, in the world's scripts? nDCG@10 beside bm25s.

bm25s runs as it comes (English stop words, no stemmer), with its English stemmer, and plain (neither). Ours must reach
the best of the three on every set. The last columns are seconds to index and the size of the index in MB.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from goals import Goal, finish
from ir_measures import calc_aggregate, nDCG

from askew.stores.text import TextIndex

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
ENGLISH = ("nfcorpus", "squad-dev", "wikiqa", "medquad", "msmarco-dl19", "tydiqa-goldp-train/en", "xquad/en")
OTHERS = (
    *(f"xquad/{code}" for code in ("ar", "de", "el", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")),
    "tydiqa-goldp-train/ko",
    "tydiqa-goldp-train/sw",
    "covid-faq",
)
K = 10
Rankings = list[list[int]]


@dataclass(frozen=True)
class Corpus:
    ids: Sequence[str]
    texts: Sequence[str]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]


def read(folder: Path, limit: int) -> Corpus:
    """limit: number of judged queries, evenly spaced."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    qrels: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)
    asked = (json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8"))
    queries = {row["_id"]: row["text"] for row in asked if row["_id"] in qrels}
    kept = list(queries)[:: max(len(queries) // limit, 1)]
    return Corpus(
        [row["_id"] for row in rows],
        ["\n".join(part for part in (row.get("title"), row["text"]) if part) for row in rows],
        {id: queries[id] for id in kept},
        {id: qrels[id] for id in kept},
    )


def ours(language: str) -> Callable[[Corpus], tuple[Rankings, float, float]]:
    def rank(corpus: Corpus) -> tuple[Rankings, float, float]:
        with tempfile.TemporaryDirectory() as folder:
            index = TextIndex(Path(folder), language)
            start = time.perf_counter()
            index.add(enumerate(corpus.texts))
            index.commit()
            seconds = time.perf_counter() - start
            size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
            kept = np.ones(len(corpus.ids), np.bool_)
            found = [index.search(query, K, 0, kept).keys.tolist() for query in corpus.queries.values()]
            index.close()
        return found, seconds, size

    return rank


def theirs(stopwords: str | None, stem: bool) -> Callable[[Corpus], Rankings]:
    def rank(corpus: Corpus) -> Rankings:
        stemmer = Stemmer.Stemmer("english") if stem else None
        settings = {"stopwords": stopwords, "stemmer": stemmer, "show_progress": False}
        index = bm25s.BM25()
        index.index(bm25s.tokenize(list(corpus.texts), **settings), show_progress=False)
        asked = bm25s.tokenize(list(corpus.queries.values()), return_ids=False, **settings)
        places, scores = index.retrieve(asked, k=min(K, len(corpus.ids)), show_progress=False)
        return [row[worth > 0].tolist() for row, worth in zip(places, scores, strict=True)]

    return rank


def quality(corpus: Corpus, rankings: Rankings) -> float:
    run = {
        query: {corpus.ids[place]: float(K - rank) for rank, place in enumerate(found)}
        for query, found in zip(corpus.queries, rankings, strict=True)
    }
    return calc_aggregate([nDCG @ K], corpus.qrels, run)[nDCG @ K]


REFERENCES = {
    "bm25s": theirs("en", stem=False),
    "bm25s, stemmed": theirs("en", stem=True),
    "bm25s, plain": theirs(None, stem=False),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder of corpora in the layout of BEIR")
    parser.add_argument("--queries", type=int, default=1000, help="judged queries of each corpus")
    parser.add_argument("--only", default="", help="a part of the names of the corpora to run")
    parser.add_argument("--alone", action="store_true", help="without the references")
    given = parser.parse_args()
    names = [name for name in (*ENGLISH, *OTHERS) if (given.data / name).exists() and given.only in name]
    if not names:
        sys.exit(f"No corpora at {given.data}: name their folder, in the layout of BEIR, with --data.")
    references = {} if given.alone else REFERENCES
    print(f"{'':<24}{'ours':>8}" + "".join(f"{name:>16}" for name in references) + f"{'seconds':>10}{'MB':>8}")
    goals = []
    for name in names:
        corpus = read(given.data / name, given.queries)
        found, seconds, size = ours("english")(corpus)
        own = quality(corpus, found)
        others = [quality(corpus, rank(corpus)) for rank in references.values()]
        print(f"{name:<24}{own:>8.4f}" + "".join(f"{one:>16.4f}" for one in others) + f"{seconds:>10.2f}{size:>8.2f}")
        if others:
            goals.append(Goal(f"nDCG@10 on {name}", own, max(others)))
    finish(goals)


if __name__ == "__main__":
    main()
