import pytest
from askew.documents.texts import Placed, rows, whole

from askew.documents.columns import Fields
from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.sources import Source
from askew.documents.tables import Bad
from askew.errors import InputError
from askew.types import Document


def test_a_form_feed_makes_no_page_where_there_are_none() -> None:
    assert whole(Source("a.txt", "a", "txt"), "one\ftwo") == Draft("one\ntwo")
    assert list(rows(Source("a", "a", "lines"), "one\ftwo", Fields())) == [Placed(1, Document("a:1", "one\ntwo"))]
    [row] = rows(Source("a", "a", "csv"), "text\none\ftwo", Fields())
    assert row == Placed(2, Document("a:2", "one\ntwo"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (" \n", "empty"),
        ("\0" * 9, "binary"),
        ("one\ntw\udcff", r"UTF-8 .*line 2"),
    ],
)
def test_what_is_no_text_has_a_reason(text: str, word: str) -> None:
    with pytest.raises(UnusableError, match=word):
        whole(Source("a.txt", "a", "txt"), text)


def test_a_heading_is_the_title_of_markdown_only() -> None:
    assert whole(Source("a", "a", "md"), "# Pets\n\nYes.") == Draft("Yes.", "Pets")
    assert whole(Source("a", "a", "txt"), "# Pets\n\nYes.") == Draft("# Pets\n\nYes.")


def test_bad_rows_come_among_the_others_and_a_bad_header_ends_it_all() -> None:
    good, bad = rows(Source("a", "a", "jsonl"), '{"text": "b"}\n[]', Fields())
    assert isinstance(good, Placed)
    assert isinstance(bad, Bad)
    with pytest.raises(InputError, match="--text-field"):
        list(rows(Source("a", "a", "csv"), "left,right\n1,2", Fields()))
