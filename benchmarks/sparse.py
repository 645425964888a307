"""Learned sparse retrieval: the same nDCG@10 as sentence-transformers' SparseEncoder? And how fast on 100,000 passages?

The model is a folder with a sparse encoder. Its weights of a BEIR set are computed by both libraries and kept in a
cache. The passages of the second part are mixed from two real ones each, so that their terms are as frequent as those
of a real corpus; queries are the set's own.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from goals import Goal, finish
from ir_measures import calc_aggregate, nDCG

from askew import paths
from askew.encoders.sparse.encoder import load
from askew.encoders.sparse.folder import card_of
from askew.stores import Entry
from askew.stores.local import inverted_file
from askew.stores.local.store import LocalStore
from askew.types import Document, Passage, Role, SparseRows

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
K, PART, BATCH, DIM, DIGITS = 10, 300, 512, 8, 4
Encode = Callable[[Sequence[str], Role], SparseRows]
Run = dict[str, dict[str, float]]


def read(folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, int]]]:
    """Return the texts of documents and judged queries, and the judgements."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    qrels: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)
    asked = [json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8")]
    texts = {row["_id"]: f"{row.get('title', '')} {row['text']}".strip() for row in rows}
    return texts, {row["_id"]: row["text"] for row in asked if row["_id"] in qrels}, qrels


def ours(model: Path) -> Encode:
    encoder = load(card_of(model), "question-answering")
    return lambda texts, role: encoder.encode(texts, role).rows


def theirs(model: Path) -> Encode:
    from sentence_transformers import SparseEncoder

    encoder = SparseEncoder(str(model), device="cpu")

    def encode(texts: Sequence[str], role: Role) -> SparseRows:
        of_role = encoder.encode_query if role is Role.QUERY else encoder.encode_document
        made = of_role(list(texts), batch_size=8, convert_to_sparse_tensor=False, show_progress_bar=False)
        return SparseRows.of(made.numpy())

    return encode


def cached(name: str, encode: Encode, texts: Sequence[str], role: Role) -> SparseRows:
    """Encode in parts, each kept in a file."""
    home = paths.cache() / "benchmark-sparse" / name
    home.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, len(texts), PART):
        file = home / f"{role}-{start}.npz"
        if not file.exists():
            made = encode(texts[start : start + PART], role)
            np.savez(file, starts=made.starts, terms=made.terms, weights=made.weights)
        held = np.load(file)
        parts.append(SparseRows(held["starts"], held["terms"], held["weights"]))
    return SparseRows.joined(parts)


def dense(rows: SparseRows, width: int) -> np.ndarray:
    matrix = np.zeros((len(rows), width), np.float32)
    matrix[np.repeat(np.arange(len(rows)), np.diff(rows.starts)), rows.terms] = rows.weights
    return matrix


def exact(documents: SparseRows, queries: SparseRows, width: int) -> np.ndarray:
    """The scores of unquantised weights, (queries, documents)."""
    asked = dense(queries, width)
    steps = range(0, len(documents), PART)
    return np.concatenate([asked @ dense(documents.part(slice(n, n + PART)), width).T for n in steps], axis=1)


def entries(rows: SparseRows, first: int = 0) -> list[Entry]:
    vectors, made = np.full((1, DIM), DIM**-0.5, np.float32), []
    for number in range(len(rows)):
        id = f"{first + number}"
        passages = [Passage(id, 0, 0, 1, "x")]
        made.append(Entry(Document(id, "x"), "", passages, vectors, 1, 1, rows.part(slice(number, number + 1))))
    return made


def filled(folder: str, rows: SparseRows) -> LocalStore:
    store = LocalStore.create(Path(folder) / "s.askew", DIM, "m")
    for start in range(0, len(rows), BATCH):
        store.write(entries(rows.part(slice(start, start + BATCH)), start))
    return store


def ndcg(qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]]) -> float:
    return float(calc_aggregate([nDCG @ K], qrels, run)[nDCG @ K])


def of_scores(scores: np.ndarray, queries: Sequence[str], ids: Sequence[str]) -> Run:
    """The best documents of each query. NFCorpus holds texts twice, once judged and once not: which of them comes first
    must not hang on the last bit of a score.
    """
    scores = np.round(scores.astype(np.float64), DIGITS)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    return {q: {ids[n]: float(row[n]) for n in order} for q, row, order in zip(queries, scores, best, strict=True)}


def of_store(
    rows: SparseRows, asked: SparseRows, queries: Sequence[str], ids: Sequence[str]
) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        store = filled(folder, rows)
        inverted_file.tune(store._catalog)
        found = store.sparse(asked, K)
        store.close()
    return {
        query: {ids[key]: score for key, score in zip(keys, scores, strict=True) if key >= 0}
        for query, keys, scores in zip(queries, found.keys.tolist(), found.scores.tolist(), strict=True)
    }


def mixed(rows: SparseRows, count: int) -> SparseRows:
    """Make passages, each of half of the terms of two real ones."""
    rng = np.random.default_rng(1)
    parts = []
    for _ in range(count):
        terms: dict[int, float] = {}
        for place in rng.integers(len(rows), size=2).tolist():
            one = rows.part(slice(place, place + 1))
            kept = rng.random(len(one.terms)) < 0.5
            terms |= dict(zip(one.terms[kept].tolist(), one.weights[kept].tolist(), strict=True))
        order = sorted(terms)
        weights = np.array([terms[term] for term in order], np.float32)
        parts.append(SparseRows(np.array([0, len(order)]), np.array(order, np.int32), weights))
    return SparseRows.joined(parts)


def speed(rows: SparseRows, asked: SparseRows, count: int) -> list[Goal]:
    passages = mixed(rows, count)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        store = filled(folder, passages)
        written = time.perf_counter() - begin
        begin = time.perf_counter()
        inverted_file.tune(store._catalog)
        built = time.perf_counter() - begin
        store.close()
        file = next((Path(folder) / "s.askew").glob("sparse-*"))
        store = LocalStore.open(Path(folder) / "s.askew")
        begin = time.perf_counter()
        store.sparse(asked.part(slice(0, 1)), K)
        first = time.perf_counter() - begin
        taken = []
        for number in range(min(len(asked), 300)):
            one = asked.part(slice(number, number + 1))
            begin = time.perf_counter()
            store.sparse(one, K)
            taken.append(time.perf_counter() - begin)
        with store._catalog.reading() as connection:
            [[held]] = connection.execute("SELECT sum(length(packed)) FROM impacts")
        store.close()
        size = file.stat().st_size
    p50, p95 = np.quantile(taken, [0.5, 0.95]) * 1000
    terms = len(passages.terms) / count
    print(f"{count:,} passages of {terms:.0f} terms; queries of {len(asked.terms) / len(asked):.0f}")
    print(f"query p50 {p50:.2f} ms, p95 {p95:.2f} ms; first after opening {first * 1000:.0f} ms")
    print(
        f"inverted file {size / 1e6:.1f} MB ({size / count:.0f} bytes a passage), in the catalogue {held / 1e6:.1f} MB"
    )
    print(f"written in {written:.1f} s, inverted in {built:.1f} s")
    return [Goal("p50 of a query", float(p50), 10, " ms", most=True)]


def quality(model: Path, name: str) -> tuple[SparseRows, SparseRows, list[Goal]]:
    """Print nDCG@10 of both libraries. Returns our rows of documents and queries."""
    documents, asked, qrels = read(DATA / name)
    width, ids, queries = card_of(model).dim, list(documents), list(asked)
    made: dict[str, list[SparseRows]] = {}
    for library, build in (("askew", ours), ("sentence-transformers", theirs)):
        encode, begin = build(model), time.perf_counter()
        sides = [(list(documents.values()), Role.DOCUMENT), (list(asked.values()), Role.QUERY)]
        made[library] = [cached(f"{model.name}-{name}-{library}", encode, *side) for side in sides]
        print(f"{library}: {time.perf_counter() - begin:.0f} s to encode what was not in the cache")
    scores = {library: exact(*rows, width) for library, rows in made.items()}
    found = {library: ndcg(qrels, of_scores(one, queries, ids)) for library, one in scores.items()}
    found["askew, 8 bits"] = ndcg(qrels, of_store(*made["askew"], queries, ids))
    for library, value in found.items():
        print(f"nDCG@{K} {value:.4f}  {library}")
    apart = max(_apart(one, other, width) for one, other in zip(*made.values(), strict=True))
    print(f"largest difference of a weight {apart:.2g}; {len(made['askew'][0].terms) / len(ids):.0f} terms a document")
    gaps = [abs(found[one] - found["sentence-transformers"]) for one in ("askew", "askew, 8 bits")]
    goals = [Goal("largest difference of a weight", apart, 1e-4, most=True)]
    goals += [
        Goal(f"nDCG apart, {what}", gap, 5e-4, most=True) for what, gap in zip(("exact", "8 bits"), gaps, strict=True)
    ]
    return *made["askew"], goals


def _apart(one: SparseRows, other: SparseRows, width: int) -> float:
    parts = [slice(start, start + PART) for start in range(0, len(one), PART)]
    return max(float(np.abs(dense(one.part(part), width) - dense(other.part(part), width)).max()) for part in parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder of a sparse encoder")
    parser.add_argument("--data", default="nfcorpus", help="a set in shared/data in BEIR's layout")
    parser.add_argument("--passages", type=int, default=100_000)
    given = parser.parse_args()
    documents, queries, goals = quality(given.model, given.data)
    finish([*goals, *speed(documents, queries, given.passages)])


if __name__ == "__main__":
    main()
