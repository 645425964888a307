import json

from lxml import etree

from askew.documents.formats.web.questions import page_pairs, text_pairs, titled_pairs


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


def test_any_control_that_names_a_panel_asks_whatever_it_says_but_menus_and_links_do_not() -> None:
    body = '<h2><button data-bs-toggle="collapse" data-bs-target="#a">Returns</button></h2><div id="a">30 days.</div>'
    body += '<h2><a role="button" data-toggle="collapse" href="#b">Costs</a></h2><div id="b">Five euros.</div>'
    body += '<div role="button" aria-expanded="false" aria-controls="c"><h3>Hours</h3></div><div id="c">Nine.</div>'
    body += '<h2>Contact</h2><a href="#b">Above</a><p>Write.</p>'
    body += '<table><tr data-toggle="collapse" data-target="#b"><td>Row</td></tr></table>'
    body += '<button data-toggle="dropdown" aria-expanded="false">Language</button><ul id="d"><li>German</li></ul>'
    assert pairs(body) == [("Returns", "30 days."), ("Costs", "Five euros."), ("Hours", "Nine.")]


def test_data_of_a_page_may_have_several_types_and_forms_of_text() -> None:
    asked = [
        {"@type": ["Question", "Thing"], "name": "Two types?", "acceptedAnswer": {"text": "<p>Yes</p>"}},
        {"@type": "https://schema.org/Question", "name": ["Listed?"], "acceptedAnswer": {"text": ["a", "b"]}},
        {"@type": "schema:Question", "text": "No name?", "acceptedAnswer": "A string."},
        {"@type": "Question", "name": {"@value": "Value?"}, "suggestedAnswer": [{"text": "One."}, {"text": "Two."}]},
        {"@type": "QuestionList", "name": "Another type?", "acceptedAnswer": {"text": "no"}},
    ]
    data = json.dumps({"@type": ["WebPage", "FAQPage"], "mainEntity": asked})
    assert pairs(f'<script type="application/ld+json">{data}</script>') == [
        ("Two types?", "Yes"),
        ("Listed?", "a\n\nb"),
        ("No name?", "A string."),
        ("Value?", "One.\n\nTwo."),
    ]


def test_lines_labelled_as_question_and_answer_need_no_question_mark() -> None:
    text = (
        "Q1. How do I pay?\nA1. By card.\n\nQ: Opening hours\nA: Nine to five.\n\nFrage 3: Parken\n\nAntwort: Hinten."
    )
    found = [("How do I pay?", "By card."), ("Opening hours", "Nine to five."), ("Parken", "Hinten.")]
    assert text_pairs(text) == found
    assert text_pairs("What?\n\nThis.\n\nF. Smith\nwrote it.") == [("What?", "This.\n\nF. Smith\nwrote it.")]


def test_a_title_that_asks_has_the_whole_text_unless_other_headings_ask() -> None:
    assert titled_pairs("How?", "So.\n\n## Step 1\n\nThus.") == [("How?", "So.\n\n## Step 1\n\nThus.")]
    several = "## How?\n\nSo.\n\n## Why?\n\nThus."
    assert titled_pairs("How?", several) == [("How?", "So."), ("Why?", "Thus.")]
    assert titled_pairs("How?", "So.\n\n## Note\n\nSlowly.\n\n## Why?\n\nThus.") == [
        ("How?", "So.\n\nNote\n\nSlowly."),
        ("Why?", "Thus."),
    ]
    assert titled_pairs("Questions?", "## How?\n\nSo.") == [("How?", "So.")]
