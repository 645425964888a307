import base64
import hashlib
import json
import math
import re
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from askew.charts import html
from askew.charts.html import LONGEST, escaped, figure_like, isolated, number, page, render, web
from askew.errors import InputError


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_text_can_be_written_and_holds_no_markup(text: str) -> None:
    made = escaped(text)
    made.encode("utf-8")
    assert not set(made) & set("<>\"'\x00\n")


def test_long_texts_end_in_an_ellipsis_and_halves_of_characters_are_replaced() -> None:
    assert escaped("x" * LONGEST) == "x" * LONGEST
    assert escaped("x" * 10_000) == "x" * (LONGEST - 2) + " …"
    assert escaped("a\x00b\ud800c\n d") == "a�b�c d"
    assert isolated("a\u202eb\u2069c\x9b") == "<bdi>a�b�c�</bdi>"
    assert isolated("<b>") == "<bdi>&lt;b&gt;</bdi>"


def test_numbers_have_a_true_minus_and_a_dash_where_there_is_none() -> None:
    assert [number(0.3159), number(-0.02), number(12_000), number(3.0, 1)] == ["0.316", "−0.020", "12,000", "3.0"]
    assert {number(math.nan), number(math.inf)} == {"–"}


@pytest.mark.parametrize(
    "text", ["0.316", "−1.5", "+3 %", "12,000", "1.5 MB", "< 0.001", "142 (44 %)", "+1.6 to +4.6", "–", "", "12ms"]
)
def test_what_is_printed_as_a_number_stands_to_the_right(text: str) -> None:
    assert figure_like(text)


@pytest.mark.parametrize("text", ["dense", "nDCG@10", "3 tents left", "2024-05-01", "1.2.3", True, None])
def test_and_what_is_none_does_not(text: object) -> None:
    assert not figure_like(text)


NASTY = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]>",
    "\u2028\u2029",
    "&lt;b&gt;",
    "'\"\\",
    "<img src=x onerror=a()>",
]


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", NASTY)
def test_embedded_data_is_read_back_as_it_was_and_holds_no_tag(text: str) -> None:
    made = page("t", "", data={"d": {"text": [text]}})
    held = re.search(r'<script type="application/json" id="d">(.*?)</script>', made, re.DOTALL)
    assert held is not None
    assert json.loads(held[1]) == {"text": [text]}
    assert not set("<>&") & set(held[1])


def test_a_body_that_no_template_made_is_escaped() -> None:
    made = page("t", "<img src=x>")
    assert "img" not in [tag for tag, _ in Elements(made).found]
    assert "&lt;img src=x&gt;" in made


def test_a_template_replaces_what_html_forbids_and_refuses_what_is_missing() -> None:
    values = {"title": "a\x00\ud800<b>", "note": "", "count": 1}
    assert "<h1>a\ufffd\ufffd&lt;b&gt;</h1>" in render("map.html", values)
    with pytest.raises(UndefinedError):
        render("map.html", {"title": ""})


def test_without_jinja_a_page_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    html._templates.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(InputError, match="Jinja2"):
        page("t", "")
    assert isolated("<b>") == "<bdi>&lt;b&gt;</bdi>"  # tables in notebooks need no templates
    monkeypatch.undo()
    html._templates.cache_clear()


def test_titles_are_escaped_and_data_is_no_element() -> None:
    made = page("<script>1</script>", "<p>body</p>", data={"d": NASTY})
    tags = [tag for tag, _ in Elements(made).found]
    assert tags.count("script") == 1  # that which holds the data
    assert "img" not in tags
    held = re.search(r'<script type="application/json" id="d">(.*?)</script>', made, re.DOTALL)
    assert held is not None
    assert json.loads(held[1]) == NASTY


def policy(made: str) -> str:
    found = (a["content"] for tag, a in Elements(made).found if a.get("http-equiv") == "Content-Security-Policy")
    return next(found) or ""


def test_the_policy_allows_these_scripts_and_styles_and_no_network() -> None:
    made = page("t", "b", scripts=["map.js"], styles=["map.css"])
    allowed = policy(made)
    assert allowed.startswith("default-src 'none';")
    for tag in ("script", "style"):
        source = re.search(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
        assert source is not None
        digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed
    assert "unsafe" not in allowed
    assert "script-src 'none'" in policy(page("t", "b"))


def test_nothing_is_fetched_from_outside() -> None:
    made = page("t", "b", scripts=["map.js"], styles=["map.css"])
    assert not any({"src", "href"} & set(attributes) for _, attributes in Elements(made).found)
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(", made)


def test_a_script_can_stand_in_a_page() -> None:
    for name in ("map.js", "map.css", "page.css"):
        assert "</s" not in web(name)
