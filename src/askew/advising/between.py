"""What do queries and documents, side by side, say of whether they are of one kind?"""

from collections.abc import Iterator

import numpy as np

from askew.advising.flip import Flip
from askew.advising.forms import Shape
from askew.advising.register import apart, covered
from askew.advising.sides import Side
from askew.advising.signs import Points, Sign, weight

LENGTH: Points = ((0, -1.5), (0.2, -0.9), (0.4, 0), (0.8, 1.3), (1, 2))
"""By Cliff's delta: 0 where either may be the longer, 1 where the one always is."""
FORM: Points = ((0, -1.2), (0.3, 0), (1, 1.5))
"""By the part of the texts that would have to change their form for both sides to have the same forms."""
BOTH_ASK: Points = ((0, 0), (0.2, 0), (1, -1.8))
"""By the share of questions on the side that has fewer."""
ONE_ASKS: Points = ((0, 0), (0.2, 0), (1, 1))
"""By the difference of the shares of questions."""
WORDS: Points = ((0, -0.8), (0.12, 0), (0.4, 1.2))
COVER: Points = ((0, -0.3), (0.2, 0), (0.6, 0.4))
DRIFT: Points = ((0, -0.5), (0.05, 0), (0.3, 1))
"""The subject makes most of a step, so a twentieth in common is a lot, and little weighs nothing either way."""
RETURN: Points = ((0.5, -0.3), (0.6, 0), (0.9, 0.5))


def between(queries: Side, documents: Side) -> list[Sign]:
    """What can be told without a model."""
    return [_length(queries, documents), *_forms(queries, documents), *_words(queries, documents)]


def flipped(found: Flip) -> list[Sign]:
    """What the flip test says."""
    drift, back = weight(found.drift, DRIFT), weight(found.returned, RETURN)
    return [
        Sign(
            "drift", found.drift, "of 1", drift,
            "From a query to the nearest document, vectors all go "
            + ("much the same way, as from one kind of text to another." if drift >= 0 else
               "different ways: a query could stand in a document's place."),
        ),
        Sign(
            "return", found.returned, "chance", back,
            "Seen from the document that is nearest to a query, other documents are "
            + ("nearer than the query." if back >= 0 else "no nearer than the query."),
        ),
    ]  # fmt: skip


def _length(queries: Side, documents: Side) -> Sign:
    a, b = np.array(queries.lengths), np.array(documents.lengths)
    delta = float(np.sign(b[None] - a[:, None]).mean())
    points = weight(abs(delta), LENGTH)
    asked, held = queries.quartiles.median, documents.quartiles.median
    told = f"Half of the queries have up to {asked:.0f} words, half of the documents up to {held:.0f}: "
    longer = "document" if delta >= 0 else "query"
    means = f"the {longer} is the longer one in {_percent((1 + abs(delta)) / 2)} of the cases."
    return Sign("length", held / max(asked, 1), "times", points, told + (means if points >= 0 else "much the same."))


def _forms(queries: Side, documents: Side) -> Iterator[Sign]:
    moved = sum(abs(queries.shapes[shape] - documents.shapes[shape]) for shape in Shape) / 2
    points = weight(moved, FORM)
    shown = f"Queries are mostly {_mostly(queries)}, documents mostly {_mostly(documents)}"
    yield Sign("form", moved, "of the texts differ", points, f"{shown}.")
    asked, held = queries.share(Shape.QUESTION), documents.share(Shape.QUESTION)
    both, one = weight(min(asked, held), BOTH_ASK), weight(abs(asked - held), ONE_ASKS)
    yield Sign(
        "questions", asked - held, "more of the queries ask", round(both + one, 3),
        f"{_percent(asked)} of the queries and {_percent(held)} of the documents are questions"
        + (": questions look for questions." if both + one < 0 else "."),
    )  # fmt: skip


def _words(queries: Side, documents: Side) -> Iterator[Sign]:
    far = apart(queries.texts, documents.texts)
    points = weight(far, WORDS)
    yield Sign(
        "frequent words", far, "of 1", points,
        "Queries and documents begin with the same frequent words." if points < 0 else
        "The most frequent words of the queries are others than those with which documents begin.",
    )  # fmt: skip
    forth, back = covered(queries.texts, documents.texts)
    yield Sign(
        "overlap", forth - back, "difference", weight(forth - back, COVER),
        f"The document that shares most with a query has {_percent(forth)} of its words; the query has "
        f"{_percent(back)} of the document's.",
    )  # fmt: skip


def _mostly(side: Side) -> str:
    plural = {"question": "questions", "fragment": "names or keywords", "sentence": "single sentences",
              "prose": "texts of several sentences"}  # fmt: skip
    return plural[max(side.shapes, key=lambda shape: side.shapes[shape])]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
