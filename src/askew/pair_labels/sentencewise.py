"""Conflicts between long texts: each sentence is compared with the most similar one of the other text."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from askew.pair_labels.alignment import align
from askew.pair_labels.conflict import Conflict
from askew.pair_labels.conflicts import conflicts
from askew.pair_labels.lexicon import LANGUAGES
from askew.pair_labels.reading import Reading, reading
from askew.text.language import likeliest
from askew.text.sentences import sentences
from askew.types import Span

SHARED = 0.5
"""Jaccard similarity of two sentences' words, without values and negations, from which they are compared."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a long text.

    words: the stems of its words, without values and negations.
    """

    start: int
    reading: Reading
    words: frozenset[str]


@dataclass(frozen=True)
class Clash:
    """Two conflicting sentences; the conflict's spans are offsets in the whole texts."""

    a: str
    b: str
    conflict: Conflict


def clashes(a: str, b: str) -> list[Clash]:
    """Return the conflicts in the order of `a`."""
    language = likeliest([a, b], LANGUAGES)
    others = _sentences(b, language)
    places = _index(others)
    found = []
    for sentence in _sentences(a, language):
        for other in _likest(sentence, others, places):
            left, right = sentence.reading, other.reading
            found += [
                Clash(left.text, right.text, _moved(conflict, sentence.start, other.start))
                for conflict in conflicts(left, right, align(left, right))
            ]
    return found


def _sentences(text: str, language: str) -> list[Sentence]:
    return [_sentence(start, reading(text[start:end], language)) for start, end in sentences(text)]


def _sentence(start: int, read: Reading) -> Sentence:
    negators = read.lexicon.negators
    kept = [w.base for n, w in enumerate(read.words) if n not in read.valued and w.form not in negators]
    return Sentence(start, read, frozenset(kept))


def _index(held: Sequence[Sentence]) -> Mapping[str, list[int]]:
    """Map each word to the sentences that contain it."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(held):
        for word in sentence.words:
            places[word].append(number)
    return places


def _likest(sentence: Sentence, others: Sequence[Sentence], places: Mapping[str, list[int]]) -> list[Sentence]:
    """Return the most similar sentence, or nothing."""
    shared = Counter(number for word in sentence.words for number in places.get(word, ()))
    if not shared:
        return []
    like = {n: count / len(sentence.words | others[n].words) for n, count in shared.items()}
    best = max(like, key=lambda number: (like[number], -number))
    return [others[best]] if like[best] >= SHARED and sentence.reading.text != others[best].reading.text else []


def _moved(conflict: Conflict, a: int, b: int) -> Conflict:
    return replace(conflict, a=_shifted(conflict.a, a), b=_shifted(conflict.b, b))


def _shifted(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple(Span(span.start + by, span.end + by) for span in spans)
