"""Building and tuning of the HNSW index of pgvector, once an exact scan takes too long.

The index is built with the settings of `BUILDS`, the first of which usually suffices. `ef_search` is raised until
recall@10 reaches the target for vectors like those stored, and the recall is measured on others of them.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from psycopg import errors

from askew.progress import Progress, Report
from askew.quantisation import Precision
from askew.stores.postgres import records, search
from askew.stores.postgres.schema import put
from askew.stores.postgres.search import LARGEST, LARGEST_EF, Plan, streamed
from askew.stores.postgres.sessions import Session
from askew.stores.postgres.transactions import SEARCH
from askew.stores.postgres.wire import vectors_of
from askew.types import FloatMatrix

PATIENCE = 0.010
"""Maximum seconds for an exact scan of one query."""
SMALL = 4096
"""Number of vectors that is fast to scan on any machine."""
NEAREST = 10
SAMPLES = 200
"""Queries, half to tune and half to measure."""
SEED = 1
AWAY = 0.7
"""Share of the distance to the nearest neighbour by which a stored vector is moved, to be asked for."""
TINY = 1e-30
BUILDS = ((16, 100), (32, 200))
"""Values of m and ef_construction, in the order in which they are tried."""
LADDER = (20, 30, 40, 60, 80, 120, 160, 240, 360, 500, 700, LARGEST_EF)
MARGIN = 0.35
"""Share of the permitted misses that tuning keeps in reserve for sampling error."""
NAME, NEXT = "vectors_hnsw", "vectors_hnsw_next"
MEMORY = 64 << 20, 2 << 30
"""Bytes that the build takes at least and at most."""
GROWTH = 2.0
"""The recall is measured again once there are so many times the rows."""


def indexable(plan: Plan) -> bool:
    return plan.form.dim <= LARGEST[Precision.FLOAT16]


def pays(session: Session, plan: Plan) -> bool:
    """Return whether an exact scan takes too long."""
    if plan.counts.passages < SMALL or not indexable(plan):
        return False
    [[blob]] = session.rows("SELECT embedding FROM vectors LIMIT 1")
    query = vectors_of([blob], plan.form)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        search.exact(session, plan, query, NEAREST, None)
        taken.append(time.perf_counter() - start)
    return min(taken) > PATIENCE


def build(session: Session, plan: Plan, m: int, ef_construction: int, report: Report) -> None:
    """Build the index anew. Writers wait. Readers search as before, and where it replaces another, wait from its end to
    that of the transaction.
    """
    rows = plan.counts.passages
    report(Progress("build the approximate index", 0, rows))
    size = int(rows * (plan.form.dim * 4 + m * 20) * 1.3)
    memory = min(max(size, MEMORY[0]), MEMORY[1]) >> 10
    operators = "halfvec_ip_ops" if plan.cast or plan.form.precision is Precision.FLOAT16 else "vector_ip_ops"
    column = f"(embedding{plan.cast})" if plan.cast else "embedding"
    session.run(f"SET LOCAL maintenance_work_mem = '{memory}kB'")
    statement = f"CREATE INDEX {NEXT} ON vectors USING hnsw ({column} {operators}) "
    try:
        with session.connection.transaction():
            session.run(f"{statement} WITH (m = {m}, ef_construction = {ef_construction})")
    except (errors.DiskFull, errors.OutOfMemory):  # workers share memory, of which a container has little
        session.run("SET LOCAL max_parallel_maintenance_workers = 0")
        session.run(f"{statement} WITH (m = {m}, ef_construction = {ef_construction})")
    session.run(f"DROP INDEX IF EXISTS {NAME}")
    session.run(f"ALTER INDEX {NEXT} RENAME TO {NAME}")
    report(Progress("build the approximate index", rows, rows))


def drop(session: Session) -> None:
    session.run(f"DROP INDEX IF EXISTS {NAME}")
    put(session, SEARCH, "")


def exists(session: Session) -> bool:
    [[found]] = session.rows("SELECT to_regclass(%s) IS NOT NULL", NAME)
    return bool(found)


def samples(session: Session, plan: Plan) -> tuple[FloatMatrix, list[set[int]]]:
    """Return queries, and the keys of what an exact search finds for each."""
    queries = _queries(session, plan)
    return queries, [set(row.tolist()) for row in streamed(session, plan.form, queries, NEAREST, None).rows]


def measured(
    session: Session, plan: Plan, asked: float, known: tuple[FloatMatrix, list[set[int]]], report: Report
) -> Mapping[str, Any]:
    """Return the smallest setting that reaches the target, with the recall that it was measured to have.

    known: see `samples`.
    """
    queries, truth = known
    half = len(queries) // 2
    enough = asked + MARGIN * (1 - asked)
    for place, ef in enumerate(LADDER):
        report(Progress("tune the approximate index", place, len(LADDER)))
        if _recall(session, plan, ef, queries[:half], truth[:half]) >= enough or ef == LADDER[-1]:
            recall = _recall(session, plan, ef, queries[half:], truth[half:])
            if recall >= asked or ef == LADDER[-1]:
                break
    return {"method": "hnsw", "recall": recall, "recall_asked": asked, "ef_search": ef, "rows": plan.counts.passages}


def _queries(session: Session, plan: Plan) -> FloatMatrix:
    """Return vectors that are not stored, and are found about as well as new ones.

    A stored vector leads to its own neighbours by their links, so that recall looks better than it is. So each is moved
    away from where it is stored: by a share of the distance to its nearest neighbour, and in the direction in which
    another one differs from a neighbour of its own. Its length stays. See docs/decisions/0061-postgres-search.md.
    """
    rows = _sample(session, plan)
    near = streamed(session, plan.form, rows, NEAREST, None).rows
    distance = np.linalg.norm(rows - records.vectors(session, near[:, 1], plan.form), axis=1, keepdims=True)
    away = np.roll(rows - records.vectors(session, near[:, NEAREST // 2], plan.form), 1, axis=0)
    moved = rows + AWAY * distance * away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), TINY)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: FloatMatrix = moved * lengths / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), TINY)
    return scaled.astype(np.float32)


def _sample(session: Session, plan: Plan) -> FloatMatrix:
    rng = np.random.default_rng(SEED)
    total = plan.counts.passages
    chosen = np.sort(rng.choice(total, min(SAMPLES, total), replace=False))
    [keys] = session.rows("SELECT array_agg(key ORDER BY key) FROM passages")
    found = records.vectors(session, np.asarray(keys[0], np.int64)[chosen], plan.form)
    return found[rng.permutation(len(found))]


def _recall(session: Session, plan: Plan, ef: int, queries: FloatMatrix, truth: list[set[int]]) -> float:
    asked = Plan(plan.counts, plan.form, ef)
    found = search.approximate(session, asked, queries, NEAREST, None).rows.tolist()
    return float(np.mean([len(set(row) & best) / NEAREST for row, best in zip(found, truth, strict=True)]))
