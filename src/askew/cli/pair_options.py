"""Pairs for a command: options filled in from the task, pairs mined and labelled."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from askew.cli.corpus import tell_kind
from askew.cli.guarantee import pair_threshold
from askew.cli.output import progress
from askew.contract import Contract
from askew.encoders.loading import load_cross
from askew.errors import InputError, UnknownNameError
from askew.matching.corpus import Corpus
from askew.matching.find import How, Scored, against, every_pair, representatives
from askew.matching.groups import groups
from askew.matching.judged import Match, judged
from askew.mining.verdicts.overruling import PairScorer
from askew.mining.verdicts.verdict import DUPLICATE, Kind
from askew.models import own
from askew.similarity import Similarity
from askew.tasks import get
from askew.types import Group
from askew.validation import check_threshold

KINDS = [kind.value for kind in Kind]


@dataclass(frozen=True)
class PairOptions:
    """What was given on the command line; None and () are the task's to say. memory: MiB."""

    threshold: float | None
    shingles: float | None
    top_k: int
    memory: int
    same: tuple[str, ...]
    cross: str | None = None

    def __post_init__(self) -> None:
        for name in self.same:
            if name not in KINDS:
                raise UnknownNameError("verdict", name, KINDS)

    def how(self, contract: Contract, *, two: bool = False) -> How:
        """two: of two corpora only meaning is compared unless shingles are asked for, which are refused there."""
        threshold = _default(contract) if self.threshold is None else self.threshold
        check_threshold(threshold)
        standard = 0.0 if two else get(contract.task).shingles
        shingles = standard if self.shingles is None else self.shingles
        if not 0 <= shingles <= 1:
            raise InputError(f"--shingles is a share from 0 to 1, not {shingles:g}.")
        return How(threshold, shingles, self.top_k, self.memory << 20)

    def scorer(self) -> PairScorer | None:
        """The cross-encoder that was named, if one was."""
        if self.cross is None:
            return None
        card = own.resolve(self.cross)
        if card.activation != "sigmoid":
            raise InputError(
                f"{card.name} does not say from 0 to 1 whether two texts are the same: name a cross-encoder that was "
                "trained on duplicates, with the activation sigmoid."
            )
        return load_cross(card)

    def kinds(self, contract: Contract) -> Collection[Kind]:
        """The verdicts that make a duplicate. A shortened copy is one where near-duplicates are the task."""
        if self.same:
            return {Kind(name) for name in self.same}
        return DUPLICATE | {Kind.CONTAINS} if get(contract.task).shingles else DUPLICATE


@dataclass(frozen=True)
class Mined:
    """matches: best first. found: the pairs as they were scored."""

    how: How
    matches: list[Match]
    found: Scored
    groups: list[Group]


def promised(asked: PairOptions, corpus: Corpus, min_confidence: float, quiet: bool) -> PairOptions:
    """With the threshold that keeps the promise. Shingles have scores of their own, of which nothing is known."""
    if asked.shingles:
        raise InputError("A promise is about the model's score: leave out --shingles, or --min-confidence.")
    return replace(asked, threshold=pair_threshold(corpus, min_confidence, asked.threshold, quiet), shingles=0.0)


def mine_pairs(corpus: Corpus, asked: PairOptions, quiet: bool) -> Mined:
    how, cross = asked.how(corpus.contract), asked.scorer()
    tell_kind(corpus.contract)
    with progress(quiet) as report:
        found = every_pair(corpus, how, report)
        return Mined(how, judged(corpus, corpus, found, report, cross), found, [])


def mine_against(corpus: Corpus, other: Corpus, asked: PairOptions, quiet: bool) -> Mined:
    how, cross = asked.how(corpus.contract, two=True), asked.scorer()
    tell_kind(corpus.contract)
    with progress(quiet) as report:
        found = against(corpus, other, how, report)
        return Mined(how, judged(corpus, other, found, report, cross), found, [])


def mine_groups(corpus: Corpus, asked: PairOptions, strict: bool, quiet: bool) -> Mined:
    how, kinds, cross = asked.how(corpus.contract), asked.kinds(corpus.contract), asked.scorer()
    tell_kind(corpus.contract)
    with progress(quiet) as report:
        found = representatives(corpus, how, report)
        matches = judged(corpus, corpus, found, report, cross)
    return Mined(how, matches, found, groups(corpus, matches, found.first, kinds, strict=strict))


def _default(contract: Contract) -> float:
    if contract.encoder.similarity is not Similarity.COSINE:
        raise InputError(
            f"{contract.encoder.model} scores by the dot product, which has no scale that is known beforehand: "
            "say from which score two texts are a pair, with --threshold."
        )
    return get(contract.task).threshold
