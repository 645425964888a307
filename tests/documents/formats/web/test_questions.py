from lxml import etree

from askew.documents.formats.web.questions import page_pairs


def pairs(body: str) -> list[tuple[str, str]]:
    return page_pairs(etree.fromstring(f"<html><body>{body}</body></html>", etree.HTMLParser()))


def test_terms_in_a_row_share_their_answer() -> None:
    body = "<dl><dt>Do you sell maps?</dt><dt>Are there <b>charts</b>?<dd>Yes.</dd><dd>Also online.</dd>"
    body += "<div><dt>Where is the pier?</dt><dd>At the end.</dd></div><dt>Who?</dt></dl>"
    assert pairs(body) == [
        ("Do you sell maps?", "Yes.\n\nAlso online."),
        ("Are there charts?", "Yes.\n\nAlso online."),
        ("Where is the pier?", "At the end."),
        ("Who?", ""),
    ]
