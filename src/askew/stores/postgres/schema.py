"""Schema of a store, and its migration by version.

    meta       settings, the target recall, facts about the approximate index, notes
    state      one row of counters; `change` is another number after each change
    documents  one row each, by `number`; passage keys are first … first + passages - 1
    texts      the text of each document, and its metadata as JSON
    passages   one span of a document's text each, with the pages it is on (0: the text has none)
    vectors    one row for each passage, with the approximate index once there is one
    metadata   every value of every field of every document, for filters (`askew.stores.where.leaves`)
    terms      the terms of each passage
    postings   the passages of each term, packed, for BM25 (`postings.py`)
    impacts    learned sparse vectors
    sources    the stamp of each file whose documents are all stored and up to date
    commits    of an index on several servers: changes that were decided
    readers    who may read each document, in a store with access control

A writer upgrades an older schema when it opens it; a newer one is refused. Strings are stored as `wire.coded` has them.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg

from askew.errors import StoreError
from askew.quantisation import Precision, RowFormat
from askew.stores import Layout
from askew.stores.postgres import access
from askew.stores.postgres.postings import TAKEN
from askew.stores.postgres.sessions import Session
from askew.stores.postgres.wire import KINDS, coded, decoded
from askew.stores.remote import NAME

FORMAT = 2
OLDEST_SERVER, OLDEST_VECTOR = 140_000, (0, 8)
LARGEST_DIM = 16_000
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 0))"
BEGINNING = 64
"""Characters of a name or value that are indexed: an index of Postgres takes no long ones."""

LEXICAL = """
CREATE TABLE terms (
    key bigint PRIMARY KEY, length integer NOT NULL, terms text[] COLLATE "C" NOT NULL, freqs integer[] NOT NULL
);
CREATE TABLE postings (
    term text COLLATE "C" NOT NULL, first bigint NOT NULL, n integer NOT NULL, packed bytea NOT NULL
);
ALTER TABLE postings ALTER COLUMN packed SET STORAGE EXTERNAL;
CREATE INDEX postings_term ON postings (term) INCLUDE (n);
"""
TABLES = """
CREATE TABLE meta (name text COLLATE "C" PRIMARY KEY, value text COLLATE "C" NOT NULL);
CREATE TABLE state (
    change bigint NOT NULL, documents bigint NOT NULL, passages bigint NOT NULL, tokens bigint NOT NULL,
    seen bigint NOT NULL, truncated bigint NOT NULL, words bigint NOT NULL, dead bigint NOT NULL,
    longest double precision NOT NULL
) WITH (fillfactor = 20);
INSERT INTO state VALUES (0, 0, 0, 0, 0, 0, 0, 0, 0);
CREATE SEQUENCE numbers MINVALUE 0;
CREATE SEQUENCE keys MINVALUE 0;
CREATE TABLE documents (
    number bigint PRIMARY KEY, hash bytea NOT NULL UNIQUE, id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL, tokens bigint NOT NULL, seen bigint NOT NULL, words bigint NOT NULL,
    first bigint NOT NULL, passages bigint NOT NULL, source text COLLATE "C" NOT NULL, sum bigint NOT NULL,
    spans bigint NOT NULL
);
CREATE INDEX documents_source ON documents (left(source, 64)) WHERE source <> '';
CREATE TABLE texts (
    number bigint PRIMARY KEY, title text COLLATE "C" NOT NULL, text text COLLATE "C" NOT NULL,
    metadata text COLLATE "C" NOT NULL
);
CREATE TABLE passages (
    key bigint PRIMARY KEY, document bigint NOT NULL, number bigint NOT NULL, start bigint NOT NULL,
    "end" bigint NOT NULL, first_page bigint NOT NULL, last_page bigint NOT NULL, heading text COLLATE "C" NOT NULL
);
CREATE INDEX passages_document ON passages (document);
CREATE TABLE vectors (key bigint PRIMARY KEY, document bigint NOT NULL, embedding {kind}({dim}) NOT NULL);
ALTER TABLE vectors ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE TABLE metadata (
    document bigint NOT NULL, kind text COLLATE "C" NOT NULL, number numeric, field text COLLATE "C" NOT NULL,
    text text COLLATE "C"
);
CREATE INDEX metadata_document ON metadata (document);
CREATE INDEX metadata_number ON metadata (left(field, 64), kind, number) WHERE kind <> 's';
CREATE INDEX metadata_text ON metadata (left(field, 64), left(text, 64)) WHERE kind = 's';
CREATE STATISTICS metadata_fields (mcv) ON (left(field, 64)), kind FROM metadata;
CREATE STATISTICS metadata_field ON (left(field, 64)) FROM metadata;
CREATE STATISTICS metadata_start ON (left(text, 64)) FROM metadata;
{lexical}CREATE TABLE impacts (key bigint PRIMARY KEY, sum bigint NOT NULL, packed bytea NOT NULL);
CREATE TABLE sources (hash bytea PRIMARY KEY, path text COLLATE "C" NOT NULL, stamp text COLLATE "C" NOT NULL);
CREATE TABLE readers (document bigint NOT NULL, reader text COLLATE "C" NOT NULL);
CREATE INDEX readers_document ON readers (document);
CREATE INDEX readers_reader ON readers (left(reader, 64), document);
"""
STEPS: Mapping[int, str] = {
    1: f"""ALTER TABLE postings RENAME TO former; DROP INDEX postings_term; DROP INDEX postings_key; {LEXICAL}
           INSERT INTO terms SELECT key, max(length), array_agg(term ORDER BY term), array_agg(freq ORDER BY term)
           FROM former GROUP BY key; {TAKEN.format("SELECT key, freq, length, term FROM former", "")};
           DROP TABLE former; DO $$ BEGIN IF EXISTS (SELECT FROM meta WHERE name = 'access' AND value = 'yes')
           THEN {access.POLICIES_OF_TERMS} END IF; END $$"""
}
"""Statements that migrate each format to the next."""
COMMITS = 'CREATE TABLE commits (name text COLLATE "C" PRIMARY KEY)'
"""The changes that were decided, on the first of several servers."""
PLAIN = 2000
"""Numbers of a vector that fit into a page beside others; longer ones are stored apart, without compression."""
NAMES = (
    "meta", "state", "documents", "texts", "passages", "vectors", "metadata", "terms", "postings", "impacts",
    "sources", "readers",
)  # fmt: skip
LARGE = tuple(name for name in NAMES if name not in ("meta", "state", "sources"))
"""Tables that are written anew when much of them is dead."""


def named(name: str) -> str:
    """Return the schema of a store, quoted. Raises StoreError for a name that none has."""
    if not NAME.fullmatch(name):
        raise StoreError(f"{name!r} is not the name of an index in Postgres: letters a to z, digits, - and _.")
    return f'"askew_{name}"'


def create(session: Session, schema: str, layout: Layout, extension: str, part: str = "") -> None:
    """Create the tables of an empty store in a new schema. extension: the schema of pgvector. part: see `shards`."""
    form = form_of(layout.dim, layout.precision)
    tables = TABLES.format(kind=KINDS[form.precision], dim=form.dim, lexical=LEXICAL)
    if form.dim * (2 if form.precision is Precision.FLOAT16 else 4) > PLAIN * 4:
        tables = tables.replace("SET STORAGE PLAIN", "SET STORAGE EXTERNAL")
    session.run(f"CREATE SCHEMA {schema}; SET LOCAL search_path = {schema}, {extension}")
    session.run(tables)
    if layout.access:
        session.run(f"SET LOCAL askew.sees = 'all'; {access.POLICIES}")
    settings = {
        "format": str(FORMAT),
        "dim": str(layout.dim),
        "precision": str(layout.precision),
        "manifest": layout.manifest,
        "language": layout.language,
        "access": "yes" if layout.access else "no",
        "identity": os.urandom(8).hex(),
        **({"part": part} if part else {}),
    }
    if part:
        session.run(COMMITS)
    for name, value in settings.items():
        put(session, name, value)


def form_of(dim: int, precision: Precision) -> RowFormat:
    """Return how vectors are stored. Raises StoreError for what pgvector has no type for."""
    if precision not in KINDS:
        raise StoreError(f"Postgres stores vectors as float32 or float16, not as {precision}.")
    if not 0 < dim <= LARGEST_DIM:
        raise StoreError(f"Postgres stores vectors of up to {LARGEST_DIM:,} dimensions, not of {dim:,}.")
    return RowFormat(dim, precision)


def upgrade(session: Session) -> None:
    """Migrate an older schema to the current format; of several writers, one does it."""
    session.run(LOCK)
    format = int(get(session, "format"))
    for step in range(format, FORMAT):
        session.run(STEPS[step])
    if format < FORMAT:
        put(session, "format", str(FORMAT))


def check_format(format: int, place: str, writable: bool) -> bool:
    """Return whether the schema must be upgraded. Raises StoreError for one that cannot be read."""
    if format > FORMAT:
        raise StoreError(
            f"The index in {place} has format {format}, and this askew knows formats up to {FORMAT}: "
            "pip install -U askew."
        )
    if format < FORMAT and not writable:
        raise StoreError(
            f"The index in {place} has the older format {format}; open it for writing once, to upgrade it."
        )
    return format < FORMAT


def get(session: Session, name: str) -> str:
    """Return an entry of `meta`; "" if there is none."""
    found = session.rows("SELECT value FROM meta WHERE name = %s", coded(name))
    return decoded(found[0][0]) if found else ""


def put(session: Session, name: str, value: str) -> None:
    session.run(
        "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        coded(name),
        coded(value),
    )


def get_object(session: Session, name: str) -> dict[str, Any]:
    """Return a JSON object from `meta`, or {}."""
    found = get(session, name)
    return dict(json.loads(found)) if found else {}


def check_server(session: Session, place: str) -> str:
    """Return the schema of the extension. Raises StoreError for a server on which the store cannot be."""
    query = """SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
               current_database()::text"""
    [[version, encoding, database]] = session.rows(query)
    if version < OLDEST_SERVER:
        raise StoreError(f"{place} is Postgres {version // 10_000}; askew needs 14 or later.")
    if encoding != "UTF8":
        raise StoreError(f"The database of {place} is encoded in {encoding}; create one with ENCODING 'UTF8'.")
    found = extension(session)
    if not found:
        raise StoreError(
            f"The database of {place} lacks pgvector. Install it on the server, and as a superuser of the database "
            f"{database}: CREATE EXTENSION vector;"
        )
    text, schema = found[0]
    if tuple(map(int, text.split(".")[:2])) < OLDEST_VECTOR:
        raise StoreError(
            f"{place} has pgvector {text}; askew needs 0.8 or later. Upgrade it on the server, and as its owner: "
            "ALTER EXTENSION vector UPDATE;"
        )
    return str(schema)


def add_extension(session: Session) -> None:
    """Create the extension where it is missing and this user may; where not, `check_server` says what to do."""
    if extension(session):
        return
    with suppress(psycopg.Error), session.connection.transaction():
        session.connection.execute(b"CREATE EXTENSION vector SCHEMA public")


def extension(session: Session) -> list[tuple[Any, ...]]:
    """Return the version of the extension and the schema that it is in, quoted; nothing if it is missing."""
    query = """SELECT extversion, quote_ident(nspname) FROM pg_extension
               JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'"""
    return session.rows(query)
