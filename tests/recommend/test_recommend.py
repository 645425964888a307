import pytest

from askew.recommend.advice import recommendation
from askew.recommend.configurations import Benchmark, Configuration, Encoding
from askew.recommend.grid_search import Effort, GridSearch, TrialResult

EFFORT = Effort(rate=50, passages=2.5, dim=384)
TRIAL = Benchmark((), (), {}, True, 0, {})


def standing(name: str, values: list[float], **settings: object) -> TrialResult:
    one = Configuration(Encoding(name, **settings))  # type: ignore[arg-type]
    return TrialResult(one, {f"q{n}": value for n, value in enumerate(values)}, EFFORT)


def tournament(*standings: TrialResult) -> GridSearch:
    return GridSearch(TRIAL, tuple(sorted(standings, key=lambda one: -one.score)), ())


def test_a_clear_winner_is_told_from_a_lucky_one() -> None:
    best = [1.0, 0.9] * 30
    found = recommendation(
        tournament(
            standing("a", best),
            standing("worse", [value - 0.5 for value in best]),
            standing("alike", [0.9, 0.98] * 30),
        )
    )
    assert found.best.configuration.encoding.model == "a"
    assert [rival.standing.configuration.encoding.model for rival in found.rivals] == ["alike", "worse"]
    assert [rival.real for rival in found.rivals] == [False, True]
    assert [rival.standing.configuration.encoding.model for rival in found.as_good] == ["alike"]
    assert found.rivals[1].compared.difference == pytest.approx(0.5)
    assert found.interval.low < 0.95 < found.interval.high


def test_what_no_command_builds_is_never_recommended() -> None:
    found = recommendation(tournament(standing("raw", [1.0] * 10, raw=True), standing("built", [0.5] * 10)))
    assert found.best.configuration.encoding.model == "built"
    assert found.rivals[0].compared.difference == -0.5
