import pytest
from helpers import office

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.web.html import parse, tree


def test_title_text_and_metadata() -> None:
    head = '<meta name="Author" content="Ann"><meta property="article:published_time" content="2024-01-31T12:00:00Z">'
    made = parse(office.html("<h1>Leave</h1><p>Thirty days.</p>", "Handbook", head))
    assert (made.title, made.text) == ("Handbook", "# Leave\n\nThirty days.")
    assert made.metadata == {"author": "Ann", "created": "2024-01-31T12:00:00+00:00"}


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Leave – Example Ltd</title>", "Leave"),
        ("<title>Example Ltd | Leave</title>", "Leave"),
        ("<title>Example: LEAVE</title>", "Leave"),
        ("<title>Leaving home – Example Ltd</title>", "Leaving home – Example Ltd"),
        ("<title>Rules - Example</title><meta property=og:site_name content=Example>", "Rules"),
        ("<title>Rules | Site</title><meta property=og:title content=Rules>", "Rules"),
        ("<meta property=og:title content=Rules>", "Rules"),
        ("", "Leave"),
    ],
)
def test_the_title_is_without_the_name_of_the_site(head: str, title: str) -> None:
    assert parse(f"<head>{head}</head><h1>Leave</h1><p>Text.".encode()).title == title


def test_the_name_of_the_site_is_not_the_title_although_it_is_a_heading() -> None:
    assert parse(b"<title>Rules | Blog</title><h1>Blog</h1><h2>Rules</h2><p>Text.").title == "Rules"
    assert parse(b"<title>Rules | Blog</title><h1><a href=/>Blog</a></h1><p>Text.").title == "Rules | Blog"


def test_people_dates_and_language_are_metadata() -> None:
    linked = """{"@graph": [{"@type": "WebSite", "name": "X"}, {"@type": "Article", "datePublished": "2024-01-31",
        "author": [{"name": "Ann"}, {"name": "Bob"}], "dateModified": "2024-02-01T10:00:00Z"}]}"""
    page = f'<html lang="en-GB"><script type="application/ld+json">{linked}</script><p>Text.'
    assert parse(page.encode()).metadata == {
        "author": "Ann, Bob",
        "created": "2024-01-31",
        "modified": "2024-02-01T10:00:00+00:00",
        "language": "en-GB",
    }
    named = '<meta http-equiv="Content-Language" content="de"><meta name=author content="http://x.example/ann">'
    assert parse(f"{named}<script type='application/ld+json'>{{[</script><p>Text.".encode()).metadata == {
        "language": "de"
    }


def test_the_encoding_may_be_declared_late_and_wrongly() -> None:
    late = "<html><head><!--" + " " * 5000 + "--><meta charset=windows-1251></head><p>да и нет"
    made = parse(late.encode("cp1251"))
    assert (made.text, made.notes) == ("да и нет", ("read as windows-1251",))
    assert parse("<meta charset=iso-8859-1><p>Grüße – täglich".encode()).text == "Grüße – täglich"
    assert parse("<meta charset=utf-16><p>Grüße".encode()).text == "Grüße"
    assert parse("<p>Grüße".encode("utf-16")).text == "Grüße"


def test_binary_data_is_no_page() -> None:
    with pytest.raises(UnusableError, match="binary"):
        parse(b"<p>\0\xff</p>")
    assert parse(b"<p>" + b"word " * 30 + b"\0").text.endswith("word")


def test_elements_that_the_parser_takes_into_the_head_are_read() -> None:
    assert parse(b"<title>T</title><section>One.</section><main>Two.</main>").text == "One.\n\nTwo."


def test_a_page_without_text_is_what_it_says_of_itself() -> None:
    assert parse(b"<meta name=description content='All about leave.'><div id=app></div>").text == "All about leave."


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
