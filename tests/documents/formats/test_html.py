import pytest
from helpers import office

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.html import parse, tree


def test_title_text_and_metadata() -> None:
    head = '<meta name="Author" content="Ann"><meta property="article:published_time" content="2024-01-31T12:00:00Z">'
    made = parse(office.html("<h1>Leave</h1><p>Thirty days.</p>", "Handbook", head))
    assert (made.title, made.text) == ("Handbook", "# Leave\n\nThirty days.")
    assert made.metadata == {"author": "Ann", "created": "2024-01-31T12:00:00+00:00"}


def test_without_a_title_the_first_heading_is_it() -> None:
    assert parse(b"<h2>Leave</h2>Text.").title == "Leave"
    assert parse(b"<svg><title>Logo</title></svg>Text.").title == ""


def test_xhtml_closes_what_html_would_not() -> None:
    start = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
    page = f'{start}<title/><script src="a.js"/></head><body><p>Grüße&#8212;</p></body></html>'
    assert parse(page.encode()).text == "Grüße—"
    broken = page.replace("</p>", "&nbsp;<b>")
    assert "title" not in parse(broken.replace('<script src="a.js"/>', "").encode()).text


def test_plain_text_is_a_page_too_and_nothing_is_none() -> None:
    assert parse(b"Just text.").text == "Just text."
    for page in (b" ", b"<html></html>", b"<!-- -->", b"<script>x</script>"):
        with pytest.raises(UnusableError, match="no text"):
            parse(page)


def test_nothing_is_lost_in_silence_where_elements_are_too_deep() -> None:
    with pytest.raises(UnusableError, match="nested"):
        parse(b"Text. </i>" * 5_000 + b"<div>" * 5_000 + b"deep")


def test_a_large_text_is_read_to_its_end() -> None:
    page = f"<p>{'word ' * 4_000_000}end</p>"
    assert "".join(tree(page).itertext()).endswith("end")
