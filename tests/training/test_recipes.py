"""Recipes: what follows from a task and from what is known, and how long it takes."""

import pytest

from askew.errors import InputError, UnknownNameError
from askew.tasks import TASKS, Kind
from askew.training.recipes import RECIPES, Given, Schedule, Towers, choose, recipe, scheduled


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_task_has_a_recipe(task: object) -> None:
    name, symmetric = task.name, task.kind is Kind.SYMMETRIC  # type: ignore[attr-defined]
    found = choose(name, scored=False, teacher=False, towers=None).name
    assert found == ("symmetric-pairs" if symmetric else "contrastive")
    with pytest.raises(InputError):
        choose(name, scored=not symmetric, teacher=symmetric, towers=None)
    with pytest.raises(InputError):
        choose(name, scored=False, teacher=not symmetric, towers=Towers.UNTIED)


def test_what_is_known_decides() -> None:
    assert choose("paraphrase", scored=True, teacher=False, towers=None).name == "symmetric-scores"
    assert choose("question-answering", scored=False, teacher=True, towers=None).name == "listwise"
    assert choose("question-answering", scored=False, teacher=False, towers=Towers.TIED).name == "two-towers"
    assert all(recipe(one.name) is one for one in RECIPES)
    with pytest.raises(UnknownNameError):
        recipe("contrastiv")
    with pytest.raises(InputError, match="distil-queries"):
        choose("question-answering", scored=False, teacher=True, towers=None, named="query-tower")


def test_a_schedule_counts_batches() -> None:
    about = Schedule(epochs=3, batch=16, evaluations=10)
    assert about.total(100) == 21
    assert about.interval(100) == 2
    assert about.interval(100, after=11) == 1
    assert Schedule(epochs=3, batch=16, steps=5).total(100) == 5
    assert Schedule(batch=16, steps=5).interval(100) == 1


def test_what_is_given_replaces_what_the_recipe_says() -> None:
    found = scheduled(Schedule(batch=16), Given(epochs=2, learning_rate=0.5, mixed_precision=True), 7)
    assert (found.epochs, found.batch, found.learning_rate, found.seed) == (2, 16, 0.5, 7)
    assert found.mixed_precision
    wrong = [{"epochs": 0}, {"steps": 0}, {"batch": 1}, {"max_tokens": 1}, {"learning_rate": 0.0}]
    for given in [*wrong, {"mixed_precision": "bf16"}]:
        with pytest.raises(InputError):
            scheduled(Schedule(), Given(**given), 0)  # type: ignore[arg-type]


def test_word_embeddings_of_a_query_tower_learn_faster() -> None:
    """Most of their vectors are in few batches."""
    assert recipe("query-tower").schedule.word_rate > 1
    assert all(one.schedule.word_rate == 1 for one in RECIPES if one.name != "query-tower")
