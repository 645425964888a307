import pytest

from askew.documents.formats.web.boilerplate import MARK, mark
from askew.documents.formats.web.html import tree
from askew.documents.formats.web.walk import walked

PROSE = "The ferry to the island leaves from the north quay at nine, and it does not run in a gale. " * 3
LINKS = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("Home", "Prices", "Contact", "Jobs", "Imprint"))


def seen(body: str, head: str = "", around: bool = True) -> tuple[str, tuple[str, ...]]:
    root = tree(f"<html><head>{head}</head><body>{body}</body></html>")
    left_out = mark(root, around)
    return walked(root), left_out


@pytest.mark.parametrize(
    "part",
    [
        '<div id="cookie-consent"><p>We value your privacy.</p><button>Accept</button></div>',
        f'<div class="navbar"><ul>{LINKS}</ul></div>',
        f'<div class="header-menu"><ul>{LINKS}</ul></div>',
        f"<div><ul>{LINKS}</ul></div>",
        "<footer><p>Imprint. Privacy.</p></footer>",
        '<div class="site-footer"><p>Imprint. Privacy.</p></div>',
        '<div class="sidebar"><h3>Related</h3><a href="/x">Ten tips</a></div>',
        "<aside><h3>Weather</h3><p>Rain.</p></aside>",
        '<div class="breadcrumbs">Home &gt; Ferries</div>',
        '<section class="newsletter"><p>Sign up now!</p><input value=""></section>',
        '<div role="dialog"><p>Choose a country.</p></div>',
        '<div role="contentinfo"><p>Imprint.</p></div>',
        "<nav>Menu</nav>",
    ],
)
@pytest.mark.parametrize("main", [f"<main><p>{PROSE}</p></main>", f"<div class=content><p>{PROSE}</p></div>"])
def test_what_surrounds_the_text_is_left_out_and_counted(part: str, main: str) -> None:
    assert seen(part + main + part) == (PROSE.strip(), ("2 menus, banners and footers",))


@pytest.mark.parametrize(
    "page",
    [
        f'<div class="has-sidebar page-header"><h1>Ferries</h1><p>{PROSE}</p></div>',
        f'<div id="navigation-wrapper"><p>{PROSE}</p></div>',
        f'<section id="cookies"><h2>Cookies</h2><p>{PROSE}</p></section><p>{PROSE}</p>',
        f'<div class="section" id="sharing-a-boat"><h2>Sharing</h2><p>{PROSE * 9}</p></div><p>{PROSE * 20}</p>',
        f'<div class="menu"><h2>Today</h2><p>Soup, {PROSE}</p></div><p>{PROSE}</p>',
        f"<article><p>{PROSE}</p><aside>Mind the step.</aside><footer>By Ann.</footer></article>",
        f"<ul>{LINKS}</ul>",
        f"<h1>Links</h1><h2>Boats</h2><ul>{LINKS}</ul><h2>Trains</h2><ul>{LINKS}</ul>",
        "<footer>Only this.</footer>",
        '<div class="sidebar">Only this.</div>',
    ],
)
def test_what_is_the_text_is_read_whatever_it_is_called(page: str) -> None:
    root = tree(page)
    assert mark(root) == ()
    assert not root.xpath(f"//*[@{MARK}]")


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>no</p>",
        '<p style="color: red; Display:none">no</p>',
        '<p style="visibility: hidden">no</p>',
        '<p aria-hidden="true">no</p>',
        '<p class="a secret">no</p>',
        '<p id="secret">no</p>',
    ],
)
@pytest.mark.parametrize("around", [True, False])
def test_hidden_elements_are_left_out_and_counted(hidden: str, around: bool) -> None:
    head = "<style>@media print { .yes { display: none } } .secret, #secret { display: none }</style>"
    page = f"<p>One.</p>{hidden}<p class=yes>Two.</p>"
    assert seen(page, head, around) == ("One.\n\nTwo.", ("1 hidden element",))


@pytest.mark.parametrize(
    "answer",
    [
        '<button aria-controls="a1">Why?</button><div id="a1" hidden>Because.</div>',
        '<h3><a href="#a1">Why?</a></h3><div id="a1" style="display:none">Because.</div>',
        '<h3 data-bs-target="#a1">Why?</h3><div id="a1" class="x" aria-hidden="true">Because.</div>',
        '<div onclick="t(this)">Why?</div><div style="display:none">Because.</div>',
        '<dl><dt>Why?<dd style="display:none">Because.</dl>',
        "<details><summary>Why?</summary>Because.</details>",
        '<h3><button>Why?</button></h3><div class="accordion-body" style="display:none">Because.</div>',
        '<div class="faq-question"><button class="toggle">Why?</button></div><p hidden="until-found">Because.</p>',
        '<div role="tab">Why?</div><div role="tabpanel" hidden>Because.</div>',
        '<style>.more { display: none } .more.open { display: block }</style><p>Why?</p><p class="more">Because.</p>',
    ],
)
def test_what_a_click_opens_is_read(answer: str) -> None:
    text, left_out = seen(answer)
    assert [line.strip("# ") for line in text.split("\n") if line] == ["Why?", "Because."]
    assert left_out == ()


def test_a_page_below_an_open_dialog_is_read() -> None:
    page = f'<div aria-hidden="true"><p>{PROSE}</p></div><div role="dialog"><p>Choose a country.</p></div>'
    assert seen(page) == (PROSE.strip(), ("1 menu, banner or footer",))


def test_a_page_that_is_hidden_as_a_whole_is_read() -> None:
    assert seen('<div style="visibility:hidden">Text.</div>') == ("Text.", ())
