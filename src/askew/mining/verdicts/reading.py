"""A text as the rules see it: its words, what of them carries matter, values, names and what is denied."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from askew.mining.verdicts.denials import Denial, denials
from askew.mining.verdicts.lexicon import Lexicon, lexicon
from askew.mining.verdicts.names import Name, names
from askew.mining.verdicts.questions import Asked, asked
from askew.mining.verdicts.values import Value, values
from askew.mining.verdicts.words import Word, words
from askew.types import Span

KEPT = 4096
"""Readings that are remembered: a text has as many pairs as it has neighbours."""


@dataclass(frozen=True, eq=False)
class Reading:
    """Everything by word numbers; `span` leads back to the text."""

    text: str
    lexicon: Lexicon
    words: tuple[Word, ...]

    @cached_property
    def values(self) -> tuple[Value, ...]:
        return values(self.words, self.lexicon)

    @cached_property
    def valued(self) -> frozenset[int]:
        """Words that belong to a value that counts."""
        return frozenset(n for value in self.values if not value.soft for n in range(value.first, value.last + 1))

    @cached_property
    def names(self) -> tuple[Name, ...]:
        return names(self.words, self.valued, self.lexicon)

    @cached_property
    def denials(self) -> tuple[Denial, ...]:
        return denials(self.words, self.lexicon)

    @cached_property
    def asked(self) -> Asked:
        return asked(self.words, self.lexicon)

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset(word.form.removesuffix("'s") for word in self.words)

    @cached_property
    def content(self) -> Mapping[str, int]:
        """The bases of the words that carry matter, with their first places; no values, no negations."""
        found: dict[str, int] = {}
        for place, word in enumerate(self.words):
            if self.carries(place):
                found.setdefault(word.base, place)
        return found

    @cached_property
    def plain(self) -> frozenset[str]:
        """Of all words, stems and base forms."""
        return frozenset(word.base for word in self.words) | frozenset(word.plain for word in self.words)

    def carries(self, place: int) -> bool:
        word = self.words[place]
        return not (word.function or place in self.valued or word.form in self.lexicon.negators)

    def span(self, first: int, last: int) -> Span:
        """The text of these words, both included."""
        return Span(self.words[first].start, self.words[last].end)


@lru_cache(maxsize=KEPT)
def reading(text: str, language: str) -> Reading:
    known = lexicon(language)
    return Reading(text, known, words(text, known))


def overlap(a: Reading, b: Reading) -> float:
    """The share of the words with matter that the other text has too, for the one with fewer; 1 where it has none."""
    fewer = min(len(a.content), len(b.content))
    return len(a.content.keys() & b.content.keys()) / fewer if fewer else 1.0
