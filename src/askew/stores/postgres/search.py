"""Nearest neighbours in SQL: an exact scan, or the HNSW index of pgvector, whose candidates are rescored.

Scores are those of every store: the inner product in double precision, rounded to float32, ties by key. Postgres ranks
in single precision, so that a scan returns a few rows more, until none that is left can belong to the best.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.quantisation import RowFormat
from askew.stores import Keys, Neighbours
from askew.stores.flat import Found, merged, nothing, settle
from askew.stores.flat import nearest as scanned
from askew.stores.postgres.filters import Clause
from askew.stores.postgres.transactions import Counts, Session
from askew.stores.postgres.wire import Vector, vectors_of
from askew.types import FloatMatrix

MORE = 16
"""Rows that a scan returns beyond those asked for."""
WIDEN = 4
AT_ONCE = 8
"""Queries from which on a scan reads the vectors once for all of them."""
ROWS = 8192
"""Vectors that are read at a time."""
LARGEST_EF = 1000
"""Largest `hnsw.ef_search`."""
DEEPEST = 400
"""Neighbours up to which the index is asked."""
PAYS = 16
"""A filter that keeps fewer than √(PAYS · k · n) of n passages is answered by a scan of these."""
BREADTH = 3
"""Candidates per neighbour that an iterative scan looks for among the passages that a filter keeps."""
NUMBER = count()
OTHER_PLANS = ("enable_seqscan", "enable_sort")
"""What Postgres may not do where a filter keeps many: it would test every passage first."""

NEAREST = """SELECT v.key, v.embedding, (v.embedding::vector <#> %s::vector) + 0 AS distance FROM vectors v {kept}
             ORDER BY distance, v.key LIMIT %s"""
KEPT = "JOIN passages p USING (key) WHERE {}"
APPROXIMATE = """SELECT v.key, v.embedding FROM vectors v {kept}
                 ORDER BY v.embedding{cast} <#> %s::vector::{kind} LIMIT %s"""
PROBED = "JOIN LATERAL (SELECT 1 FROM passages p WHERE p.key = v.key AND {} LIMIT 1) AS kept ON true"


@dataclass(frozen=True)
class Filter:
    """A filter in both forms, and how many passages it keeps; beyond `few` only that it keeps more."""

    kept: Clause
    probed: Clause
    passages: int


@dataclass(frozen=True)
class Plan:
    """How the vectors of a store are searched. ef: of the index; 0 where there is none. cast: to the type indexed."""

    counts: Counts
    form: RowFormat
    kind: str
    ef: int = 0
    cast: str = ""

    def few(self, k: int) -> int:
        """Return how many passages a filter keeps at most to be answered by a scan of these."""
        return max(1000, int((PAYS * max(k, 10) * self.counts.passages) ** 0.5))


def nearest(session: Session, plan: Plan, queries: FloatMatrix, k: int, filter: Filter | None) -> Neighbours:
    k = max(0, min(k, plan.counts.passages))
    if not k or not len(queries):
        found = nothing(len(queries), k)
    elif plan.ef and k <= DEEPEST and (filter is None or filter.passages > plan.few(k)):
        found = _approximate(session, plan, queries, k, filter)
    else:
        found = exact(session, plan, queries, k, None if filter is None else filter.kept)
    return Neighbours(found.rows, found.scores)


def exact(session: Session, plan: Plan, queries: FloatMatrix, k: int, kept: Clause | None) -> Found:
    """Return the k best keys of each query, by comparing it with every vector that is kept."""
    if len(queries) >= AT_ONCE:
        return streamed(session, plan.form, queries, k, kept)
    found = nothing(len(queries), k)
    for place, query in enumerate(queries):
        slack = 2.0 * plan.form.dim * 2**-24 * plan.counts.longest * float(np.linalg.norm(query.astype(np.float64)))
        wanted = k + MORE
        while True:
            rows = _scan(session, query, wanted, kept)
            if len(rows) < wanted or rows[-1][2] > rows[k - 1][2] + slack:
                break
            wanted *= WIDEN
        settled([(row[0], row[1]) for row in rows], plan.form, query, found, place)
    return found


def _scan(session: Session, query: NDArray[np.float32], wanted: int, kept: Clause | None) -> list[tuple[Any, ...]]:
    statement = NEAREST.format(kept="" if kept is None else KEPT.format(kept.sql))
    values = () if kept is None else kept.values
    return session.rows(statement, Vector(query), *values, wanted)


def streamed(session: Session, form: RowFormat, queries: FloatMatrix, k: int, kept: Clause | None) -> Found:
    """Return the k best keys of each query, reading every vector that is kept once, in bounded memory."""
    best = nothing(len(queries), k)
    for keys, vectors in pages(session, form, kept):
        found = scanned(vectors, queries, k)
        wide = nothing(len(queries), k)
        width = found.rows.shape[1]
        wide.rows[:, :width] = np.where(found.rows >= 0, keys[found.rows], -1)
        wide.scores[:, :width] = found.scores
        best = merged(best, wide)
    return best


def pages(session: Session, form: RowFormat, kept: Clause | None = None) -> Iterator[tuple[Keys, FloatMatrix]]:
    """Yield the keys, ascending, and vectors of the kept passages."""
    where = "" if kept is None else KEPT.format(kept.sql)
    statement = f"SELECT v.key, v.embedding FROM vectors v {where} ORDER BY v.key"
    with session.connection.cursor(f"pages_{next(NUMBER)}", binary=True) as cursor:
        cursor.execute(statement.encode(), (kept.values if kept else ()) or None)
        while rows := cursor.fetchmany(ROWS):
            yield np.array([row[0] for row in rows], np.int64), vectors_of([row[1] for row in rows], form)


def _approximate(session: Session, plan: Plan, queries: FloatMatrix, k: int, filter: Filter | None) -> Found:
    found = nothing(len(queries), k)
    with _tuned(session, plan, k, filter):
        for place, query in enumerate(queries):
            settled(candidates(session, plan, query, k, filter), plan.form, query, found, place)
    enough = k if filter is None else min(k, filter.passages)
    short = np.flatnonzero((found.rows >= 0).sum(axis=1) < enough)
    if len(short):  # the scan of the index ended before it had found as many as there are
        again = exact(session, plan, queries[short], k, None if filter is None else filter.kept)
        found.rows[short], found.scores[short] = again.rows, again.scores
    return found


def candidates(
    session: Session, plan: Plan, query: NDArray[np.float32], k: int, filter: Filter | None
) -> list[tuple[Any, ...]]:
    """Return keys and vectors from the index, within `tuned` settings."""
    kept = "" if filter is None else PROBED.format(filter.probed.sql)
    statement = APPROXIMATE.format(kept=kept, cast=plan.cast, kind=plan.cast.removeprefix("::") or plan.kind)
    values = () if filter is None else filter.probed.values
    wanted = k + MORE if filter is None else BREADTH * k + MORE
    return session.rows(statement, *values, Vector(query), wanted)


class _tuned:  # noqa: N801
    """Settings of the index for the block, in the transaction."""

    def __init__(self, session: Session, plan: Plan, k: int, filter: Filter | None) -> None:
        share = 1.0 if filter is None else filter.passages / max(plan.counts.passages, 1)
        visited = min(int(8 * (BREADTH * k + plan.ef) / share), 2**30)
        self._session = session
        self._settings = {
            "hnsw.ef_search": min(max(plan.ef, 2 * k), LARGEST_EF),
            "hnsw.iterative_scan": "relaxed_order",
            "hnsw.max_scan_tuples": max(visited, 20_000),
            "hnsw.scan_mem_multiplier": 8,
            **({} if filter is None else dict.fromkeys(OTHER_PLANS, "off")),
        }

    def __enter__(self) -> None:
        self._session.run("; ".join(f"SET LOCAL {name} = {value}" for name, value in self._settings.items()))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and OTHER_PLANS[0] in self._settings:
            self._session.run("; ".join(f"SET LOCAL {name} = on" for name in OTHER_PLANS))


tuned = _tuned


def settled(rows: list[tuple[Any, ...]], form: RowFormat, query: NDArray[np.float32], found: Found, place: int) -> None:
    """Rescore rows (key, vector) and write the best to one place of `found`."""
    rows.sort(key=lambda row: row[0])
    keys = np.array([row[0] for row in rows], np.int64)
    k = found.rows.shape[1]
    settle(vectors_of([row[1] for row in rows], form), query, np.arange(len(rows)), k, found, place)
    filled = min(k, len(rows))
    found.rows[place, :filled] = keys[found.rows[place, :filled]]
