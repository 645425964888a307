from dataclasses import replace

import pytest

from askew.models import cards
from askew.models.card import Card, Score
from askew.models.evidence import EVIDENCE, figures_for, standings
from askew.tasks import TASKS

SETS = list(EVIDENCE["question-answering"])


def card(name: str, **values: float) -> Card:
    scores = tuple(Score(SETS[int(key[1:])][0], SETS[int(key[1:])][1], value, "test") for key, value in values.items())
    return replace(cards.get("hashing"), name=name, scores=scores)


def test_every_task_has_figures_that_speak_for_it() -> None:
    assert set(EVIDENCE) == {task.name for task in TASKS}
    assert figures_for("paraphrase", multilingual=True).isdisjoint(figures_for("paraphrase", multilingual=False))
    assert figures_for("faq", True) == figures_for("paraphrase", True) | figures_for("question-answering", True)


def test_every_figure_that_counts_is_on_some_card() -> None:
    known = {(score.set, score.measure) for name in cards.built_in() for score in cards.get(name).scores}
    for task in TASKS:
        assert figures_for(task.name, True) | figures_for(task.name, False) <= known


def test_with_the_same_sets_points_are_differences_from_the_mean() -> None:
    found = standings([card("a", s0=0.5, s1=0.7), card("b", s0=0.3, s1=0.5)], "question-answering")
    assert found["a"].points - found["b"].points == pytest.approx(20 * 2 / 2.5)  # drawn a little to the average
    assert found["a"].points == pytest.approx(-found["b"].points)


def test_a_model_measured_on_hard_sets_only_is_not_punished_for_that() -> None:
    every = [
        card("everywhere", s0=0.8, s1=0.3),
        card("good on the hard", s1=0.4),
        card("poor on the easy", s0=0.7),
        card("other", s0=0.75, s1=0.25),
    ]
    found = standings(every, "question-answering")
    assert found["good on the hard"].points > found["everywhere"].points > found["poor on the easy"].points


def test_figures_of_other_tasks_do_not_count() -> None:
    other = replace(cards.get("hashing"), name="x", scores=(Score("STS16", "Spearman", 0.9, "test"),))
    [standing] = standings([other], "question-answering").values()
    assert (standing.points, standing.figures) == (0, ())
    assert len(standings([other], "paraphrase")["x"].figures) == 1
