"""Rankings of many queries as a run, in the form that trec_eval and its kin read."""

from collections.abc import Iterator, Sequence

from askew.errors import InputError
from askew.search.ranking import Ranked

TAG = "askew"


def trec(queries: Sequence[str], rankings: Sequence[Sequence[Ranked]], tag: str = TAG) -> Iterator[str]:
    """A line for each hit: query Q0 document rank score tag. queries: the id of each ranking's query.

    The form has white space between its fields, so that no id may have any.
    """
    for query, ranking in zip(queries, rankings, strict=True):
        for rank, entry in enumerate(ranking, start=1):
            yield f"{_field(query)} Q0 {_field(entry.document)} {rank} {entry.score:.9g} {_field(tag)}"


def _field(id: str) -> str:
    if not id or id.split() != [id]:
        raise InputError(f"The id {id!r} has white space in it, which a TREC run cannot hold; give --json instead.")
    return id
