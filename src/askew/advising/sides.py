"""What stands on one side of a search, the queries or the documents, taken together?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.advising.forms import Form, Shape, form
from askew.advising.languages import languages


@dataclass(frozen=True)
class Quartiles:
    """In words."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class Side:
    """texts: of each all that an encoder is shown, title and text. forms: of each the form of its text, in the same
    order. languages: each one's share.
    """

    texts: tuple[str, ...]
    forms: tuple[Form, ...]
    languages: Mapping[str, float]

    @property
    def lengths(self) -> list[float]:
        return [form.words for form in self.forms]

    @property
    def quartiles(self) -> Quartiles:
        return Quartiles(*np.percentile(self.lengths, [25, 50, 75]).tolist())

    def share(self, shape: Shape) -> float:
        return sum(form.shape is shape for form in self.forms) / len(self.forms)

    @property
    def shapes(self) -> dict[Shape, float]:
        counts = Counter(form.shape for form in self.forms)
        return {shape: counts[shape] / len(self.forms) for shape in Shape}


def side(texts: Sequence[str], titles: Sequence[str] = (), other: Sequence[str] = ()) -> Side:
    """titles: one for each text, "" for none. other: languages of the other side; short texts rarely tell their own."""
    shown = (
        [f"{title}\n{text}" if title else text for title, text in zip(titles, texts, strict=True)] if titles else texts
    )
    found = languages(shown)
    return Side(tuple(shown), tuple(form(text, (*found, *other)) for text in texts), found)
