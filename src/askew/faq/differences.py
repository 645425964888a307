"""Where two answers to one question contradict each other: rules over numbers and negation, no model.

Two sentences are about the same when they share most of their other words. They contradict each other when each has a
number that the other lacks, or when one is negated and the other is not. Both sentences are the evidence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from askew.documents.sentences import sentences

SHARED = 0.5
"""Of all the words of two sentences, numbers and negations aside, so many must be in both (Jaccard)."""
WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
NUMBERS = {
    word: str(value)
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null _ zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for value, word in enumerate(words.split())
    if word != "_"  # "ein" is an article far more often than a number
}
NEGATIONS = frozenset(
    """
    no not nor never none nobody nothing cannot without
    nicht nie niemals kein keine keinen keinem keiner keines ohne
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Difference:
    """kind: number or negation. a, b: the two sentences. only_a, only_b: the words in which they differ."""

    kind: str
    a: str
    b: str
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


@dataclass(frozen=True)
class _Sentence:
    text: str
    words: frozenset[str]
    numbers: frozenset[str]
    negations: frozenset[str]


def differences(a: str, b: str) -> list[Difference]:
    """The contradictions between two texts, in the order of `a`; each sentence is set beside the one most like it."""
    others = _sentences(b)
    found: list[Difference] = []
    for sentence in _sentences(a):
        if others:
            found += _between(sentence, max(others, key=lambda other: _shared(sentence, other)))
    return found


def _between(a: _Sentence, b: _Sentence) -> list[Difference]:
    if _shared(a, b) < SHARED:
        return []
    found = []
    if a.numbers - b.numbers and b.numbers - a.numbers:
        found.append(_difference("number", a, b, a.numbers, b.numbers))
    if bool(a.negations) != bool(b.negations):
        found.append(_difference("negation", a, b, a.negations, b.negations))
    return found


def _difference(kind: str, a: _Sentence, b: _Sentence, left: frozenset[str], right: frozenset[str]) -> Difference:
    return Difference(kind, a.text, b.text, tuple(sorted(left - right)), tuple(sorted(right - left)))


def _shared(a: _Sentence, b: _Sentence) -> float:
    return len(a.words & b.words) / max(len(a.words | b.words), 1)


def _sentences(text: str) -> Sequence[_Sentence]:
    return [_sentence(text[start:end]) for start, end in sentences(text, 0, len(text))]


def _sentence(text: str) -> _Sentence:
    words = [word.casefold().replace("’", "'") for word in WORD.findall(text)]
    numbers = {NUMBERS.get(word, word) for word in words if word in NUMBERS or word[0].isdigit()}
    negations = {word for word in words if word in NEGATIONS or word.endswith("n't")}
    # "can't" and "cannot" are about the same as "can".
    plain = {_positive(word) for word in words if word not in NUMBERS and not word[0].isdigit()} - NEGATIONS
    return _Sentence(" ".join(text.split()), frozenset(plain), frozenset(numbers), frozenset(negations))


def _positive(word: str) -> str:
    irregular = {"cannot": "can", "can't": "can", "won't": "will", "shan't": "shall"}
    return irregular.get(word, word.removesuffix("n't"))
