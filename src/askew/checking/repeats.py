"""How many of the first ten repeat one that stands above them?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.checking.asked import Asked, Found
from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine, percent, too_few
from askew.mining.near.normal import normal
from askew.mining.near.shared import shingled
from askew.similarity import normalise
from askew.stores.steady import steady

QUERIES = 500
NEAR = 0.9
"""Vectors of copies are at least so near, by cosine; whether they are copies is for the words to say."""
SHINGLES = 0.8
"""Texts that share such a part of their shingles are copies of each other, but for a word or a date."""
OFTEN = 0.1
"""The share of searches with a repeat from which it is more than a note."""
LEAST = 20
SOUGHT = frozenset({"duplicate-questions", "paraphrase", "near-duplicate"})
"""Tasks for which repeats are what is looked for, and no harm."""

Pairs = frozenset[tuple[int, int]]
"""Of keys, the lower first."""


@dataclass(frozen=True)
class _Copies:
    """pairs: of passages that are copies. identical: those of which every word is the same."""

    pairs: Pairs
    identical: Pairs


def repeats(case: Case, asked: Asked) -> list[Finding]:
    """For some queries, spread evenly; a query that is a passage of the index finds itself first."""
    lists = asked.found[:: max(len(asked.found) // QUERIES, 1)]
    if len(lists) < LEAST:
        return [too_few("repeats", len(lists), LEAST)]
    copies = steady(lambda: _copies(case, lists))
    repeated = [_repeated(answers, copies.pairs) for answers in lists]
    share = float(np.mean([count > 0 for count in repeated]))
    if not any(repeated):
        return [fine("repeats", 0, f"Among the first ten of {len(lists):,} searches none repeats another.")]
    words = f"{percent(len(copies.identical) / len(copies.pairs))} of the pairs word for word"
    return [
        Finding(
            "repeats",
            share,
            f"In {percent(share)} of {len(lists):,} searches the first ten hold a document that repeats one above it "
            f"({np.mean(repeated):.1f} of ten on average, {words}): each takes the place of another answer.",
            f"askew duplicates {case.name} --threshold 0.95",
            Level.ADVICE if share >= OFTEN and case.task not in SOUGHT else Level.NOTE,
        )
    ]


def _copies(case: Case, lists: Sequence[Found]) -> _Copies:
    near = _near(case, lists)
    keys = sorted({key for pair in near for key in pair})
    texts = [passage.text for passage in case.index.store.passages(keys)]
    forms = {key: normal(text) for key, text in zip(keys, texts, strict=True)}
    same = frozenset(pair for pair in near if forms[pair[0]] == forms[pair[1]])
    shared = {(keys[a], keys[b]) for a, b in shingled(texts, SHINGLES).keys.tolist()} if keys else set()
    return _Copies(frozenset(near & shared) | same, same)


def _near(case: Case, lists: Sequence[Found]) -> set[tuple[int, int]]:
    """Pairs of keys of one list that may be copies."""
    once = sorted({key for answers in lists for key in answers.values()})
    row = {key: number for number, key in enumerate(once)}
    directions = normalise(case.index.store.vectors(once))
    found = set()
    for answers in lists:
        keys = np.array(sorted(answers.values()), np.int64)
        part = directions[[row[key] for key in keys.tolist()]]
        for a, b in np.argwhere(np.triu(part @ part.T >= NEAR, 1)).tolist():
            found.add((int(keys[a]), int(keys[b])))
    return found


def _repeated(answers: Found, copies: Pairs) -> int:
    """How many of the answers are a copy of one above."""
    keys = list(answers.values())
    return sum(
        any((min(key, above), max(key, above)) in copies for above in keys[:place]) for place, key in enumerate(keys)
    )
