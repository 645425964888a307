"""Parsed text for the rules: words, content words, values, names and negations."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from askew.pair_labels.denials import Denial, denials
from askew.pair_labels.lexicon import Lexicon, lexicon
from askew.pair_labels.names import Name, names
from askew.pair_labels.questions import Asked, asked
from askew.pair_labels.values import Value, values
from askew.pair_labels.words import Word, words
from askew.types import Span

KEPT = 4096
"""Cache size: a text is in as many pairs as it has neighbours."""


@dataclass(frozen=True, eq=False)
class Reading:
    """All positions are word numbers; `span` converts them to text offsets."""

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
        """Base forms of the content words with their first positions, without values and negations."""
        found: dict[str, int] = {}
        for place, word in enumerate(self.words):
            if self.carries(place):
                found.setdefault(word.base, place)
        return found

    @cached_property
    def plain(self) -> frozenset[str]:
        """Stems and base forms of all words."""
        return frozenset(word.base for word in self.words) | frozenset(word.plain for word in self.words)

    def carries(self, place: int) -> bool:
        word = self.words[place]
        return not (word.function or place in self.valued or word.form in self.lexicon.negators)

    def span(self, first: int, last: int) -> Span:
        """Return the span of these words, both included."""
        return Span(self.words[first].start, self.words[last].end)


@lru_cache(maxsize=KEPT)
def reading(text: str, language: str) -> Reading:
    known = lexicon(language)
    return Reading(text, known, words(text, known))


def overlap(a: Reading, b: Reading) -> float:
    """Return the share of common content words, relative to the text with fewer; 1 if it has none."""
    fewer = min(len(a.content), len(b.content))
    return len(a.content.keys() & b.content.keys()) / fewer if fewer else 1.0
