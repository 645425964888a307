"""Queries for a parity report: a log of user queries, or synthetic ones."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from askew.errors import InputError
from askew.evaluation.synthetic_queries import synthetic_queries
from askew.index import Index
from askew.search.background import sample
from askew.stores import Store
from askew.stores.steady import steady
from askew.types import Document

MOST = 1000
"""Queries that are replayed; of more so many are drawn."""
OWN = 200
DOCUMENTS = 2000
"""Documents, spread evenly, from which queries are made."""
SEED = 0


@dataclass(frozen=True)
class Queries:
    """source: where they come from, as people read it. total: how many different ones there were to draw from."""

    queries: tuple[Document, ...]
    source: str
    total: int


def drawn(queries: Sequence[Document], source: str, most: int = MOST) -> Queries:
    """Each text once; where there are more than `most` a random share of them, the same each time."""
    first: dict[str, Document] = {}
    for query in queries:
        first.setdefault(" ".join(query.text.split()), query)
    different = list(first.values())
    if not different:
        raise InputError(f"There is no query in {source}.")
    chosen = list(range(len(different)))
    if len(different) > most:
        chosen = sorted(random.Random(SEED).sample(chosen, most))  # noqa: S311  # nothing secret is drawn
    return Queries(tuple(different[place] for place in chosen), source, len(different))


def own(index: Index, most: int = OWN) -> Queries:
    """Titles, headings, questions, sentences: weaker evidence than a log, as nobody asked them. Documents too short to
    give any are queries as they are.
    """
    documents = steady(lambda: _spread(index.store))
    try:
        return drawn(synthetic_queries(documents, most).queries, "the documents (titles, headings, sentences)", most)
    except InputError:
        return drawn(documents, "the documents (their whole texts)", most)


def _spread(store: Store) -> list[Document]:
    keys = sample(store.keys(), DOCUMENTS)
    return store.documents(list(dict.fromkeys(store.owners(keys.tolist()))))
