"""Copies in the results: how many different answers are among the first ten, and what that does to nDCG@10.

A part of a corpus is copied, each document one to three times with light edits: case, spaces, punctuation, the
notation of a number. A copy is as good an answer as its original, but only the first of them counts.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from goals import Goal, finish
from hybrid import DATA, K, read

from askew import Document, Hits, Index
from askew.search.hybrid import gain
from askew.search.ranking import Ranked

SHARE = 0.3
"""Of the documents, those that are copied."""
WAYS: Mapping[str, Mapping[str, object]] = {
    "as it comes": {},
    "collapse": {"collapse": True},
    "diversity 0.2": {"diversity": 0.2},
    "collapse, diversity 0.2": {"collapse": True, "diversity": 0.2},
}


def edited(text: str, how: int) -> str:
    if how == 0:
        return text.replace(". ", ".  ").replace(", ", " ", 1)
    if how == 1:
        return text.upper() if len(text) < 400 else text.replace("The ", "the ").rstrip(".")
    return text.replace(" percent", " %").rstrip(".") + "\n"


def with_copies(documents: Sequence[Document]) -> tuple[list[Document], dict[str, str]]:
    """Return the documents with copies of some, in random order, and the original of each id. Some corpora hold a text
    under two ids: the first is its original.
    """
    chance = random.Random(6)
    made = list(documents)
    first: dict[str, str] = {}
    originals = {document.id: first.setdefault(document.text, document.id) for document in documents}
    for document in documents:
        if chance.random() >= SHARE:
            continue
        for how in range(chance.randint(1, 3)):
            copy = replace(document, id=f"{document.id}~{how}", text=edited(document.text, how))
            made.append(copy)
            originals[copy.id] = originals[document.id]
    chance.shuffle(made)
    return made, originals


def first_of_each(hits: Hits, originals: Mapping[str, str]) -> list[Ranked]:
    """Return the ranking by originals; a repeated one keeps its place, and is worth nothing."""
    seen: set[str] = set()
    found = []
    for hit in hits:
        name = originals[hit.id]
        found.append(Ranked(f"{name} again" if name in seen else name, 0, hit.score))
        seen.add(name)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder of corpora in the layout of BEIR")
    parser.add_argument("--only", default="", help="the one corpus to run")
    parser.add_argument("--queries", type=int, default=300, help="judged queries of each corpus")
    parser.add_argument("--documents", type=int, default=600, help="documents of each corpus, before copying")
    given = parser.parse_args()
    names = [given.only] if given.only else ["squad-dev", "nfcorpus"]
    if not all((given.data / name / "corpus.jsonl").exists() for name in names):
        sys.exit(f"No corpora at {given.data}: name their folder, in the layout of BEIR, with --data.")
    goals = []
    for name in names:
        documents, queries, qrels = read(given.data / name, given.queries, given.documents)
        made, originals = with_copies(documents)
        figures: dict[str, tuple[float, float]] = {}
        print(f"\n{name}: {len(documents):,} documents, {len(made) - len(documents):,} copies, {len(queries)} queries")
        print(f"{'':<28}{'different in ten':>18}{'nDCG@10':>9}{'wrong':>7}{'ms a query':>12}")
        with (
            tempfile.TemporaryDirectory() as place,
            Index.create(Path(place) / "set", "question-answering") as index,
        ):
            index.add(made)
            for way, options in WAYS.items():
                start = time.perf_counter()
                found = index.search(list(queries.values()), K, **options)  # type: ignore[call-overload]
                each = (time.perf_counter() - start) * 1000 / len(queries)
                ranked = [first_of_each(hits, originals) for hits in found]
                different = np.mean([len({originals[hit.id] for hit in hits}) for hits in found])
                value = np.mean([gain(one, qrels[id]) for id, one in zip(queries, ranked, strict=True)])
                wrong = {(hit.id, id) for hits in found for hit in hits for id in hit.copies}
                wrong = {pair for pair in wrong if originals[pair[0]] != originals[pair[1]]}
                figures[way] = float(different), float(value)
                print(f"{way:<28}{different:>18.2f}{value:>9.4f}{len(wrong):>7}{each:>12.1f}", flush=True)
        plain, collapsed = figures["as it comes"], figures["collapse"]
        goals += [
            Goal(f"{name}-different-answers-gained", collapsed[0] - plain[0], 0.5),
            Goal(f"{name}-ndcg-gained", collapsed[1] - plain[1], 0.0),
        ]
    finish(goals)


if __name__ == "__main__":
    main()
