"""Queries to replay on both indexes: those of users, or synthetic ones."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import InputError
from askew.evaluation.qrels import query_texts
from askew.evaluation.synthetic_queries import synthetic_queries
from askew.faq.log import read_log
from askew.index import Index
from askew.inputs import texts_from
from askew.search.background import sample
from askew.stores import Store
from askew.stores.steady import steady
from askew.types import Document

MOST = 1000
"""Maximum number of queries; more are sampled."""
SYNTHETIC = 200
DOCUMENTS = 2000
"""Number of documents, evenly spread, that synthetic queries are made from."""
SEED = 0
ARGUMENT = "the argument queries"


@dataclass(frozen=True)
class Queries:
    """source: where they come from, for people. total: number of distinct queries before sampling."""

    queries: tuple[Document, ...]
    source: str
    total: int


def queries_from(given: Queries | Mapping[str, str] | Sequence[str] | str | Path, *, with_ids: bool = False) -> Queries:
    """Return the queries of a list, of {id: text}, or of a file.

    with_ids: the file is a table of queries with ids, for judgements; otherwise a log with one message per row.
    """
    if isinstance(given, Queries):
        return given
    if isinstance(given, str | Path):
        if not with_ids:
            return sampled(numbered(read_log(str(given)).messages), str(given))
        return sampled([Document(id, text) for id, text in query_texts(given).items()], str(given))
    if isinstance(given, Mapping):
        return sampled([Document(id, text) for id, text in query_texts(given).items()], ARGUMENT)
    return sampled(numbered(texts_from(given, "queries")), ARGUMENT)


def numbered(texts: Sequence[str]) -> list[Document]:
    """Return texts as queries with the ids 1, 2, …"""
    return [Document(str(number), text) for number, text in enumerate(texts, 1)]


def sampled(queries: Sequence[Document], source: str, most: int = MOST) -> Queries:
    """Return distinct queries; of more than `most` a random sample, the same one every time."""
    first: dict[str, Document] = {}
    for query in queries:
        first.setdefault(" ".join(query.text.split()), query)
    distinct = list(first.values())
    if not distinct:
        raise InputError(f"There are no queries in {source}.")
    chosen = list(range(len(distinct)))
    if len(distinct) > most:
        chosen = sorted(random.Random(SEED).sample(chosen, most))  # noqa: S311  # no secret
    return Queries(tuple(distinct[place] for place in chosen), source, len(distinct))


def own_queries(index: Index, most: int = SYNTHETIC) -> Queries:
    """Return queries made from the documents: titles, headings, questions and sentences, or whole texts if too short.

    They are weaker evidence than the queries of users.
    """
    documents = steady(lambda: _spread(index.store))
    try:
        synthetic = synthetic_queries(documents, most).queries
        return sampled(synthetic, "the documents (titles, headings, sentences)", most)
    except InputError:
        return sampled(documents, "the documents (their whole texts)", most)


def _spread(store: Store) -> list[Document]:
    keys = sample(store.keys(), DOCUMENTS)
    return store.documents(list(dict.fromkeys(store.owners(keys.tolist()))))
