"""Building and tuning of the HNSW index of pgvector, once an exact scan takes too long.

The index is built with the settings of `BUILDS`, the first of which usually suffices. `ef_search` is raised until
recall@10 reaches the target for rows that are left out of their own neighbours, and measured on others of them.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from askew.progress import Progress, Report
from askew.quantisation import Precision
from askew.stores.flat import Found, nothing
from askew.stores.postgres import search
from askew.stores.postgres.bookkeeping import SEARCH
from askew.stores.postgres.schema import put
from askew.stores.postgres.search import LARGEST_EF, Plan, candidates, pages, streamed, tuned
from askew.stores.postgres.transactions import Session
from askew.types import FloatMatrix

PATIENCE = 0.010
"""Maximum seconds for an exact scan of one query."""
SMALL = 4096
"""Number of vectors that is fast to scan on any machine."""
NEAREST = 10
SAMPLES = 200
"""Rows that are asked for, half to tune and half to measure."""
SEED = 1
BUILDS = ((16, 100), (32, 200))
"""Values of m and ef_construction, in the order in which they are tried."""
LADDER = (20, 30, 40, 60, 80, 120, 160, 240, 360, 500, 700, LARGEST_EF)
MARGIN = 0.35
"""Share of the permitted misses that tuning keeps in reserve for sampling error."""
LARGEST = {Precision.FLOAT32: 2000, Precision.FLOAT16: 4000}
"""Dimensions that an index takes."""
NAME = "vectors_hnsw"
MEMORY = 64 << 20, 2 << 30
"""Bytes that the build takes at least and at most."""
GROWTH = 2.0
"""The recall is measured again once there are so many times the rows."""


def cast(plan: Plan) -> str:
    """Return the cast to the type that is indexed: of more dimensions than `vector` is indexed with, `halfvec`."""
    wide = plan.form.dim > LARGEST[plan.form.precision]
    return f"::halfvec({plan.form.dim})" if wide else ""


def indexable(plan: Plan) -> bool:
    return plan.form.dim <= LARGEST[Precision.FLOAT16]


def pays(session: Session, plan: Plan) -> bool:
    """Return whether an exact scan takes too long."""
    if plan.counts.passages < SMALL or not indexable(plan):
        return False
    query = next(pages(session, plan.form))[1][:1]
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        search.exact(session, plan, query, NEAREST, None)
        taken.append(time.perf_counter() - start)
    return min(taken) > PATIENCE


def build(session: Session, plan: Plan, m: int, ef_construction: int, report: Report) -> None:
    """Build the index anew. Writers wait; readers search as before until the transaction ends."""
    rows = plan.counts.passages
    report(Progress("build the approximate index", 0, rows))
    size = int(rows * (plan.form.dim * 4 + m * 20) * 1.3)
    memory = min(max(size, MEMORY[0]), MEMORY[1]) >> 10
    operators = "halfvec_ip_ops" if cast(plan) or plan.form.precision is Precision.FLOAT16 else "vector_ip_ops"
    column = f"(embedding{cast(plan)})" if cast(plan) else "embedding"
    session.run(f"SET LOCAL maintenance_work_mem = '{memory}kB'")
    session.run(f"DROP INDEX IF EXISTS {NAME}")
    session.run(
        f"CREATE INDEX {NAME} ON vectors USING hnsw ({column} {operators}) "
        f"WITH (m = {m}, ef_construction = {ef_construction})"
    )
    report(Progress("build the approximate index", rows, rows))


def drop(session: Session) -> None:
    session.run(f"DROP INDEX IF EXISTS {NAME}")
    put(session, SEARCH, "")


def exists(session: Session) -> bool:
    [[found]] = session.rows("SELECT to_regclass(%s) IS NOT NULL", NAME)
    return bool(found)


def measured(session: Session, plan: Plan, asked: float, report: Report) -> Mapping[str, Any]:
    """Return the smallest setting that reaches the target, with the recall that it was measured to have."""
    queries, own = _sample(session, plan)
    truth = _without(streamed(session, plan.form, queries, NEAREST + 1, None), own)
    half = len(queries) // 2
    enough = asked + MARGIN * (1 - asked)
    for place, ef in enumerate(LADDER):
        report(Progress("tune the approximate index", place, len(LADDER)))
        if _recall(session, plan, ef, queries[:half], own[:half], truth[:half]) >= enough or ef == LADDER[-1]:
            recall = _recall(session, plan, ef, queries[half:], own[half:], truth[half:])
            if recall >= asked or ef == LADDER[-1]:
                break
    return {"method": "hnsw", "recall": recall, "recall_asked": asked, "ef_search": ef, "rows": plan.counts.passages}


def _sample(session: Session, plan: Plan) -> tuple[FloatMatrix, list[int]]:
    rng = np.random.default_rng(SEED)
    total = plan.counts.passages
    chosen = np.sort(rng.choice(total, min(SAMPLES, total), replace=False))
    rows, keys, start = [], [], 0
    for found, vectors in pages(session, plan.form):
        here = chosen[(chosen >= start) & (chosen < start + len(found))] - start
        rows.append(vectors[here])
        keys += found[here].tolist()
        start += len(found)
    order = rng.permutation(len(keys))
    return np.concatenate(rows)[order], [keys[place] for place in order]


def _without(found: Found, own: list[int]) -> list[set[int]]:
    """Return the keys of each row without the one that was asked for."""
    return [
        set([key for key in row.tolist() if key >= 0 and key != key_of][:NEAREST])
        for row, key_of in zip(found.rows, own, strict=True)
    ]


def _recall(
    session: Session, plan: Plan, ef: int, queries: FloatMatrix, own: list[int], truth: list[set[int]]
) -> float:
    asked = Plan(plan.counts, plan.form, plan.kind, ef, cast(plan))
    hits = []
    with tuned(session, asked, 1, None):
        for query, key, best in zip(queries, own, truth, strict=True):
            found = nothing(1, NEAREST + 1)
            search.settled(candidates(session, asked, query, NEAREST + 1, None), plan.form, query, found, 0)
            hits.append(len(_without(found, [key])[0] & best) / max(len(best), 1))
    return float(np.mean(hits))
