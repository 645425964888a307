from helpers.read import read

from askew.pair_labels.conflict import quoted
from askew.types import Span


def test_words_are_quoted_as_they_stand() -> None:
    assert quoted(read("Red  Lamps"), Span(0, 3), Span(5, 10)) == "“Red”, “Lamps”"
    assert quoted(read("Red")) == ""
