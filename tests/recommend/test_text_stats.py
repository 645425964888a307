import pytest

from askew.recommend.query_features import covered, wording_distance
from askew.recommend.text_stats import TextShape, side_stats, text_shape

LONG = "The harbour is old, and nobody knows who built it, for the papers were lost in a fire that took the whole town "


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Why is the harbour old?", TextShape.QUESTION),
        ("old harbour", TextShape.FRAGMENT),
        ("Minister opens harbour", TextShape.FRAGMENT),
        ("The harbour is old.", TextShape.SENTENCE),
        ("the harbour of the town is as old as the town", TextShape.SENTENCE),
        ("The harbour is old. Nobody built it.", TextShape.PROSE),
        ("Yes. The harbour is old.", TextShape.SENTENCE),
        (LONG * 2, TextShape.PROSE),
        ("", TextShape.FRAGMENT),
    ],
)
def test_each_text_has_one_shape(text: str, shape: TextShape) -> None:
    assert text_shape(text, ("en",)).shape is shape


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


TEXTS = ["Who built the old harbour of the town?", "The harbour is old, and so is the town.", "harbour", "Who is it?"]


def test_a_side_tells_the_shares_of_its_shapes_and_its_lengths() -> None:
    found = side_stats(TEXTS)
    assert found.share(TextShape.QUESTION) == 0.5
    assert sum(found.shapes.values()) == pytest.approx(1)
    assert found.quartiles.lower <= found.quartiles.median <= found.quartiles.upper
    assert list(found.languages) == ["en"]


def test_titles_are_shown_with_the_texts_but_the_forms_are_those_of_the_texts() -> None:
    found = side_stats(["harbour"], ["Who built the harbour?"])
    assert found.texts == ("Who built the harbour?\nharbour",)
    assert found.forms[0].shape is TextShape.FRAGMENT


def test_short_texts_are_read_in_the_languages_of_the_other_side() -> None:
    assert side_stats(["warum Tesla"]).share(TextShape.QUESTION) == 0
    assert side_stats(["warum Tesla"], (), ("de",)).share(TextShape.QUESTION) == 1
