"""What two texts that score alike are to each other. Only positive evidence of a conflict makes them less than the
score says: two texts that share no word stay paraphrases.
"""

from collections.abc import Sequence

from askew.mining.verdicts.alignment import Alignment, align
from askew.mining.verdicts.conflict import Conflicts
from askew.mining.verdicts.conflicts import conflicts
from askew.mining.verdicts.lexicon import spoken
from askew.mining.verdicts.nearness import identical, nearly, within
from askew.mining.verdicts.overruling import PairScorer, overruled
from askew.mining.verdicts.reading import Reading, overlap, reading
from askew.mining.verdicts.sentencewise import clashes
from askew.mining.verdicts.verdict import Kind, Verdict
from askew.mining.verdicts.words import forms
from askew.types import Span

LOW_SCORE, LOW_OVERLAP = 0.6, 0.25
"""Below both, nothing says that two texts are the same: cosines of duplicates begin above, for every model known."""

LONG = 24
"""Words from which two texts are compared sentence by sentence."""


def judge(a: str, b: str, score: float) -> Verdict:
    """score: a cosine, as the pair was mined with; the rules look at the texts alone."""
    if identical(a, b):
        return Verdict(Kind.IDENTICAL, "the same words")
    language = spoken([*forms(a), *forms(b)])
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
        return Verdict(Kind.RELATED, "the score is low, and so few words are shared")
    return Verdict(Kind.PARAPHRASE, "nothing in their words speaks against it")


def judge_all(
    pairs: Sequence[tuple[str, str]], scores: Sequence[float], cross: PairScorer | None = None
) -> list[Verdict]:
    """The verdict on each pair; where `cross` is sure, it overrules paraphrase, related and contradicts."""
    verdicts = [judge(a, b, score) for (a, b), score in zip(pairs, scores, strict=True)]
    return verdicts if cross is None else overruled(verdicts, pairs, cross)


def _conflicts(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    if max(len(a.words), len(b.words)) > LONG:
        return tuple(clash.conflict for clash in clashes(a.text, b.text))
    return conflicts(a, b, aligned)


def _at_odds(found: Conflicts) -> Verdict:
    """Of the first, with the evidence of all of its kind."""
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
    return Verdict(Kind.NEAR_IDENTICAL, "the same but for small words, endings or slips", left, right)


def _contains(a: Reading, b: Reading, span: Span) -> Verdict:
    if len(a.words) <= len(b.words):
        return Verdict(Kind.CONTAINS, "the second holds the first and says more", (_all(a),), (span,))
    return Verdict(Kind.CONTAINS, "the first holds the second and says more", (span,), (_all(b),))


def _all(reading: Reading) -> Span:
    return reading.span(0, len(reading.words) - 1)
