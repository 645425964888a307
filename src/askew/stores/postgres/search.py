"""Nearest neighbours in SQL: an exact scan, or the HNSW index of pgvector, whose candidates are rescored.

Scores are those of every store: the inner product in double precision, rounded to float32, ties by key. Postgres ranks
in single precision, so that a scan returns a few rows more, until none that is left can belong to the best.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.quantisation import Precision, RowFormat
from askew.stores import Keys, Neighbours
from askew.stores.flat import Found, merged, nothing, settle
from askew.stores.flat import nearest as scanned
from askew.stores.postgres.sessions import Clause, Rows, Session, Settings
from askew.stores.postgres.transactions import COLUMNS, STATED, Counts, State, columns
from askew.stores.postgres.wire import KINDS, Vector, vectors_of
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
LARGEST = {Precision.FLOAT32: 2000, Precision.FLOAT16: 4000}
"""Dimensions that an index takes."""
DEEPEST = 400
"""Neighbours up to which the index is asked."""
PAYS = 16
"""A filter that keeps fewer than √(PAYS · k · n) of n passages is answered by a scan of these."""
BREADTH = 3
"""Candidates per neighbour that an iterative scan looks for among the passages that a filter keeps."""
NUMBER = count()
OTHER_PLANS = ("enable_seqscan", "enable_sort")
"""What Postgres may not do where a filter keeps many: it would test every passage first."""

ANSWER = f"""{{before}} SELECT {COLUMNS}, {{kept}} AS kept, f.key, f.embedding, f.distance
             FROM state s {{counted}} LEFT JOIN LATERAL ({{found}}) AS f ON true"""
"""The state and what is found in it, in one statement: a row for each that is found, and one if nothing is."""
SCAN = """SELECT v.key, v.embedding, (v.embedding::vector <#> %s::vector) + 0 AS distance FROM vectors v {kept}
          ORDER BY distance, v.key LIMIT {wanted}"""
KEPT = "JOIN passages p USING (key) WHERE {}"
FEW = "WITH few AS MATERIALIZED (SELECT p.key FROM passages p WHERE {kept} LIMIT {most} + 1)"
FEW_COUNTED = "CROSS JOIN (SELECT count(*) AS passages FROM few) AS c"
FEW_FOUND = """SELECT few.key, v.embedding, (v.embedding::vector <#> %s::vector) + 0 AS distance
               FROM few CROSS JOIN LATERAL (SELECT embedding FROM vectors w WHERE w.key = few.key OFFSET 0) AS v
               WHERE c.passages <= {most} ORDER BY distance, few.key LIMIT {wanted}"""
APPROXIMATE = """SELECT v.key, v.embedding, NULL::float8 AS distance FROM vectors v {kept}
                 ORDER BY v.embedding{cast} <#> %s::vector::{kind} LIMIT {wanted}"""
BEST = """SELECT {state}, f.keys, f.vectors
          FROM (SELECT {tuned} AS settings OFFSET 0) AS t CROSS JOIN {schema}.state s
          CROSS JOIN LATERAL (
              SELECT string_agg(int8send(b.key), ''::bytea) AS keys,
                     string_agg({extension}.{stored}_send(b.embedding), ''::bytea) AS vectors
              FROM (
                  SELECT v.key, v.embedding FROM {schema}.vectors v
                  ORDER BY v.embedding{cast} OPERATOR({extension}.<#>) %s::{extension}.vector{kind} LIMIT {wanted}
              ) AS b
              WHERE t.settings <> ''
          ) AS f"""
"""A search by the index as one statement of one row. The condition on the settings, which it makes for itself, has
Postgres make them before it searches.
"""
PROBED = "JOIN LATERAL (SELECT 1 FROM passages p WHERE p.key = v.key AND {} LIMIT 1) AS kept ON true"
UNKNOWN = -1
Stated = Callable[[tuple[Any, ...]], State]
"""Reads the columns of the state."""


@dataclass(frozen=True)
class Names:
    """The schemas of a store and of pgvector, quoted, as they stand in a statement."""

    schema: str
    extension: str


@dataclass(frozen=True)
class Filter:
    """A filter in both forms, and how many passages it keeps: beyond `few` only that it keeps more; UNKNOWN."""

    kept: Clause
    probed: Clause
    passages: int = UNKNOWN


@dataclass(frozen=True)
class Plan:
    """How the vectors of one state are searched. ef: of the index; 0 where there is none."""

    counts: Counts
    form: RowFormat
    ef: int = 0

    @property
    def cast(self) -> str:
        """The cast to the type that is indexed: of more dimensions than `vector` is indexed with, `halfvec`."""
        wide = self.form.dim > LARGEST[self.form.precision]
        return f"::halfvec({self.form.dim})" if wide else ""

    def few(self, k: int) -> int:
        """Return how many passages a filter keeps at most to be answered by a scan of these."""
        return max(1000, int((PAYS * max(k, 10) * self.counts.passages) ** 0.5))

    def approximates(self, k: int, filter: Filter | None) -> bool:
        return bool(self.ef) and k <= DEEPEST and (filter is None or filter.passages > self.few(k))


@dataclass(frozen=True)
class Answer:
    """The best for one query, and the state that they are of. kept: how many passages the filter keeps; UNKNOWN where
    that was not counted. found: None where there are more than the plan assumed. others: rows of what was asked beside.
    """

    state: State
    kept: int
    found: Found | None
    others: Sequence[Rows]


def best(session: Session, plan: Plan, query: NDArray[np.float32], k: int, names: Names, stated: Stated) -> Answer:
    """Return the best for one query that the index leads to, without a filter; found: None if these are not enough."""
    kind = plan.cast.removeprefix("::") or KINDS[plan.form.precision]
    statement = BEST.format(
        state=columns(f"{names.schema}."),
        tuned=" || ".join(f"set_config('{name}', '{value}', true)" for name, value in tuned(plan, k, None).items()),
        schema=names.schema,
        extension=names.extension,
        stored=KINDS[plan.form.precision],
        cast=f"::{names.extension}.{kind}" if plan.cast else "",
        kind=f"::{names.extension}.{kind}",
        wanted=_wanted(plan, k),
    )
    [row] = session.alone(Clause(statement, (Vector(query),)))
    state, keys = stated(row[:STATED]), np.frombuffer(row[STATED] or b"", ">i8").astype(np.int64)
    wanted = min(k, state.counts.passages)
    enough = len(keys) >= wanted
    found = _rescored(keys, vectors_of([row[STATED + 1] or b""], plan.form), query, wanted) if enough else None
    return Answer(state, UNKNOWN, found, ())


def single(
    session: Session,
    plan: Plan,
    query: NDArray[np.float32],
    k: int,
    filter: Filter | None,
    stated: Stated,
    beside: Sequence[Clause] = (),
) -> Answer:
    """Return the k best for one query. One round trip is enough where the state is still what the plan is for.

    stated: reads the columns of the state. beside: other queries of the same round trip.
    """
    if plan.approximates(k, filter):
        settings, back = tuned(plan, k, filter), {} if filter is None else dict.fromkeys(OTHER_PLANS, "on")
        rows, *others = session.together(_asked(plan, query, k, filter), *beside, settings=settings, after=back)
        state = stated(rows[0][:STATED])
        found = _settled(rows, plan.form, query, min(k, state.counts.passages))
        enough = len(found.rows[0]) if filter is None else min(len(found.rows[0]), filter.passages)
        if np.count_nonzero(found.rows >= 0) >= enough:
            return Answer(state, UNKNOWN, found, others)
        beside = ()  # the scan of the index ended before it had found as many as there are
    wanted, others = k + MORE, []
    most = plan.few(k) if plan.ef and filter is not None and k <= DEEPEST and filter.passages <= plan.few(k) else 0
    while True:
        rows, *also = session.together(_scan(query, wanted, None if filter is None else filter.kept, most), *beside)
        others, beside = others or also, ()
        state, kept = stated(rows[0][:STATED]), int(rows[0][STATED])
        if most and kept > most:
            return Answer(state, kept, None, others)
        if len(rows) < wanted or rows[-1][-1] > rows[k - 1][-1] + _slack(state.counts, plan.form, query):
            return Answer(state, kept, _settled(rows, plan.form, query, min(k, state.counts.passages)), others)
        wanted *= WIDEN


def several(session: Session, plan: Plan, queries: FloatMatrix, k: int, filter: Filter | None) -> Neighbours:
    """Return the k best for each query, within a transaction of which `plan` is the state."""
    k = max(0, min(k, plan.counts.passages))
    if not k or not len(queries):
        found = nothing(len(queries), k)
    elif plan.approximates(k, filter):
        found = approximate(session, plan, queries, k, filter)
        enough = k if filter is None else min(k, filter.passages)
        short = np.flatnonzero((found.rows >= 0).sum(axis=1) < enough)
        if len(short):
            again = exact(session, plan, queries[short], k, None if filter is None else filter.kept)
            found.rows[short], found.scores[short] = again.rows, again.scores
    else:
        found = exact(session, plan, queries, k, None if filter is None else filter.kept)
    return Neighbours(found.rows, found.scores)


def exact(session: Session, plan: Plan, queries: FloatMatrix, k: int, kept: Clause | None) -> Found:
    """Return the k best keys of each query, by comparing it with every vector that is kept."""
    if len(queries) >= AT_ONCE:
        return streamed(session, plan.form, queries, k, kept)
    found, pending, wanted = nothing(len(queries), k), list(range(len(queries))), k + MORE
    while pending:
        answers = session.together(*(_scan(queries[place], wanted, kept) for place in pending))
        later = []
        for place, rows in zip(pending, answers, strict=True):
            slack = _slack(plan.counts, plan.form, queries[place])
            if len(rows) == wanted and rows[-1][-1] <= rows[k - 1][-1] + slack:
                later.append(place)
            one = _settled(rows, plan.form, queries[place], k)
            found.rows[place], found.scores[place] = one.rows[0], one.scores[0]
        pending, wanted = later, wanted * WIDEN
    return found


def approximate(session: Session, plan: Plan, queries: FloatMatrix, k: int, filter: Filter | None) -> Found:
    """Return the k best keys of each query that the index leads to, or fewer."""
    found = nothing(len(queries), k)
    asked = [_asked(plan, query, k, filter) for query in queries]
    back = {} if filter is None else dict.fromkeys(OTHER_PLANS, "on")
    for place, rows in enumerate(session.together(*asked, settings=tuned(plan, k, filter), after=back)):
        one = _settled(rows, plan.form, queries[place], k)
        found.rows[place], found.scores[place] = one.rows[0], one.scores[0]
    return found


def _scan(query: NDArray[np.float32], wanted: int, kept: Clause | None, most: int = 0) -> Clause:
    """Return the statement of an exact search. most: kept passages beyond which none is compared; 0: any."""
    condition, values = ("", ()) if kept is None else (KEPT.format(kept.sql), kept.values)
    if not most or kept is None:
        found = SCAN.format(kept=condition, wanted=wanted)
        return Clause(ANSWER.format(before="", kept=UNKNOWN, counted="", found=found), (Vector(query), *values))
    found = FEW_FOUND.format(most=most, wanted=wanted)
    before = FEW.format(kept=kept.sql, most=most)
    statement = ANSWER.format(before=before, kept="c.passages", counted=FEW_COUNTED, found=found)
    return Clause(statement, (*values, Vector(query)))


def _asked(plan: Plan, query: NDArray[np.float32], k: int, filter: Filter | None) -> Clause:
    """Return the statement of a search by the index."""
    kept, values = ("", ()) if filter is None else (PROBED.format(filter.probed.sql), filter.probed.values)
    kind = plan.cast.removeprefix("::") or KINDS[plan.form.precision]
    wanted = _wanted(plan, k) if filter is None else BREADTH * k + MORE
    found = APPROXIMATE.format(kept=kept, cast=plan.cast, kind=kind, wanted=wanted)
    return Clause(ANSWER.format(before="", kept=UNKNOWN, counted="", found=found), (*values, Vector(query)))


def _wanted(plan: Plan, k: int) -> int:
    """Return how many candidates are asked for: no more than one pass over the index finds."""
    return max(k, min(k + MORE, plan.ef))


def _slack(counts: Counts, form: RowFormat, query: NDArray[np.float32]) -> float:
    """Return twice the error bound of an inner product in single precision."""
    return 2.0 * form.dim * 2**-24 * counts.longest * float(np.linalg.norm(query.astype(np.float64)))


def tuned(plan: Plan, k: int, filter: Filter | None) -> Settings:
    """Return the settings of a search by the index."""
    share = 1.0 if filter is None else filter.passages / max(plan.counts.passages, 1)
    visited = min(int(8 * (BREADTH * k + plan.ef) / share), 2**30)
    return {
        "hnsw.ef_search": f"{min(max(plan.ef, 2 * k), LARGEST_EF)}",
        "hnsw.iterative_scan": "relaxed_order",
        "hnsw.max_scan_tuples": f"{max(visited, 20_000)}",
        "hnsw.scan_mem_multiplier": "8",
        **({} if filter is None else dict.fromkeys(OTHER_PLANS, "off")),
    }


def _settled(rows: Rows, form: RowFormat, query: NDArray[np.float32], k: int) -> Found:
    """Rescore the rows of an answer, and return the best."""
    held = [row[-3:] for row in rows if row[-3] is not None]
    keys = np.array([row[0] for row in held], np.int64)
    return _rescored(keys, vectors_of([row[1] for row in held], form), query, k)


def _rescored(keys: Keys, vectors: FloatMatrix, query: NDArray[np.float32], k: int) -> Found:
    """Return the best k of these, by their scores in double precision, ties by key."""
    found, order = nothing(1, k), np.argsort(keys)
    if len(keys) and k:
        settle(vectors[order], query, np.arange(len(keys)), k, found, 0)
        filled = min(k, len(keys))
        found.rows[0, :filled] = keys[order][found.rows[0, :filled]]
    return found


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
