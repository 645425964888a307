import pytest

from askew.recommend.text_stats import TextShape, side_stats

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
