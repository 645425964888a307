"""TREC runs: rankings of many queries in the format of trec_eval, written and read."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from askew.errors import InputError
from askew.search.ranking import Ranked

TAG = "askew"
LAYOUT = "query Q0 document rank score tag"


def trec(queries: Sequence[str], rankings: Sequence[Sequence[Ranked]], tag: str = TAG) -> Iterator[str]:
    """Yield a line for each hit. queries: ids. InputError for ids with white space, which separates the fields."""
    for query, ranking in zip(queries, rankings, strict=True):
        for rank, entry in enumerate(ranking, start=1):
            yield f"{_field(query)} Q0 {_field(entry.document)} {rank} {entry.score:.9g} {_field(tag)}"


def read_run(path: str | Path) -> dict[str, dict[str, float]]:
    """Read scores by query and document. Ranks are ignored, as by trec_eval: scores define the order.

    InputError names the first line that cannot be read or that repeats a document of its query.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path} cannot be read as a run: {fault}.") from fault
    run: dict[str, dict[str, float]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        query, document, score = _read(line, f"{path}:{number}")
        scores = run.setdefault(query, {})
        if document in scores:
            raise InputError(f"{path}:{number}: query {query!r} has document {document!r} twice.")
        scores[document] = score
    if not run:
        raise InputError(f"{path} is empty. A run has lines of the form: {LAYOUT}.")
    return run


def best(scores: Mapping[str, float], limit: int) -> dict[str, float]:
    """Return the best documents in the order of trec_eval: by float32 score, ties by descending id."""
    order = sorted(scores, key=lambda document: (np.float32(scores[document]), document), reverse=True)
    return {document: scores[document] for document in order[:limit]}


def _read(line: str, place: str) -> tuple[str, str, float]:
    try:
        query, _, document, _, given, *_tag = line.split()
        score = float(given)
    except ValueError:
        raise InputError(f"{place} is not a line of a run: {line[:80]!r}. Lines have the form: {LAYOUT}.") from None
    if not math.isfinite(score):
        raise InputError(f"{place}: the score must be a finite number, not {given}.")
    return query, document, score


def _field(id: str) -> str:
    if not id or id.split() != [id]:
        raise InputError(f"The id {id!r} contains white space, which a TREC run cannot represent. Use --json instead.")
    return id
