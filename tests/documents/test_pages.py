import numpy as np
import pytest

from askew.documents.chunking import chunk
from askew.documents.formats.draft import joined, without_feeds
from askew.documents.headings import sections
from askew.types import Document, page_of

PAGES = ["", "# One\n\nFirst sentence.", "", "Second sentence.\fstill there", "## Two\n\nThird."]


@pytest.mark.parametrize(("word", "page"), [("One", 2), ("First", 2), ("Second", 4), ("still", 4), ("Third", 5)])
def test_every_page_keeps_its_number_also_after_empty_ones(word: str, page: int) -> None:
    text = joined(PAGES)
    assert page_of(text, text.index(word)) == page == 1 + text.count("\f", 0, text.index(word))


def test_a_text_without_pages_has_page_0() -> None:
    assert page_of("text", 2) == page_of(joined(["only one"]), 3) == page_of("", 0) == 0
    assert without_feeds("a\fb") == "a\nb"


def test_headings_and_passages_stand_on_their_pages() -> None:
    text = joined(PAGES)
    assert [section.heading for section in sections(text)] == ["One", "One › Two"]
    words = [(place, place + 1) for place, letter in enumerate(text) if not letter.isspace()]
    passages = chunk(Document("d", text), np.array(words, np.int64), 30, 0)
    found = [(passage.text.split("\n")[0], page_of(text, passage.start)) for passage in passages]
    assert found == [("# One", 2), ("Second sentence.", 4), ("## Two", 5)]
