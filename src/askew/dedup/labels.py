"""Pair labels: how two similar texts relate, for a single pair or for all pairs of a search."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from askew.dedup.corpus import Corpus
from askew.dedup.find import FoundPairs
from askew.dedup.label_workers import Question, answers, learn
from askew.dedup.set_join.layers import Layer
from askew.errors import InputError, public
from askew.inputs import texts_from
from askew.pair_labels import judge as rules
from askew.pair_labels.verdict import Kind, Opinion, Verdict, adjusted
from askew.progress import Report, silent
from askew.types import Pair, Span
from askew.validation import number


@dataclass(frozen=True)
class JudgedPair(Pair):
    """Two documents with their score, and the label that their texts get.

    label: "identical", "near-identical", "paraphrase", "contains", "other-values", "contradicts" or "related". layer:
    what found the pair: "identical", "shingles" or "semantic"; it determines the scale of the score. evidence_a,
    evidence_b: the spans that decide the label. positions: of a and b in the corpus.
    """

    label: Kind
    reason: str
    layer: Layer
    text_a: str
    text_b: str
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()
    positions: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class PairJudgement:
    """The label of two texts.

    label: as in `JudgedPair`. score: the given score, lowered for a label that means "not the same" (to three quarters
    for related, to half for other-values and contradicts). evidence_a, evidence_b: the spans that decide the label.
    """

    label: Kind
    score: float
    reason: str
    evidence_a: tuple[Span, ...] = ()
    evidence_b: tuple[Span, ...] = ()


@public
def judge(a: str, b: str, score: float = 1.0) -> PairJudgement:
    """Label two texts by their wording: do they say the same?

    score: the similarity of the two, such as their cosine. It decides only between paraphrase and related, for texts
    that share few words; the default assumes that they are similar. Raises InputError if a text is empty or the score
    is not finite.
    """
    texts_from([a, b], "the two texts")
    if not math.isfinite(number(score, "score")):
        raise InputError(f"The score of a pair is a finite number, not {score}.")
    found = rules(a, b, score)
    return PairJudgement(found.kind, adjusted(score, found), found.reason, found.evidence_a, found.evidence_b)


def labelled(
    left: Corpus,
    right: Corpus,
    found: FoundPairs,
    report: Report = silent,
    cross: Opinion | None = None,
    *,
    safety: bool = False,
) -> list[JudgedPair]:
    """Label the pairs on all cores, in the order given, without those of documents deleted since.

    cross: the opinion of a cross-encoder that overrules what the wording does not settle. safety: also find out what
    speaks against removing the second text of each pair, or a copy of an earlier one, which `harmful` then knows.
    """
    texts = [_texts(side, found.keys[:, column]) for column, side in enumerate((left, right))]
    order = np.lexsort((found.keys[:, 1], found.keys[:, 0]))  # neighbours share texts
    ends = zip(order.tolist(), found.keys[order].tolist(), strict=True)
    both = {row: (texts[0][i], texts[1][j]) for row, (i, j) in ends}
    both = {row: pair for row, pair in both.items() if all(pair)}
    questions = [Question(*pair, float(found.scores[row]), safety=safety) for row, pair in both.items()]
    questions += _copies(left, found) if safety else ()
    given = answers(questions, report)
    if safety:
        learn(questions, given)
    verdicts = {row: one.verdict for row, one in zip(both, given, strict=False)}
    made = [_pair(left, right, found, row, both[row], verdicts[row]) for row in sorted(both)]
    return made if cross is None else _second(made, cross)


def _copies(corpus: Corpus, found: FoundPairs) -> list[Question]:
    """Ask of each text that is identical to an earlier one whether it may go."""
    copies = np.flatnonzero(found.first != np.arange(len(found.first)))
    same = dict.fromkeys(zip(corpus.texts(found.first[copies]), corpus.texts(copies), strict=True))
    return [Question(*pair, 1.0, label=False, safety=True) for pair in same]


def _pair(
    left: Corpus, right: Corpus, found: FoundPairs, row: int, texts: tuple[str, str], verdict: Verdict
) -> JudgedPair:
    i, j = found.keys[row].tolist()
    score, layer = float(found.scores[row]), Layer(str(found.layers[row]))
    evidence = (verdict.evidence_a, verdict.evidence_b)
    return JudgedPair(score, left.ids[i], right.ids[j], verdict.kind, verdict.reason, layer, *texts, *evidence, (i, j))


def _second(pairs: Sequence[JudgedPair], cross: Opinion) -> list[JudgedPair]:
    verdicts = [Verdict(pair.label, pair.reason, pair.evidence_a, pair.evidence_b) for pair in pairs]
    decided = cross(verdicts, [(pair.text_a, pair.text_b) for pair in pairs])
    return [
        replace(pair, label=by.kind, reason=by.reason, evidence_a=by.evidence_a, evidence_b=by.evidence_b)
        for pair, by in zip(pairs, decided, strict=True)
    ]


def _texts(corpus: Corpus, places: np.ndarray) -> dict[int, str]:
    once = np.unique(places)
    return dict(zip(once.tolist(), corpus.texts(once), strict=True))


def counts(pairs: Sequence[JudgedPair]) -> Counter[Kind]:
    """Count the pairs per label."""
    return Counter(pair.label for pair in pairs)
