import numpy as np
import pytest

from askew.dedup.subject import subject
from askew.errors import InputError
from askew.types import Group, Pair


class Corpus:
    """As many documents, without a calibration."""

    def __init__(self, count: int) -> None:
        self.ids = [f"d{n}" for n in range(count)]

    def calibrations(self) -> str:
        raise InputError("none")

    @property
    def contract(self) -> object:
        raise InputError("none")


def pairs(scores: list[float]) -> list[Pair]:
    return [Pair(score, f"d{2 * n}", f"d{2 * n + 1}") for n, score in enumerate(scores)]


def groups(of: list[Pair]) -> list[Group]:
    return [Group("", (pair.a, pair.b), pair.a) for pair in of]


def test_much_in_groups_is_one_subject_and_a_gap_suggests_a_threshold() -> None:
    close = pairs([*np.linspace(0.76, 0.83, 12), *np.linspace(0.95, 0.99, 8)])
    found = subject(Corpus(50), groups(close), close, {}, 0.75)  # type: ignore[arg-type]
    assert (found.share, found.is_one, found.source) == (0.8, True, "gap")
    assert found.threshold == pytest.approx(0.89, abs=0.001)


def test_without_a_gap_nothing_is_suggested() -> None:
    close = pairs(list(np.linspace(0.76, 0.95, 20)))
    found = subject(Corpus(50), groups(close), close, {}, 0.75)  # type: ignore[arg-type]
    assert (found.is_one, found.threshold) == (True, None)


def test_few_texts_and_copies_say_nothing_about_a_subject() -> None:
    close = pairs([0.8] * 5)
    assert not subject(Corpus(10), groups(close), close, {}, 0.75).is_one  # type: ignore[arg-type]
    copies = {f"d{2 * n + 1}": f"d{2 * n}" for n in range(40)}
    same = groups(pairs([1.0] * 40))
    assert subject(Corpus(100), same, [], copies, 0.75).share == 0.0  # type: ignore[arg-type]
