from askew.cli.pairs import bracketed, merged
from askew.types import Span


def test_spans_that_meet_are_one() -> None:
    assert merged([Span(8, 9), Span(0, 3), Span(2, 5), Span(5, 6)]) == [Span(0, 6), Span(8, 9)]


def test_each_span_stands_in_brackets() -> None:
    assert bracketed("I did not go", [Span(6, 9), Span(0, 1)]) == "[I] did [not] go"
    assert bracketed("nothing", []) == "nothing"
