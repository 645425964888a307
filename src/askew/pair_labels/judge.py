"""Pair classification by rules: for two texts, or sentence by sentence for long ones.

Only positive evidence of a conflict lowers a pair: two texts that share no word remain paraphrases.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from askew.pair_labels.alignment import Alignment, align, identical, nearly, within
from askew.pair_labels.contradictions import Conflict, Conflicts, denied, opposed
from askew.pair_labels.mismatches import asked_otherwise, exchanged, substituted
from askew.pair_labels.products import renamed
from askew.pair_labels.reading import KEPT, Reading, overlap, reading, spoken
from askew.pair_labels.signs import faces, signed
from askew.pair_labels.small_words import decided
from askew.pair_labels.verdict import Kind, PairScorer, Verdict, overruled
from askew.text.sentences import sentences
from askew.types import Span

SHARED = 0.5
"""Jaccard similarity of two sentences' words, without values and negations, from which they are compared."""
LOW_SCORE, LOW_OVERLAP = 0.6, 0.25
"""Below both, two texts are unlikely to mean the same: cosines of duplicates start higher for every known model."""
LONG = 24
"""Texts with more words than this are compared sentence by sentence."""


def conflicts(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Collect the conflicts of every rule, one for the same words."""
    found: dict[tuple[object, ...], Conflict] = {}
    for conflict in (
        *denied(a, b),
        *opposed(a, b, aligned),
        *substituted(a, b, aligned),
        *renamed(a, b, aligned),
        *signed(a, b, aligned),
        *decided(a, b, aligned),
        *exchanged(a, b),
        *asked_otherwise(a, b),
    ):
        found.setdefault((conflict.a, conflict.b), conflict)
    return tuple(found.values())


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
    language = spoken(a, b)
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


@lru_cache(maxsize=KEPT)
def _sentences(text: str, language: str) -> tuple[Sentence, ...]:
    return tuple(_sentence(start, reading(text[start:end], language)) for start, end in sentences(text))


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


@dataclass(frozen=True)
class SentenceDifference:
    """A contradiction between two sentences.

    kind: number, negation, opposite, name, … a, b: the two sentences. only_a, only_b: the words that differ.
    """

    kind: str
    a: str
    b: str
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def differences(a: str, b: str) -> list[SentenceDifference]:
    """Return the contradictions in the order of `a`; each sentence is compared with the most similar one of `b`."""
    return [_told(a, b, clash) for clash in clashes(a, b) if clash.conflict.kind is not Kind.RELATED]


def _told(a: str, b: str, clash: Clash) -> SentenceDifference:
    conflict = clash.conflict
    left, right = (" ".join(sentence.split()) for sentence in (clash.a, clash.b))
    return SentenceDifference(conflict.rule, left, right, _words(a, conflict.a), _words(b, conflict.b))


def _words(text: str, spans: tuple[Span, ...]) -> tuple[str, ...]:
    return tuple(text[span.start : span.end] for span in spans)


def judge(a: str, b: str, score: float) -> Verdict:
    """Classify a pair; score: its cosine from mining, which is used only when no rule applies."""
    if identical(a, b) and faces(a) == faces(b):
        return Verdict(Kind.IDENTICAL, "identical wording")
    language = spoken(a, b)
    left, right = reading(a, language), reading(b, language)
    aligned = align(left, right)
    found = _conflicts(left, right, aligned)
    if found:
        return _at_odds(found)
    if nearly(left, right, aligned):
        return _nearly(left, right)
    if span := within(left, right, aligned):
        return _contains(left, right, span)
    if score < LOW_SCORE and overlap(left, right) < LOW_OVERLAP:
        return Verdict(Kind.RELATED, "low score and few words in common")
    return Verdict(Kind.PARAPHRASE, "no conflict found in the wording")


def judge_all(
    pairs: Sequence[tuple[str, str]], scores: Sequence[float], cross: PairScorer | None = None
) -> list[Verdict]:
    """Classify each pair; where `cross` is confident, it overrules paraphrase, related and contradicts."""
    verdicts = [judge(a, b, score) for (a, b), score in zip(pairs, scores, strict=True)]
    return verdicts if cross is None else overruled(verdicts, pairs, cross)


def _conflicts(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    if max(len(a.words), len(b.words)) > LONG:
        return tuple(clash.conflict for clash in clashes(a.text, b.text))
    return conflicts(a, b, aligned)


def _at_odds(found: Conflicts) -> Verdict:
    """Return the verdict of the first conflict, with the evidence of all conflicts of its kind."""
    kind = found[0].kind
    same = [conflict for conflict in found if conflict.kind is kind]
    reason = "; ".join(dict.fromkeys(conflict.reason for conflict in same))
    return Verdict(kind, reason, *(_merged([getattr(one, side) for one in same]) for side in ("a", "b")))


def _merged(spans: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
    return tuple(sorted({span for part in spans for span in part}, key=lambda span: (span.start, span.end)))


def _nearly(a: Reading, b: Reading) -> Verdict:
    holes = align(a, b, exact=True).holes
    left = tuple(a.span(hole.a1, hole.a2 - 1) for hole in holes if hole.a1 < hole.a2)
    right = tuple(b.span(hole.b1, hole.b2 - 1) for hole in holes if hole.b1 < hole.b2)
    return Verdict(Kind.NEAR_IDENTICAL, "only small words, inflections or typos differ", left, right)


def _contains(a: Reading, b: Reading, span: Span) -> Verdict:
    if len(a.words) <= len(b.words):
        return Verdict(Kind.CONTAINS, "the second contains the first and adds to it", (_all(a),), (span,))
    return Verdict(Kind.CONTAINS, "the first contains the second and adds to it", (span,), (_all(b),))


def _all(reading: Reading) -> Span:
    return reading.span(0, len(reading.words) - 1)
