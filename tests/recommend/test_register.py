import pytest

from askew.recommend.query_features import covered, wording_distance

QUESTIONS = [
    f"how do i get to the {thing} of the town"
    for thing in ["port", "mill", "lake", "wood", "inn", "pond", "park", "hall"]
]
PROSE = [
    f"The {thing} was built in 1900, and it is now a museum."
    for thing in ["port", "mill", "lake", "wood", "inn", "pond"]
]


def test_texts_of_one_kind_are_no_further_apart_than_chance() -> None:
    assert wording_distance(QUESTIONS[:4], QUESTIONS[4:]) < 0.1
    assert wording_distance(PROSE[:3], PROSE[3:]) < 0.1


def test_texts_of_two_kinds_are() -> None:
    assert wording_distance(QUESTIONS, PROSE) > 0.4
    assert wording_distance(QUESTIONS, PROSE) == wording_distance(QUESTIONS, PROSE)


def test_a_query_is_covered_by_the_document_that_shares_its_rare_words() -> None:
    forth, back = covered(["old mill"], ["the old the old port", "the mill is old and by the lake"])
    assert forth == 1
    assert back == pytest.approx(2 / 7)
    assert covered(["xyz"], ["the mill"]) == (0, 0)
    assert covered(["…"], ["the mill"]) == (0, 0)
