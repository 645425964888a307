"""Recommendation from a grid search: best configuration, runners-up, significance of the difference."""

from dataclasses import dataclass

from askew.evaluation.significance import Comparison, Interval, compare, holm, interval
from askew.recommend.configurations import Configuration
from askew.recommend.grid_search import Effort, GridSearch, TrialResult

SURE = 0.05
"""A difference is real where chance alone would show it less often than this."""


@dataclass(frozen=True)
class Rival:
    """Another configuration against the recommended one. p: corrected for all that were compared (Holm 1979)."""

    standing: TrialResult
    compared: Comparison
    p: float

    @property
    def real(self) -> bool:
        return self.p < SURE


@dataclass(frozen=True)
class Recommendation:
    """best: the one recommended, with the interval of its nDCG@10. rivals: all others, best first."""

    best: TrialResult
    interval: Interval
    rivals: tuple[Rival, ...]

    @property
    def as_good(self) -> tuple[Rival, ...]:
        """Those of which these queries do not show that they are worse."""
        return tuple(rival for rival in self.rivals if not rival.real)


@dataclass(frozen=True)
class Cost:
    """Of the whole corpus. seconds: to encode it, 0 where that was not measured; bytes: of vectors and texts on disk;
    memory: of the vectors, which a search looks through.
    """

    seconds: float
    bytes: int
    memory: int


def recommendation(tournament: GridSearch) -> Recommendation:
    """Only what `askew index` can build is recommended."""
    best = next(standing for standing in tournament.standings if standing.configuration.as_built)
    others = [standing for standing in tournament.standings if standing is not best]
    compared = [compare(best.values, other.values) for other in others]
    corrected = holm([one.p for one in compared])
    rivals = tuple(Rival(*each) for each in zip(others, compared, corrected, strict=True))
    return Recommendation(best, interval(list(best.values.values())), rivals)


def cost(configuration: Configuration, effort: Effort, documents: int, text_bytes: int) -> Cost:
    """documents, text_bytes: of the whole corpus, not of what was tried."""
    vectors = 0 if configuration.mode == "lexical" else round(documents * effort.passages) * effort.dim * 4
    seconds = documents / effort.rate if effort.rate else 0.0
    return Cost(seconds, vectors + 2 * text_bytes, vectors)  # the texts, and about as much again for BM25
