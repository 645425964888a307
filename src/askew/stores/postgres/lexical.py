"""BM25 over packed postings: the scores of `askew.stores.text`, from exact lengths.

score = Σ ln(1 + (N - n + ½) / (n + ½)) · f · (k1 + 1) / (f + k1 · (1 - b + b · length / average)), over the words of
the query, of whose forms the best counts (Robertson and Zaragoza 2009, doi 10.1561/1500000019). A filter changes what
is found, not what a word weighs.

The postings of a word that most passages have are not read at first: it weighs so little that it seldom decides. If no
passage can be among the best by such words alone (MaxScore: Turtle and Flood 1995, doi 10.1016/0306-4573(95)00020-H),
they are looked up for the few that can be.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from askew.stores import Keys, Neighbours
from askew.stores.inverted import best
from askew.stores.postgres.postings import Postings, unpacked
from askew.stores.postgres.sessions import Clause, Rows
from askew.stores.postgres.transactions import COLUMNS, STATED
from askew.stores.text import UNACCENTED, Analysis

K1, B = 1.2, 0.75
MANY = 20_000
"""Passages with a term beyond which its postings are read only if they are needed."""
LOOKED_UP = 2000
"""Passages whose terms are looked up at most."""
MARGIN = 1e-6
PROBED = 8
"""Passages per one wanted that a filter is asked for, before it is asked for all that it keeps."""
SPREAD = 1 << 22
"""Numbers between the lowest and the highest key up to which scores are kept in an array of all of them."""
HELD = f"""SELECT {COLUMNS}, h.* FROM state s LEFT JOIN LATERAL (
               SELECT term, first, n, total, CASE WHEN total <= %s THEN packed END FROM (
                   SELECT *, sum(n) OVER (PARTITION BY term) AS total FROM postings WHERE term = ANY(%s::text[])
               ) AS every) AS h ON true"""
LOOK = """SELECT f.key, f.length, t.freq, t.term FROM terms f, unnest(f.terms, f.freqs) AS t(term, freq)
          WHERE f.key = ANY(%s::bigint[]) AND t.term = ANY(%s::text[])"""

Ask = Callable[[Clause], Sequence[Rows]]
"""Asks every server that holds a part of the store, and returns the rows of each."""
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """A form of a word of the query, by its place."""

    word: int
    term: str
    weight: float


@dataclass(frozen=True)
class Ranking:
    """What is known of the terms of a query. n: passages with each term; postings: of those that were read."""

    passages: int
    average: float
    n: Mapping[str, int]
    postings: dict[str, Postings] = field(default_factory=dict)

    def bound(self, form: Form) -> float:
        """Return what a form can add to a score at most."""
        n = self.n[form.term]
        return float(form.weight * np.log(1 + (self.passages - n + 0.5) / (n + 0.5)) * (K1 + 1))

    def gains(self, form: Form) -> Scores:
        """Return what a form adds to the score of each of its passages."""
        held = self.postings[form.term]
        return self.bound(form) * held.freqs / (held.freqs + K1 * (1 - B + B * held.lengths / self.average))


def search(
    ask: Ask, passages: Callable[[Sequence[Rows]], tuple[int, int]], analysis: Analysis, query: str, k: int,
    kept: Clause | None, probed: Clause | None,
) -> Neighbours:  # fmt: skip
    """Return the k best passages for one query, (1, at most k), best first, ties by key.

    passages: reads from the rows of each server how many passages and words there are.
    """
    forms = [
        Form(place, form, 1.0 if form == forms[0] or forms[0].isascii() else UNACCENTED)
        for place, forms in enumerate(analysis.of_query(query))
        for form in forms
    ]
    if not forms:
        return _neighbours(np.empty(0, np.int64), np.empty(0, np.float32))
    most = MANY if kept is None else 2**62
    answers = ask(Clause(HELD, (most, list(dict.fromkeys(form.term for form in forms)))))
    count, words = passages(answers)
    found = _held(answers)
    ranking, absent = _ranking(found, count, words)
    forms = [form for form in forms if form.term in ranking.n]
    if k < 1 or not forms:
        return _neighbours(np.empty(0, np.int64), np.empty(0, np.float32))
    if absent and not _looked_up(ask, ranking, forms, absent, k):
        again = ask(Clause(HELD, (2**62, sorted(absent))))
        _read(ranking, _held(again))
    keys, scores = _scored(ranking, forms)
    if kept is None or probed is None:
        return _neighbours(*_best(keys, scores, k))
    return _neighbours(*_filtered(ask, keys, scores, k, kept, probed))


def _held(answers: Sequence[Rows]) -> Rows:
    """Return the rows of postings in answers to `HELD`; a server without any answers with its state alone."""
    return [row[STATED:] for rows in answers for row in rows if row[STATED] is not None]


def _ranking(found: Rows, passages: int, words: int) -> tuple[Ranking, set[str]]:
    """Return what was read, and the terms that were not read."""
    n: dict[str, int] = defaultdict(int)
    for term, _, count, *_ in found:
        n[term] += count
    absent = {row[0] for row in found if row[4] is None}
    ranking = Ranking(passages, words / max(passages, 1), {term: count for term, count in n.items() if count > 0})
    _read(ranking, [row for row in found if row[0] not in absent])
    return ranking, absent


def _read(ranking: Ranking, found: Rows) -> None:
    held: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
    for term, first, count, _, packed in found:
        held[term].append((first, count, packed))
    ranking.postings.update({term: unpacked(rows) for term, rows in held.items()})


def _looked_up(ask: Ask, ranking: Ranking, forms: Sequence[Form], absent: set[str], k: int) -> bool:
    """Look up the absent terms in the passages that can be among the best; return whether these are few."""
    rest = sum(ranking.bound(form) for form in forms if form.term in absent)
    keys, scores = _scored(ranking, [form for form in forms if form.term not in absent])
    if len(keys) < k:
        return False
    least = -np.partition(-scores, k - 1)[k - 1]
    candidates = keys[scores >= least * (1 - MARGIN) - rest]
    if rest * (1 + MARGIN) >= least or len(candidates) > LOOKED_UP:
        return False
    found = [row for rows in ask(Clause(LOOK, (candidates.tolist(), sorted(absent)))) for row in rows]
    for term in absent:
        rows = sorted(row[:3] for row in found if row[3] == term)
        every = np.array(rows, np.int64).reshape(-1, 3)
        ranking.postings[term] = Postings(every[:, 0], every[:, 2], every[:, 1])
    return True


def _scored(ranking: Ranking, forms: Sequence[Form]) -> tuple[Keys, Scores]:
    """Return the keys that have any of the terms, ascending, and their scores."""
    held = [form for form in forms if form.term in ranking.postings and len(ranking.postings[form.term].keys)]
    if not held:
        return np.empty(0, np.int64), np.empty(0, np.float64)
    every = [ranking.postings[form.term].keys for form in held]
    low, high = min(int(keys[0]) for keys in every), max(int(keys[-1]) for keys in every)
    dense = high - low < SPREAD
    known = np.arange(low, high + 1) if dense else np.unique(np.concatenate(every))
    total, of_word = np.zeros(len(known)), np.zeros(len(known))
    for place, form in enumerate(held):
        at = every[place] - low if dense else np.searchsorted(known, every[place])
        gains = ranking.gains(form)
        alone = sum(other.word == form.word for other in held) == 1
        if alone:
            total[at] += gains
            continue
        of_word[at] = np.maximum(of_word[at], gains)
        if place + 1 == len(held) or held[place + 1].word != form.word:
            total += of_word
            of_word[:] = 0
    there = np.flatnonzero(total)
    return known[there], total[there]


def _best(keys: Keys, scores: Scores, k: int) -> tuple[Keys, NDArray[np.float32]]:
    rounded = scores.astype(np.float32)
    places = best(rounded, min(k, len(keys)), np.ones(len(keys), np.bool_)) if len(keys) else np.empty(0, np.int64)
    return keys[places], rounded[places]


def _filtered(
    ask: Ask, keys: Keys, scores: Scores, k: int, kept: Clause, probed: Clause
) -> tuple[Keys, NDArray[np.float32]]:
    """Return the k best that a filter keeps: of the first ones, if these are enough, else of all."""
    first, _ = _best(keys, scores, PROBED * k + 100)
    query = f"""SELECT p.key FROM passages p WHERE p.key = ANY(%s::bigint[]) AND {probed.sql}"""
    rows = [row for rows in ask(Clause(query, (first.tolist(), *probed.values))) for row in rows]
    if len(rows) < k and len(first) < len(keys):
        query = f"SELECT string_agg(int8send(p.key), ''::bytea) FROM passages p WHERE {kept.sql}"
        blobs = [rows[0][0] or b"" for rows in ask(Clause(query, kept.values))]
        fits = np.isin(keys, np.frombuffer(b"".join(blobs), ">i8"))
    else:
        fits = np.isin(keys, np.array([row[0] for row in rows], np.int64))
    return _best(keys[fits], scores[fits], k)


def _neighbours(keys: Keys, scores: NDArray[np.float32]) -> Neighbours:
    return Neighbours(keys[None], scores[None])
