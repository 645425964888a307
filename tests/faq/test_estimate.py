import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.shop import SHOP
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from askew.faq.entries import QuestionAnswer, held
from askew.faq.estimate import (
    PRIOR,
    Candidates,
    Estimate,
    Labelled,
    Scale,
    estimate,
    fitted_confidence,
    fitted_weights,
    log_tail,
    sample,
)
from askew.faq.faq import Faq
from askew.faq.messages import made_messages, unrelated_messages

WAYS = (
    ("How do I {} the {}?", "To {} the {}, open the panel and press the round key."),
    ("Why can't I {} my {}?", "You cannot {} a {} that was bought before May."),
)
DEEDS = ("return", "wash", "sharpen", "insure", "lend", "store", "paint", "repair")
THINGS = ("kayak", "rope", "lantern", "stove", "tent", "anchor")


def entries(answer: str = "") -> list[QuestionAnswer]:
    """Ninety-six entries; with an answer that says nothing of the question if one is given."""
    made = []
    for way, (question, reply) in enumerate(WAYS):
        for deed in DEEDS:
            for thing in THINGS:
                id = f"{way}-{deed}-{thing}"
                told = answer.format(len(made)) or reply.format(deed, thing)
                made.append(QuestionAnswer(id, question.format(deed, thing), told))
    return made


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Faq]:
    with Faq.create(tmp_path / "speaking", model="hashing") as faq:
        faq.add(entries())
        yield faq


@pytest.mark.parametrize("z", [-5.0, 0.0, 1.0, 4.0, 20.0, 37.0, 60.0])
def test_the_tail_is_that_of_the_normal_distribution(z: float) -> None:
    assert log_tail(z) == pytest.approx(-norm.logsf(z), rel=1e-3, abs=1e-6)


def test_an_estimate_survives_its_note_and_stands_for_a_fifth_more_or_less(speaking: Faq) -> None:
    found = speaking.estimate()
    assert Estimate.read(found.as_text()) == found
    assert [found.fits(entries, 0.2) for entries in (76, 77, 115, 116)] == [False, True, True, False]


def test_the_same_faq_gives_the_same_estimate(speaking: Faq) -> None:
    assert estimate(speaking.questions, speaking.answers) == estimate(speaking.questions, speaking.answers)


def test_a_channel_that_says_nothing_hardly_counts(speaking: Faq, tmp_path: Path) -> None:
    with Faq.create(tmp_path / "mute", model="hashing") as mute:
        mute.add(entries("See leaf {} in our folder."))
        without = mute.estimate().weights
        replies = mute.ask_all([one.question for one in entries()], 1, threshold=0)
    assert without[1] < 0.3 * without[0]
    assert speaking.estimate().weights[1] > 2 * without[1]
    assert [reply.near[0].entry.id for reply in replies] == [one.id for one in entries()]


def test_rephrased_questions_are_answered_and_unrelated_messages_are_not(tmp_path: Path) -> None:
    asked = made_messages([one.question for one in entries()])
    with Faq.create(tmp_path / "x", model="all-MiniLM-L6-v2") as faq:
        faq.add(entries())
        for form, least in (("whole", 0.98), ("drop", 0.75), ("typo", 0.75)):
            assert np.mean([not reply.abstained for reply in faq.ask_all(asked[form], 1)]) >= least
        away = [not reply.abstained for reply in faq.ask_all(unrelated_messages(asked["whole"]), 1)]
    assert np.mean(away) <= 0.1


def test_a_faq_of_one_entry_has_a_threshold_too(tmp_path: Path) -> None:
    with Faq.create(tmp_path / "one", model="all-MiniLM-L6-v2") as faq:
        faq.add(entries()[:1])
        assert not faq.ask("How do I return the kayak please?").abstained
        assert faq.ask("Who won the football match?").abstained
        faq.delete(entries()[0].id)
        assert faq.ask("How do I return the kayak?").near == ()
        assert faq.estimate().weights == PRIOR


def test_labels_move_the_estimate(speaking: Faq) -> None:
    """Messages that hardly look like their entry, and are said to be answered by it, are then answered more readily."""
    message, answered = "The kayak goes back", entries()[0]
    told = [Labelled(f"{message} number {n}", frozenset({answered.answer})) for n in range(60)]
    before, [near] = speaking.estimate(), speaking.ask(message, 1).near
    found = speaking.learn([(one.message, [answered.id]) for one in told])
    assert (before.labels, found.labels) == (0, 60)
    assert speaking.estimate() == found == estimate(speaking.questions, speaking.answers, told)
    assert speaking.ask(message, 1).near[0].score > near.score


def test_weights_follow_the_channel_that_is_right() -> None:
    rng = np.random.default_rng(1)
    surprises = rng.exponential(1.0, (200, 20, 2))
    target = rng.integers(20, size=200)
    surprises[np.arange(200), target, 1] += 6  # only the second channel tells
    group = Candidates(surprises, target, np.full(200, 1 / 200))
    by_question, by_answer, offset = fitted_weights([group])
    assert (group.evidence((by_question, by_answer, offset)).argmax(axis=1) == target).mean() > 0.95
    assert by_answer > by_question
    assert fitted_weights([Candidates(np.zeros((1, 1, 2)), np.zeros(1, int), np.ones(1))]) == PRIOR


def test_confidence_is_a_logistic_regression_in_which_both_sides_weigh_the_same() -> None:
    rng = np.random.default_rng(2)
    good, bad = rng.normal(9, 2, 300), rng.normal(4, 1.5, 60)
    centre, slope = fitted_confidence([(good, 1.0)], [(bad, 0.8), (bad[:10], 0.2)])
    values, right = np.concatenate([good, bad, bad[:10]])[:, None], np.repeat([1, 0, 0], [300, 60, 10])
    weight = np.repeat([1 / 300, 0.8 / 60, 0.2 / 10], [300, 60, 10]) * 1e4
    model = LogisticRegression(C=1e6).fit(values, right, weight)
    assert slope == pytest.approx(float(model.coef_[0, 0]), rel=0.02)
    assert centre == pytest.approx(-float(model.intercept_[0] / model.coef_[0, 0]), abs=0.05)
    apart = fitted_confidence([(np.array([9.0, 10.0]), 1.0)], [(np.array([1.0, 2.0]), 1.0)])
    assert 2 < apart[0] < 9
    assert math.isfinite(apart[1])


def test_scores_become_surprises() -> None:
    assert Scale(0.2, 0.1).surprise(0.2) == pytest.approx(math.log(2))
    found = Estimate({"questions": Scale(), "answers": Scale()}).parts({"questions": 3.0})
    assert (found["questions"], found["answers"]) == (pytest.approx(log_tail(3.0)), 0)


def test_what_is_half_there_is_not_asked(shop: Faq) -> None:
    shop.questions.delete(["login"])
    assert [entry.id for entry in sample(shop.questions, shop.answers)] == ["track", "card", "visa", "lamp"]


def test_documents_that_are_gone_are_left_out(shop: Faq) -> None:
    assert set(held(shop.questions, ["login", "x", "lamp", "y"])) == {"login", "lamp"}
    assert held(shop.questions, ["x"]) == held(shop.questions, []) == {}
    assert len(sample(shop.questions, shop.answers)) == len(SHOP)
