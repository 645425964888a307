"""BM25 by the table of postings: the scores of `askew.stores.text`, from exact lengths.

score = Σ ln(1 + (N - n + ½) / (n + ½)) · f · (k1 + 1) / (f + k1 · (1 - b + b · length / average)), over the words of
the query, of whose forms the best counts (Robertson and Zaragoza 2009, doi 10.1561/1500000019). A filter changes what
is found, not what a word weighs.
"""

import numpy as np

from askew.stores import Neighbours
from askew.stores.postgres.filters import Clause
from askew.stores.postgres.transactions import Counts, Session
from askew.stores.text import UNACCENTED, Analysis

K1, B = 1.2, 0.75
QUERY = """
WITH asked AS (SELECT * FROM unnest(%s::int[], %s::text[], %s::float8[]) AS a(word, term, weight)),
     rare AS (SELECT term, count(*) AS n FROM postings WHERE term = ANY(%s::text[]) GROUP BY term)
SELECT key, sum(best ORDER BY word)::float4 AS score FROM (
    SELECT asked.word, t.key, max(weight * ln(1 + (%s::float8 - n + 0.5) / (n + 0.5)) * freq * %s::float8
        / (freq + %s::float8 * (%s::float8 + %s::float8 * length / %s::float8))) AS best
    FROM asked JOIN rare USING (term) JOIN postings t USING (term) {kept} GROUP BY asked.word, t.key
) AS found GROUP BY key ORDER BY score DESC, key LIMIT %s"""
KEPT = "JOIN passages p ON p.key = t.key WHERE {}"


def search(session: Session, counts: Counts, analysis: Analysis, query: str, k: int, kept: Clause | None) -> Neighbours:
    """Return the k best passages for one query, (1, at most k), best first, ties by key."""
    words = analysis.of_query(query)
    k = min(k, counts.passages)
    if not words or k < 1 or not counts.words:
        return Neighbours(np.empty((1, 0), np.int64), np.empty((1, 0), np.float32))
    asked = [
        (place, form, 1.0 if form == forms[0] or forms[0].isascii() else UNACCENTED)
        for place, forms in enumerate(words)
        for form in forms
    ]
    places, terms, weights = map(list, zip(*asked, strict=True))
    formula = (counts.passages, K1 + 1, K1, 1 - B, B, counts.words / counts.passages)
    statement = QUERY.format(kept="" if kept is None else KEPT.format(kept.sql))
    values = () if kept is None else kept.values
    rows = session.rows(statement, places, terms, weights, terms, *formula, *values, k)
    keys, scores = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float32)
    return Neighbours(keys[None], scores[None])
