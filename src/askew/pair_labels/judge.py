"""Pair classification by rules.

Only positive evidence of a conflict lowers a pair: two texts that share no word remain paraphrases.
"""

from collections.abc import Sequence

from askew.pair_labels.alignment import Alignment, align
from askew.pair_labels.conflict import Conflicts
from askew.pair_labels.conflicts import conflicts
from askew.pair_labels.lexicon import LANGUAGES
from askew.pair_labels.nearness import identical, nearly, within
from askew.pair_labels.overruling import PairScorer, overruled
from askew.pair_labels.reading import Reading, overlap, reading
from askew.pair_labels.sentencewise import clashes
from askew.pair_labels.verdict import Kind, Verdict
from askew.text.language import likeliest
from askew.types import Span

LOW_SCORE, LOW_OVERLAP = 0.6, 0.25
"""Below both, two texts are unlikely to mean the same: cosines of duplicates start higher for every known model."""

LONG = 24
"""Texts with more words than this are compared sentence by sentence."""


def judge(a: str, b: str, score: float) -> Verdict:
    """Classify a pair; score: its cosine from mining, which is used only when no rule applies."""
    if identical(a, b):
        return Verdict(Kind.IDENTICAL, "identical wording")
    language = likeliest([a, b], LANGUAGES)
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
