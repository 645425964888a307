import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from askew.charts.html import embedded, page, web

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
def test_what_is_embedded_is_the_same_again_and_holds_no_tag(text: str) -> None:
    made = embedded({"text": [text]})
    assert json.loads(made) == {"text": [text]}
    assert not set("<>&\u2028\u2029") & set(made)


def test_titles_are_escaped_and_data_is_no_element() -> None:
    made = page("<script>1</script>", "<p>body</p>", data={"d": NASTY})
    tags = [tag for tag, _ in Elements(made).found]
    assert tags.count("script") == 1  # that which holds the data
    assert "img" not in tags
    held = re.search(r'<script type="application/json" id="d">(.*?)</script>', made, re.DOTALL)
    assert held is not None
    assert json.loads(held[1]) == NASTY


def test_the_policy_allows_these_scripts_and_styles_and_no_network() -> None:
    made = page("t", "b", scripts=["map.js"], styles=["map.css"])
    policy = next(
        a["content"] or "" for tag, a in Elements(made).found if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    for tag in ("script", "style"):
        source = re.search(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
        assert source is not None
        digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "script-src 'none'" in page("t", "b")


def test_nothing_is_fetched_from_outside() -> None:
    made = page("t", "b", scripts=["map.js"], styles=["map.css"])
    assert not any({"src", "href"} & set(attributes) for _, attributes in Elements(made).found)
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(", made)


def test_a_script_can_stand_in_a_page() -> None:
    for name in ("map.js", "map.css", "page.css"):
        assert "</s" not in web(name)
