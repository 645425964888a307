from pathlib import Path

import pytest
from helpers.counting import Counting
from helpers.shop import SHOP

from askew.errors import InputError
from askew.faq.curation import curate
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.similarity import Similarity

RETURNS = (
    QuestionAnswer("r1", "How long can I return a tent?", "You can return a tent within 30 days."),
    QuestionAnswer("r2", "How long can I return the tent?", "You can return a tent within 14 days."),
    QuestionAnswer("r3", "How long can we return a tent?", "Ask our colleagues at the counter."),
)


def test_unanswered_messages_are_grouped_with_counts_largest_first(shop: Faq) -> None:
    log = ["zebra food", "Zebra  food", "how do i reset my password?", "zebra food please", "okapi", "zebra FOOD", " "]
    found = curate(shop, log, threshold=0.5)
    assert [(group.count, [asked.message for asked in group.messages]) for group in found.unanswered] == [
        (4, ["zebra food", "zebra food please"]),
        (1, ["okapi"]),
    ]
    assert found.unanswered[0].messages[0].count == 3
    assert len(found.unanswered[0].messages[0].nearest) == 1
    assert found.asked == 7


def test_with_the_threshold_0_nothing_is_unanswered(shop: Faq) -> None:
    assert curate(shop, ["zebra food"], answer_threshold=0).unanswered == ()


def test_duplicates_are_told_with_whether_their_answers_agree(shop: Faq) -> None:
    shop.add([*RETURNS, QuestionAnswer("card2", "Can I pay by a credit card?", "We take every card.")])
    found = curate(shop, threshold=0.7)
    told = {(pair.a.id, pair.b.id): pair.answers for pair in found.duplicates}
    assert told == {("r1", "r2"): "alike", ("r1", "r3"): "differ", ("r2", "r3"): "differ", ("card", "card2"): "same"}
    assert [pair.score for pair in found.duplicates] == sorted((pair.score for pair in found.duplicates), reverse=True)


def test_answers_that_contradict_are_shown_with_their_evidence(shop: Faq) -> None:
    shop.add(RETURNS)
    [odds] = curate(shop, threshold=0.7).contradictions
    assert (odds.because, odds.a.id, odds.b.id) == ("same question", "r1", "r2")
    [evidence] = odds.evidence
    assert (evidence.only_a, evidence.only_b) == (("30 days",), ("14 days",))


def test_answers_that_are_almost_the_same_are_compared_too(shop: Faq) -> None:
    text = "Our shop in the old town hall beside the river is {}open on Sundays in the months of spring and summer."
    shop.add(
        [
            QuestionAnswer("o1", "May I come on a Sunday?", text.format("")),
            QuestionAnswer("o2", "What are your hours at weekends?", text.format("not ")),
        ]
    )
    [odds] = curate(shop).contradictions
    assert (odds.because, [one.kind for one in odds.evidence]) == ("same answer", ["negation"])


def test_a_faq_in_order_is_clean(shop: Faq) -> None:
    found = curate(shop, [entry.question for entry in SHOP])
    assert found.clean
    assert found.as_json()["threshold"] == 0.75


def test_a_model_without_a_known_scale_needs_a_threshold(tmp_path: Path, encoders: tuple[Counting, Counting]) -> None:
    from dataclasses import replace

    dot = [Counting(replace(encoder.signature, similarity=Similarity.DOT)) for encoder in encoders]
    with Faq.create(tmp_path / "dot", question_encoder=dot[0], answer_encoder=dot[1]) as faq:
        faq.add(RETURNS)
        with pytest.raises(InputError, match="threshold"):
            curate(faq)
        assert len(curate(faq, threshold=0.7).duplicates) == 3
