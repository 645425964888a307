"""Benchmark for a recommendation: documents, queries and relevance judgements."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from askew.errors import InputError
from askew.evaluation.measures import judged
from askew.evaluation.qrels import Qrels
from askew.evaluation.synthetic_queries import synthetic_queries
from askew.types import Document

QUERIES = 300
"""Maximum queries, sampled from more."""
DOCUMENTS = 3000
"""Maximum documents: those that answer, and a sample of others."""
SEED = 0


@dataclass(frozen=True)
class Benchmark:
    """labelled: whether the judgements were given; otherwise queries are synthetic, and `ways` is the source of each.

    among: number of documents sampled from.
    """

    documents: tuple[Document, ...]
    queries: tuple[Document, ...]
    qrels: Qrels
    labelled: bool
    among: int
    ways: Mapping[str, str]


def labelled_benchmark(
    documents: Sequence[Document],
    queries: Sequence[Document],
    qrels: Qrels,
    *,
    most_documents: int = DOCUMENTS,
    most_queries: int = QUERIES,
) -> Benchmark:
    """Return a benchmark from judged queries. InputError if no query has a relevant document in the corpus."""
    here = {document.id for document in documents if document.text.strip()}
    known = set(judged({id: {d: v for d, v in qrels[id].items() if d in here} for id in qrels}))
    asked = [query for query in queries if query.id in known]
    if not asked:
        raise InputError("No query has a relevant document in this corpus. Do judgements and corpus use the same ids?")
    asked = _drawn(asked, most_queries)
    needed = {id for query in asked for id, value in qrels[query.id].items() if value > 0 and id in here}
    chosen = _among(documents, needed, most_documents)
    return Benchmark(
        tuple(chosen), tuple(asked), {query.id: qrels[query.id] for query in asked}, True, len(documents), {}
    )


def synthetic_benchmark(
    documents: Sequence[Document], *, most_documents: int = DOCUMENTS, most_queries: int = QUERIES
) -> Benchmark:
    """Return a benchmark with synthetic queries, which are weaker evidence. InputError if none can be generated."""
    own = synthetic_queries(documents, most_queries)
    needed = {id for relevant in own.qrels.values() for id in relevant}
    chosen = _among(own.documents, needed, most_documents)
    return Benchmark(tuple(chosen), own.queries, own.qrels, False, len(documents), own.ways)


def _drawn(queries: Sequence[Document], most: int) -> list[Document]:
    if len(queries) <= most:
        return list(queries)
    chosen = sorted(random.Random(SEED).sample(range(len(queries)), most))  # noqa: S311  # not for security
    return [queries[place] for place in chosen]


def _among(documents: Sequence[Document], needed: set[str], most: int) -> list[Document]:
    """Return the needed documents and a sample of others, in corpus order, without empty texts."""
    full = [document for document in documents if document.text.strip()]
    others = [document.id for document in full if document.id not in needed]
    room = max(most - len(needed), 0)
    if len(others) <= room:
        return full
    kept = needed | set(random.Random(SEED).sample(others, room))  # noqa: S311
    return [document for document in full if document.id in kept]
