"""Are mined negatives exact, and what do they cost? NFCorpus and SQuAD beside brute force and sentence-transformers.

Brute force: every score in float64 from the vectors that the index holds, all sorted. sentence-transformers:
`mine_hard_negatives` with the same weights, texts, margin, ranks and count; it encodes the documents for every mining,
so its time is also told with all vectors from its cache. Each miner runs in a process of its own; the memory is what
mining adds to the model and the libraries that were loaded before.

sentence-transformers applies the margin to the lowest score of a query's relevant documents, askew to each one's own;
it knows documents by their text, askew by their id; and it looks among as many more ranks as the query with most
relevant documents has. Brute force with these three rules tells how much of the difference they explain.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from goals import Goal, finish
from numpy.typing import NDArray

from askew import Index, read
from askew.evaluation.qrels import read_qrels
from askew.training.negatives import negatives

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("nfcorpus", "squad-dev")
COUNT, RANKS, MARGIN = 5, 100, 0.95
TIE = 1e-6  # scores of the same texts by two libraries differ by less
MIB = 1 << 20

Triplets = dict[tuple[str, str], list[str]]  # negatives by query and relevant document, all as texts or all as ids
Scores = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Given:
    """documents: the texts as they are encoded, by id. relevant: ids of documents by id of query."""

    queries: dict[str, str]
    documents: dict[str, str]
    relevant: dict[str, list[str]]


@dataclass(frozen=True)
class Run:
    """seconds: by the clock. processor: of processor time. memory: bytes that mining adds to what the process held."""

    seconds: float
    processor: float
    memory: float
    found: Triplets


def given(data: Path, most: int | None) -> Given:
    rows = [json.loads(line) for line in (data / "corpus.jsonl").read_text("utf-8").splitlines()]
    documents = {row["_id"]: f"{row['title']} {row['text']}" if row["title"] else row["text"] for row in rows}
    texts = {
        row["_id"]: row["text"] for row in map(json.loads, (data / "queries.jsonl").read_text("utf-8").splitlines())
    }
    grades = read_qrels(data / "qrels.tsv")
    relevant = {
        query: [id for id, grade in grades[query].items() if grade > 0 and id in documents]
        for query in list(texts)
        if query in grades
    }
    chosen = {query: ids for query, ids in list(relevant.items())[:most] if ids}
    return Given({query: texts[query] for query in chosen}, documents, chosen)


def resident() -> int:
    """The most memory of this process since it was last asked."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return int(line.split()[1]) << 10


def measured(act: Callable[[], Triplets]) -> Run:
    resident()
    before, start, used = resident(), time.perf_counter(), time.process_time()
    found = act()
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    return Run(seconds, processor, resident() - before, found)


def by_askew(one: Given, folder: Path) -> Run:
    qrels = {query: dict.fromkeys(ids, 1) for query, ids in one.relevant.items()}

    def act() -> Triplets:
        found: Triplets = {}
        for mined in negatives(
            index, one.queries, qrels, count=COUNT, ranks=(1, RANKS), margin=MARGIN, progress=False
        ).found:
            found.setdefault((mined.query, mined.positive), []).append(mined.negative)
        return found

    with Index.open(folder / "index") as index:
        index.search("open the model", 1)
        return measured(act)


def by_sentence_transformers(one: Given, folder: Path) -> Run:
    from datasets import Dataset
    from reference import sentence_transformer
    from sentence_transformers.util import mine_hard_negatives

    pairs = [(one.queries[query], one.documents[id]) for query, ids in one.relevant.items() for id in ids]
    model = sentence_transformer()
    model.encode(["open the model"])
    asked = Dataset.from_dict({"query": [query for query, _ in pairs], "positive": [text for _, text in pairs]})

    def act() -> Triplets:
        found: Triplets = {}
        for row in mine_hard_negatives(
            asked, model, corpus=list(one.documents.values()), range_max=RANKS, relative_margin=1 - MARGIN,
            num_negatives=COUNT, verbose=False, cache_folder=str(folder / "cache"),
        ):  # fmt: skip
            found.setdefault((row["query"], row["positive"]), []).append(row["negative"])
        return found

    with contextlib.redirect_stderr(Path(os.devnull).open("w")):
        return measured(act)


MINERS = {"askew": by_askew, "sentence-transformers": by_sentence_transformers}


def apart(miner: str, data: Path, most: int | None, folder: Path) -> Run:
    """Run a miner in a process of its own."""
    command = [sys.executable, __file__, "--miner", miner, "--sets", str(data), "--folder", str(folder)]
    subprocess.run([*command, *(["--queries", str(most)] if most else [])], check=True)
    told = json.loads((folder / "run.json").read_text())
    found = {(query, positive): ids for query, positive, ids in told.pop("found")}
    return Run(**told, found=found)


def alone(miner: str, data: Path, most: int | None, folder: Path) -> None:
    run = MINERS[miner](given(data, most), folder)
    found = [(*key, ids) for key, ids in run.found.items()]
    (folder / "run.json").write_text(json.dumps({**vars(run), "found": found}))


def every_score(one: Given, folder: Path) -> tuple[list[str], Scores]:
    """Ids of all documents, and the score of each for each query: that of its best passage."""
    with Index.open(folder / "index") as index, index.store.snapshot() as store:
        blocks = store.blocks()
        keys = np.concatenate([block.keys for block in blocks]).tolist()
        vectors = np.concatenate([block.vectors for block in blocks]).astype(np.float64)
        owners = [passage.document for passage in index.store.passages(keys)]
        asked = index.sealed.encode_queries(list(one.queries.values()), "measuring").astype(np.float64)
    place = {id: number for number, id in enumerate(dict.fromkeys(owners))}
    best = np.full((len(asked), len(place)), -np.inf)
    np.maximum.at(best, (slice(None), [place[id] for id in owners]), asked @ vectors.T)
    return list(place), dict(zip(one.queries, best, strict=True))


def brute(
    ids: Sequence[str], scores: Scores, relevant: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the negatives by askew's rules: of each relevant document, by its own score."""
    place = {id: number for number, id in enumerate(ids)}
    for query, positives in relevant.items():
        order = np.argsort(-scores[query], kind="stable")
        others = [number for number in order.tolist() if ids[number] not in positives][:RANKS]
        for positive in positives:
            own = scores[query][place[positive]]
            below = [number for number in others if scores[query][number] <= own - (1 - MARGIN) * abs(own)]
            yield query, positive, [ids[number] for number in below[:COUNT]]


def by_their_rules(one: Given, ids: Sequence[str], scores: Scores) -> Triplets:
    """The negatives by the rules of sentence-transformers, all as texts."""
    first = {text: number for number, text in reversed(list(enumerate(one.documents[id] for id in ids)))}
    distinct = np.array(sorted(first.values()))
    relevant: dict[str, dict[str, None]] = {}
    for query, positives in one.relevant.items():
        relevant.setdefault(one.queries[query], {}).update(dict.fromkeys(one.documents[id] for id in positives))
    row = {one.queries[query]: scores[query][distinct] for query in one.queries}
    texts = [one.documents[ids[number]] for number in distinct.tolist()]
    place = {text: number for number, text in enumerate(texts)}
    pool, found = RANKS + max(map(len, relevant.values())), Triplets()
    for query, positives in relevant.items():
        order = np.argsort(-row[query], kind="stable")[:pool].tolist()
        lowest = min(row[query][place[text]] for text in positives)
        limit = lowest - (1 - MARGIN) * abs(lowest)
        below = [texts[n] for n in order if texts[n] not in positives and row[query][n] <= limit][:COUNT]
        found |= {(query, positive): below for positive in positives}
    return found


def differing(left: Triplets, right: Triplets) -> tuple[int, int]:
    """How many negatives of either are not in the other, and how many there are."""
    keys = {*left, *right}
    other = sum(len({*left.get(key, ())} ^ {*right.get(key, ())}) for key in keys)
    return other, sum(map(len, left.values())) + sum(map(len, right.values()))


def unequal(left: Triplets, right: Triplets, ids: Sequence[str], scores: Scores) -> int:
    """Count places at which brute force has a document with another score: those with equal ones may be exchanged."""
    place, wrong = {id: number for number, id in enumerate(ids)}, 0
    for key in {*left, *right}:
        a, b = left.get(key, []), right.get(key, [])
        row = scores[key[0]]
        wrong += abs(len(a) - len(b))
        wrong += sum(abs(row[place[x]] - row[place[y]]) > TIE for x, y in zip(a, b, strict=False) if x != y)
    return wrong


def as_texts(one: Given, found: Triplets) -> Triplets:
    made: Triplets = {}
    for (query, positive), ids in found.items():
        made[one.queries[query], one.documents[positive]] = [one.documents[id] for id in ids]
    return made


def one_set(data: Path, most: int | None) -> list[Goal]:
    one = given(data, most)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Index.create(folder / "index", "question-answering", policy="accept") as index:
            start = time.perf_counter()
            index.add(read([data / "corpus.jsonl"]).documents)
            indexed = time.perf_counter() - start
        ours = apart("askew", data, most, folder)
        theirs = apart("sentence-transformers", data, most, folder)
        cached = apart("sentence-transformers", data, most, folder)
        ids, scores = every_score(one, folder)
    sorted_all = {(query, positive): found for query, positive, found in brute(ids, scores, one.relevant) if found}
    wrong = unequal(ours.found, sorted_all, ids, scores)
    moved = differing(ours.found, sorted_all)[0]
    pairs = sum(map(len, one.relevant.values()))
    print(
        f"\n{data.name}: {len(one.documents):,} documents, {len(one.queries):,} queries, {pairs:,} relevant documents"
    )
    print(f"indexed once in {indexed:.1f} s\n{'':<40}{'negatives':>10}{'seconds':>9}{'processor':>11}{'MiB':>8}")
    named = {"askew": ours, "sentence-transformers": theirs, "sentence-transformers, vectors cached": cached}
    for title, run in named.items():
        count, times = sum(map(len, run.found.values())), f"{run.seconds:>9.2f}{run.processor:>11.2f}"
        print(f"{title:<40}{count:>10,}{times}{run.memory / MIB:>8.0f}")
    print(f"brute force: {wrong:,} negatives differ, {moved:,} where scores are equal to {TIE:g}")
    other, all_of = differing(as_texts(one, ours.found), theirs.found)
    left, _ = differing(by_their_rules(one, ids, scores), theirs.found)
    print(f"sentence-transformers: {other:,} of {all_of:,} negatives are not in the other; by its rules, {left:,}")
    return [
        Goal(f"negatives-{data.name}-unlike-brute-force", wrong, 0, most=True),
        Goal(f"negatives-{data.name}-speed", theirs.processor / ours.processor, 1, "x"),
        Goal(f"negatives-{data.name}-memory", ours.memory / theirs.memory, 1, "x", most=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, nargs="*", default=[DATA / name for name in SETS], help="sets, as in BEIR")
    parser.add_argument("--queries", type=int, help="only the first so many")
    parser.add_argument("--miner", choices=MINERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.miner:
        return alone(asked.miner, asked.sets[0], asked.queries, asked.folder)
    if missing := [data for data in asked.sets if not (data / "corpus.jsonl").exists()]:
        sys.exit(f"There is no set at {missing[0]}: name folders in the layout of BEIR with --sets.")
    return finish([goal for data in asked.sets for goal in one_set(data, asked.queries)])


if __name__ == "__main__":
    main()
