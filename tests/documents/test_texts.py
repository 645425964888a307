import pytest

from askew.documents.fields import Fields
from askew.documents.sources import Source
from askew.documents.tables import Bad
from askew.documents.texts import Placed, rows
from askew.errors import InputError
from askew.types import Document


def test_a_form_feed_makes_no_page_where_there_are_none() -> None:
    assert list(rows(Source("a", "a", "lines"), "one\ftwo", Fields())) == [Placed(1, Document("a:1", "one\ntwo"))]
    [row] = rows(Source("a", "a", "csv"), "text\none\ftwo", Fields())
    assert row == Placed(2, Document("a:2", "one\ntwo"))


def test_bad_rows_come_among_the_others_and_a_bad_header_ends_it_all() -> None:
    good, bad = rows(Source("a", "a", "jsonl"), '{"text": "b"}\n[]', Fields())
    assert isinstance(good, Placed)
    assert isinstance(bad, Bad)
    with pytest.raises(InputError, match="--text-field"):
        list(rows(Source("a", "a", "csv"), "left,right\n1,2", Fields()))
