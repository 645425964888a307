"""Upkeep of a store: space given back, the approximate index built and tuned, and what does not fit together found."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import psycopg

from askew.progress import Progress, Report
from askew.stores import RECALL
from askew.stores.postgres import hnsw, postings, records
from askew.stores.postgres.bookkeeping import TARGET
from askew.stores.postgres.connections import Connection
from askew.stores.postgres.schema import LARGE, NAMES, get, get_object, put
from askew.stores.postgres.search import Plan
from askew.stores.postgres.sessions import Session
from askew.stores.postgres.transactions import SEARCH, Transactions
from askew.stores.postgres.wire import decoded
from askew.stores.records import PAGE, spans_sum

WASTE = 0.2
"""Share of dead passages from which on the tables are written anew."""
MERGED = 10_000
"""Rows of postings that were merged from which on their table is written anew."""
SIZE = "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::bigint FROM unnest(%s::text[]) AS n(name)"
ORPHANS = {
    "texts": "documents d WHERE d.number = t.number",
    "passages": "documents d WHERE d.number = t.document",
    "vectors": "passages p WHERE p.key = t.key",
    "metadata": "documents d WHERE d.number = t.document",
    "terms": "passages p WHERE p.key = t.key",
    "impacts": "passages p WHERE p.key = t.key",
    "readers": "documents d WHERE d.number = t.document",
}
"""What each row of a table `t` belongs to."""
LACKING = """SELECT id FROM documents d WHERE NOT EXISTS (SELECT FROM texts t WHERE t.number = d.number)
             OR passages <> (SELECT count(*) FROM passages p JOIN vectors USING (key)
                             WHERE p.document = d.number AND p.key BETWEEN first AND first + d.passages - 1)"""
WORDS = """SELECT id FROM documents d WHERE words <> (SELECT coalesce(sum(length), 0) FROM terms
           JOIN passages p USING (key) WHERE p.document = d.number)"""
UNEVEN = """SELECT coalesce(a.term, b.term) FROM (SELECT term, sum(n) AS n FROM postings GROUP BY term) AS a
            FULL JOIN (SELECT term, count(*) AS n FROM terms, unnest(terms) AS u(term) GROUP BY term) AS b USING (term)
            WHERE coalesce(a.n, 0) <> coalesce(b.n, 0) ORDER BY 1 LIMIT 10"""
COUNTED = """SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages),
             (SELECT coalesce(sum(tokens), 0)::bigint FROM documents),
             (SELECT coalesce(sum(seen), 0)::bigint FROM documents),
             (SELECT count(*) FROM documents WHERE seen < tokens),
             (SELECT coalesce(sum(words), 0)::bigint FROM documents)"""


def size(session: Session) -> int:
    """Return the bytes of the tables with their indexes."""
    return int(session.rows(SIZE, list(NAMES))[0][0])


def reclaim(transactions: Transactions, schema: str, detour: records.Detour, report: Report) -> None:
    """Give back the space of deleted documents, and update what Postgres knows of the tables."""
    with transactions.reading() as session:
        _, counts = transactions.counts(session)
    with transactions.change() as session:
        merged = postings.merge(session, partial(records.copy, session, detour=detour))
    wasteful = counts.dead > WASTE * (counts.dead + counts.passages)
    with transactions.apart() as connection:
        if wasteful:
            report(Progress("write the tables anew", 0, len(LARGE)))
            if _vacuum(connection, "FULL, ANALYZE", schema, LARGE):
                with transactions.change() as session:
                    session.run("UPDATE state SET dead = greatest(dead - %s, 0)", counts.dead)
        elif merged > MERGED:
            _vacuum(connection, "FULL, ANALYZE", schema, ["postings"])
        _vacuum(connection, "ANALYZE", schema, NAMES)


def _vacuum(connection: Connection, how: str, schema: str, names: Sequence[str]) -> bool:
    """Vacuum tables, and return whether nobody was in the way."""
    tables = ", ".join(f"{schema}.{name}" for name in names)
    try:
        connection.execute(f"VACUUM ({how}) {tables}".encode())
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def tune(transactions: Transactions, plan: Plan, recall: float | None, report: Report) -> None:
    """Build, tune or drop the approximate index, as it pays off. plan: without one."""
    with transactions.reading() as session:
        noted = get_object(session, SEARCH)
        asked = recall if recall is not None else float(get(session, TARGET) or RECALL)
        pays, built = hnsw.pays(session, plan), hnsw.exists(session)
    if recall is not None:
        with transactions.change() as session:
            put(session, TARGET, repr(recall))
    if not pays:
        if built or noted:
            with transactions.change() as session:
                hnsw.drop(session)
        return
    grown = plan.counts.passages > hnsw.GROWTH * noted.get("rows", 0)
    if not built or not noted or noted["recall_asked"] != asked or grown:
        _build(transactions, plan, asked, built, report)


def _build(transactions: Transactions, plan: Plan, asked: float, built: bool, report: Report) -> None:
    with transactions.change() as session:
        known = hnsw.samples(session, plan)
        for number, (m, ef_construction) in enumerate(hnsw.BUILDS):
            if number or not built:
                hnsw.build(session, plan, m, ef_construction, report)
            found: Mapping[str, Any] = hnsw.measured(session, plan, asked, known, report)
            if found["recall"] >= asked:
                break
        else:
            hnsw.drop(session)  # exact search is slow, but finds what was asked for
            return
        put_facts(session, {**found, "m": m, "ef_construction": ef_construction})


def put_facts(session: Session, found: Mapping[str, Any]) -> None:
    import json

    put(session, SEARCH, json.dumps(dict(found)))


def faults(session: Session, transactions: Transactions, quick: bool, access: bool) -> Iterator[str]:
    """Yield what does not fit together, a sentence each."""
    _, counts = transactions.counts(session)
    [found] = session.rows(COUNTED)
    stated = (counts.documents, counts.passages, counts.tokens, counts.seen, counts.truncated, counts.words)
    if tuple(found) != stated:
        yield f"The counters say {stated}, and there are {tuple(found)} (documents, passages, tokens …)."
    for table, owner in ORPHANS.items():
        [[strays]] = session.rows(f"SELECT count(*) FROM {table} t WHERE NOT EXISTS (SELECT FROM {owner})")
        if strays:
            yield f"The table {table} has {strays:,} rows of documents or passages that do not exist."
    for query, what in ((LACKING, "passages or vectors"), *(() if quick else ((WORDS, "terms"),))):
        for (id,) in session.rows(query):
            yield f"Document {decoded(id)!r} lacks {what}: delete it, and index it again."
    if not quick:
        for (term,) in session.rows(UNEVEN):
            yield f"The term {decoded(term)!r} has other passages than the table of terms says: index them again."
        yield from _sums(session, access)


def _sums(session: Session, access: bool) -> Iterator[str]:
    with session.connection.cursor("sums", binary=True) as cursor:
        cursor.execute(records.DOCUMENTS.encode())
        while rows := cursor.fetchmany(PAGE):
            named = records.readers(session, [decoded(row[0]) for row in rows]) if access else {}
            for row in rows:
                id = decoded(row[0])
                try:
                    records.made(row, named.get(id, frozenset()))
                except Exception as error:  # a StoreError, or JSON that was damaged
                    yield str(error)
    yield from _spans(session)
    for key, sum_, blob in session.rows("SELECT key, sum, packed FROM impacts"):
        if records.impacts_sum(blob) != sum_:
            yield f"The sparse vector of the passage {key} is damaged: delete its document, and index it again."


def _spans(session: Session) -> Iterator[str]:
    query = """SELECT id, spans, p.number, start, "end", heading FROM documents d
               JOIN passages p ON p.document = d.number ORDER BY d.number, p.number"""
    with session.connection.cursor("spans", binary=True) as cursor:
        cursor.execute(query.encode())
        for (id, sum_), rows in groupby(cursor, key=lambda row: row[:2]):
            if spans_sum([(*row[2:5], decoded(row[5])) for row in rows]) != sum_:
                yield f"Document {decoded(id)!r} has damaged passages: delete it, and index it again."
