"""Query features: how queries and documents differ in length, form, wording and direction."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.recommend.corpus_features import Feature, Points, weight
from askew.recommend.text_stats import SideStats, TextShape
from askew.similarity import normalise
from askew.text.display import percent
from askew.text.words import words
from askew.types import FloatMatrix

FREQUENT = 30
"""Frequent words compared; all others count as one."""
OPENING = (3, 50)
"""Minimum and maximum words read of each text; within them, the median of the shorter side."""
DEALS = 50
"""Random permutations for the expected distance."""
SEED = 0
LENGTH: Points = ((0, -1.5), (0.2, -0.9), (0.4, 0), (0.8, 1.3), (1, 2))
"""By Cliff's delta of lengths: 0 if either side may be longer, 1 if one always is."""
FORM: Points = ((0, -1.2), (0.3, 0), (1, 1.5))
"""By the share of texts that differ in shape between the sides."""
BOTH_ASK: Points = ((0, 0), (0.2, 0), (1, -1.8))
"""By the smaller share of questions."""
ONE_ASKS: Points = ((0, 0), (0.2, 0), (1, 1))
"""By the difference of the shares of questions."""
WORDS: Points = ((0, -0.8), (0.12, 0), (0.4, 1.2))
COVER: Points = ((0, -0.3), (0.2, 0), (0.6, 0.4))
DRIFT: Points = ((0, -0.5), (0.05, 0), (0.3, 1))
"""Most of a step is due to the topic, so 0.05 in common is already a lot."""
RETURN: Points = ((0.5, -0.3), (0.6, 0), (0.9, 0.5))


@dataclass(frozen=True)
class Flip:
    """Result of the flip test. drift: how much vectors from a query to its nearest document share a direction.

    returned: how often other documents are closer to that document than the query is.
    """

    drift: float
    returned: float


def flip(queries: FloatMatrix, documents: FloatMatrix) -> Flip:
    """Compare vectors of both sides, one per row: at least two queries and three documents."""
    asked, held = normalise(queries), normalise(documents)
    across, within = asked @ held.T, held @ held.T
    np.fill_diagonal(within, -np.inf)
    near, own = across.argmax(axis=1), within.argmax(axis=1)
    rows, columns = np.arange(len(asked)), np.arange(len(held))
    ranks = _behind(within[near], across[rows, near])
    usual = _behind(within[own], within[columns, own])  # counts itself only if another is as near
    return Flip(_drift(held[near] - asked) - _drift(held[own] - held), _superiority(ranks, usual))


def _drift(steps: FloatMatrix) -> float:
    n, lengths = len(steps), float((steps**2).sum())
    total = steps.sum(axis=0)
    return (float(total @ total) - lengths) / (n - 1) / max(lengths, 1e-12)


def _behind(scores: FloatMatrix, own: FloatMatrix) -> NDArray[np.int64]:
    """Return how many documents score higher than this one."""
    return np.asarray((scores > own[:, None] + 1e-6).sum(axis=1))


def _superiority(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Return the probability that a value of `a` exceeds one of `b`; ties count half."""
    more, same = (a[:, None] > b[None]).mean(), (a[:, None] == b[None]).mean()
    return float(more + same / 2)


def wording_distance(a: Sequence[str], b: Sequence[str]) -> float:
    """Return the total variation distance of frequent words, minus its expectation by chance."""
    counts = _word_counts([words(text) for text in a], [words(text) for text in b])
    rng = np.random.default_rng(SEED)
    order = np.arange(len(counts))
    chance = float(np.mean([_variation(counts[rng.permutation(order)], len(a)) for _ in range(DEALS)]))
    return max(0.0, _variation(counts, len(a)) - chance)


def covered(queries: Sequence[str], documents: Sequence[str]) -> tuple[float, float]:
    """Return the mean share of a query's words in its best matching document, and the reverse.

    Rare words count more in the choice of the document.
    """
    asked, held = ([set(words(text)) for text in texts] for texts in (queries, documents))
    spread = Counter(piece for own in held for piece in own)
    rarity = {piece: float(np.log1p(len(held) / count)) for piece, count in spread.items()}
    shares = []
    for own in filter(None, asked):
        best = max(held, key=lambda other: sum(rarity[piece] for piece in own & other))
        shares.append((len(own & best) / len(own), len(own & best) / max(len(best), 1)))
    forth, back = np.mean(shares, axis=0).tolist() if shares else (0.0, 0.0)
    return forth, back


def _word_counts(a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Count frequent words in the beginning of each text; the last column counts all others."""
    opening = int(np.clip(min(np.median([len(text) for text in side]) for side in (a, b)), *OPENING))
    openings = [text[:opening] for text in (*a, *b)]
    shares: Counter[str] = Counter()
    for side in (openings[: len(a)], openings[len(a) :]):
        total = max(sum(map(len, side)), 1)
        for piece, count in Counter(piece for text in side for piece in text).items():
            shares[piece] += count / total  # type: ignore[assignment]
    columns = {piece: column for column, (piece, _) in enumerate(shares.most_common(FREQUENT))}
    counts = np.zeros((len(openings), FREQUENT + 1))
    for row, text in enumerate(openings):
        for piece in text:
            counts[row, columns.get(piece, FREQUENT)] += 1
    return counts


def _variation(counts: NDArray[np.float64], first: int) -> float:
    """Return the total variation distance between the first rows and the others."""
    a, b = counts[:first].sum(axis=0), counts[first:].sum(axis=0)
    return float(np.abs(a / max(a.sum(), 1) - b / max(b.sum(), 1)).sum() / 2)


def query_features(queries: SideStats, documents: SideStats) -> list[Feature]:
    """Return the features that need no model."""
    return [_length(queries, documents), *_forms(queries, documents), *_wording(queries, documents)]


def flipped(found: Flip) -> list[Feature]:
    """Return the features of the flip test."""
    drift, back = weight(found.drift, DRIFT), weight(found.returned, RETURN)
    return [
        Feature(
            "drift", found.drift, "of 1", drift,
            "From a query to the nearest document, vectors all go "
            + ("much the same way, as from one kind of text to another." if drift >= 0 else
               "different ways: a query could stand in a document's place."),
        ),
        Feature(
            "return", found.returned, "chance", back,
            "Seen from the document that is nearest to a query, other documents are "
            + ("nearer than the query." if back >= 0 else "no nearer than the query."),
        ),
    ]  # fmt: skip


def _length(queries: SideStats, documents: SideStats) -> Feature:
    a, b = np.array(queries.lengths), np.array(documents.lengths)
    delta = float(np.sign(b[None] - a[:, None]).mean())
    points = weight(abs(delta), LENGTH)
    asked, held = queries.quartiles.median, documents.quartiles.median
    told = f"Half of the queries have up to {asked:.0f} words, half of the documents up to {held:.0f}: "
    longer = "document" if delta >= 0 else "query"
    means = f"the {longer} is the longer one in {percent((1 + abs(delta)) / 2)} of the cases."
    return Feature("length", held / max(asked, 1), "times", points, told + (means if points >= 0 else "much the same."))


def _forms(queries: SideStats, documents: SideStats) -> Iterator[Feature]:
    moved = sum(abs(queries.shapes[shape] - documents.shapes[shape]) for shape in TextShape) / 2
    points = weight(moved, FORM)
    shown = f"Queries are mostly {_mostly(queries)}, documents mostly {_mostly(documents)}"
    yield Feature("form", moved, "of the texts differ", points, f"{shown}.")
    asked, held = queries.share(TextShape.QUESTION), documents.share(TextShape.QUESTION)
    both, one = weight(min(asked, held), BOTH_ASK), weight(abs(asked - held), ONE_ASKS)
    yield Feature(
        "questions", asked - held, "more of the queries ask", round(both + one, 3),
        f"{percent(asked)} of the queries and {percent(held)} of the documents are questions"
        + (": questions look for questions." if both + one < 0 else "."),
    )  # fmt: skip


def _wording(queries: SideStats, documents: SideStats) -> Iterator[Feature]:
    far = wording_distance(queries.texts, documents.texts)
    points = weight(far, WORDS)
    yield Feature(
        "frequent words", far, "of 1", points,
        "Queries and documents begin with the same frequent words." if points < 0 else
        "The most frequent words of the queries are others than those with which documents begin.",
    )  # fmt: skip
    forth, back = covered(queries.texts, documents.texts)
    yield Feature(
        "overlap", forth - back, "difference", weight(forth - back, COVER),
        f"The document that shares most with a query has {percent(forth)} of its words; the query has "
        f"{percent(back)} of the document's.",
    )  # fmt: skip


def _mostly(side: SideStats) -> str:
    plural = {"question": "questions", "fragment": "names or keywords", "sentence": "single sentences",
              "prose": "texts of several sentences"}  # fmt: skip
    return plural[max(side.shapes, key=lambda shape: side.shapes[shape])]
