from helpers.read import read

from askew.pair_labels.reading import overlap, reading
from askew.types import Span


def test_what_carries_matter() -> None:
    found = read("We do not ship the red lamps to Malta before 3 May.")
    assert list(found.content) == ["ship", "lamp", "malta"]
    assert {"red", "3", "may"} == {found.words[n].form for n in found.valued}


def test_words_lead_back_to_the_text() -> None:
    text = "Lamps,  and bulbs!"
    assert text[slice(*_ends(read(text).span(0, 2)))] == "Lamps,  and bulbs"


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def test_overlap_is_the_share_of_the_one_with_fewer() -> None:
    assert overlap(read("lamps"), read("a lamp and a bulb")) == 1.0
    assert overlap(read("lamps and wires"), read("a lamp, a bulb")) == 0.5
    assert overlap(read("the"), read("a lamp")) == 1.0


def test_a_text_is_read_once() -> None:
    assert reading("Lamps.", "en") is reading("Lamps.", "en")
    assert reading("Lamps.", "en") is not reading("Lamps.", "de")
