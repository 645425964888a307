"""Boilerplate of web pages: menus, banners, side bars, footers and hidden elements, which are left out of the text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from askew.documents.formats.draft import counted
from askew.documents.formats.xml import local

MARK = "askew-left-out"
"""Attribute of the elements that are left out."""

AROUND, MENU, HIDDEN = "around", "menu", "hidden"
ROLES = frozenset({"contentinfo", "menu", "menubar", "search", "toolbar", "dialog", "alertdialog"})
# Parts of class names and ids of what surrounds a text; of the second kind only if it holds little but links.
STRONG = frozenset(
    """
    cookie cookies consent gdpr cookiebanner cookieconsent onetrust usercentrics navbar topnav breadcrumb breadcrumbs
    sidebar sidenav newsletter newsletters adsbygoogle advert advertisement adverts ads sponsored pagination pager
    skiplink offcanvas sharebar sharedaddy addthis
    """.split()  # noqa: SIM905
)
WEAK = frozenset(
    """
    menu share sharing social related recommended recommendations promo promos promotion banner masthead toolbar header
    top popup overlay teaser teasers trending popular sitemap links footer foot bottom rail subnav tags widget widgets
    subscribe subscription nav navigation signup skip
    """.split()  # noqa: SIM905
)
EVERYWHERE = frozenset(
    """
    cookie cookies consent gdpr cookiebanner cookieconsent onetrust usercentrics newsletter newsletters adsbygoogle
    advert advertisement sharebar sharing sharedaddy addthis breadcrumb breadcrumbs pagination
    """.split()  # noqa: SIM905
)
NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MAIN = ("main", "article")
LARGEST_SHARE = 0.4  # of the page's text; what has more is the text, whatever its name
MOST_LINKS, MENU_LINKS = 0.5, 0.8  # share of the text, with and without a name
FEWEST_LINKS = 4
FEW_WORDS, MANY_WORDS = 60, 150
COOKIES = frozenset({"cookie", "cookies", "consent", "gdpr"})
LISTS = frozenset({"ul", "ol", "div", "section", "table"})
UNSEEN = frozenset({"script", "style", "noscript", "template", "title"})
FOOTER = re.compile(
    r"(?:site|page|main|global|app|web)?[-_]?(?:footer|foot|bottom|topbar|top-bar|nav|share|(?:related|social|you-may-also-like)"
    r"(?:[-_]?(?:articles|posts|links|content|icons|media))?)(?:[-_]?(?:wrapper|container|inner|area))?",
    re.IGNORECASE,
)
INLINE = frozenset({"li", "a", "b", "br", "em", "i", "span", "strong", "td", "th", "tr", "h1", "h2", "h3", "h4", "p"})

NOT_SHOWN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
CONDITIONAL = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIMPLE = re.compile(r"[a-z]*[.#]([\w-]+)", re.IGNORECASE)
LONGEST_STYLE = 200_000
OPENERS = ("aria-controls", "aria-owns", "data-target", "data-bs-target", "data-toggle-target", "href", "for")
# Parts of the names of what opens with a click, and of what opens it.
COLLAPSED = re.compile(r"accordion|collaps|expand|toggle|answer|faq|panel|tab|dropdown-content|spoiler|reveal", re.I)
TOGGLES = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "onclick")


@dataclass(slots=True)
class _Count:
    """What an element holds. letters: of them `linked` in links and buttons. links: their number. is_text: a heading of
    the page, or an element for its text.
    """

    words: int = 0
    letters: int = 0
    linked: int = 0
    links: int = 0
    is_text: bool = False


@dataclass(frozen=True)
class _Page:
    """What decides about an element. opened: ids that a control opens. hidden: classes and ids that styles hide."""

    counts: Mapping[Any, _Count]
    words: int
    has_main: bool
    opened: frozenset[str]
    hidden: frozenset[str]


def mark(root: Any, around: bool = True) -> tuple[str, ...]:
    """Mark the elements that are left out, and say what they are. around: also what surrounds the text of a page."""
    counts = _counts(root)
    mains = [*root.iter("{*}main", "{*}article"), *root.iterfind(".//*[@role='main']")]
    has_main = any(counts[main].words for main in mains)
    page = _Page(counts, counts[root].words, has_main, _opened(root), _hidden_names(root))
    found: dict[str, list[Any]] = {MENU: [], AROUND: [], HIDDEN: []}
    for element, kind in _outermost(root, page, around):
        element.set(MARK, kind)
        if counts[element].words:
            found[kind].append(element)
    sizes = {kind: sum(counts[element].words for element in elements) for kind, elements in found.items()}
    for kind in found:  # a page that holds nothing else, as one of links does, is read nevertheless
        if (kind == MENU and sizes[MENU] > page.words * LARGEST_SHARE) or sum(sizes.values()) >= page.words:
            for element in found[kind]:
                del element.attrib[MARK]
            found[kind], sizes[kind] = [], 0
    return (
        *counted(len(found[HIDDEN]), "hidden element"),
        *counted(len(found[AROUND]) + len(found[MENU]), "menu, banner or footer", "menus, banners and footers"),
    )


def _counts(root: Any) -> Mapping[Any, _Count]:
    """Count what each element holds, from the innermost outwards; scripts and styles hold nothing."""
    elements = list(root.iter())
    counts = {element: _Count() for element in elements}
    for element in reversed(elements):
        count, name = counts[element], local(element)
        if not name or name in UNSEEN:
            counts[element] = _Count()
        else:
            own = element.text or ""
            count.words += len(own.split())
            count.letters += len(own.strip())
            count.is_text = count.is_text or name in MAIN or name == "h1"
            if name in ("a", "button", "option") and not _opens_in_place(element):
                count.linked, count.links = count.letters, count.links + (name == "a")
        above = element.getparent()
        if element is not root and above is not None:
            _add(counts[above], counts[element], element.tail or "")
    return counts


def _add(above: _Count, count: _Count, tail: str) -> None:
    above.words += count.words + len(tail.split())
    above.letters += count.letters + len(tail.strip())
    above.linked += count.linked
    above.links += count.links
    above.is_text = above.is_text or count.is_text


def is_toggle(element: Any) -> bool:
    """Return whether a button opens what is content, and so is its heading."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return any(element.get(name) is not None for name in TOGGLES) or bool(COLLAPSED.search(names))


def _opens_in_place(element: Any) -> bool:
    """Return whether a link or button is the heading of an accordion's panel, and so no way to elsewhere."""
    if "collapse" in (element.get("data-toggle"), element.get("data-bs-toggle")):
        return True
    return element.get("aria-controls") is not None and local(element.getparent()) in ("h2", "h3", "h4", "h5", "h6")


def _outermost(root: Any, page: _Page, around: bool) -> Iterator[tuple[Any, str]]:
    """Yield the elements that are left out, and the kind of each, without those within them."""
    from lxml import etree

    walker = etree.iterwalk(root, events=("start", "end"))
    within: list[Any] = []  # open main elements
    for event, element in walker:
        name = local(element)
        if event == "end":
            if within and within[-1] is element:
                within.pop()
            continue
        kind = _kind(name, element, page, bool(within), around)
        if kind:
            walker.skip_subtree()
            yield element, kind
        elif name in MAIN or element.get("role") == "main":
            within.append(element)


def _kind(name: str, element: Any, page: _Page, in_main: bool, around: bool) -> str:
    if not name or name in ("html", "body", "head") or (name in INLINE and not element.attrib):
        return ""
    if _is_hidden(element, page):
        return HIDDEN
    if name == "nav" or element.get("role") == "navigation":
        return AROUND
    if not around or name in INLINE or _holds_text(element, page):
        return ""
    if _is_around(name, element, page.counts[element], in_main):
        return AROUND
    return MENU if not in_main and _is_menu(name, page.counts[element]) else ""


def _is_hidden(element: Any, page: _Page) -> bool:
    names = {element.get("id") or "", *(element.get("class") or "").split()}
    is_hidden = (
        element.get("hidden", "until-found") != "until-found"
        or bool(names & page.hidden)
        or bool(NOT_SHOWN.search(element.get("style") or ""))
        or (element.get("aria-hidden") == "true" and not _holds_text(element, page))  # as the page below a dialog is
    )
    return is_hidden and not _opens(element, page)


def _opens(element: Any, page: _Page) -> bool:
    """Return whether a click shows the element: a control names it, or it is the answer below a question."""
    if element.get("id") in page.opened or element.get("role") == "tabpanel" or local(element) in ("dd", "details"):
        return True
    if COLLAPSED.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
        return True
    before = element.getprevious()
    if before is None or not isinstance(before.tag, str):
        return False
    controls = [before, *before.iterdescendants("{*}button", "{*}a")]
    return any(local(one) == "button" or (one is before and is_toggle(one)) for one in controls)


def _is_around(name: str, element: Any, count: _Count, in_main: bool) -> bool:
    role = element.get("role") or ""
    if role in ROLES:
        return True
    if name in ("footer", "aside") or role in ("complementary", "banner"):
        return not in_main
    names = _names(element)
    strong = names & (EVERYWHERE if in_main else STRONG)
    if strong and (count.words <= MANY_WORDS or names & COOKIES):
        return True
    if not in_main and count.words <= MANY_WORDS and _is_footer(element):
        return True
    return (bool(names & (STRONG | WEAK)) or name == "header") and _is_links(count)


def _is_footer(element: Any) -> bool:
    return any(FOOTER.fullmatch(name) for name in [*(element.get("class") or "").split(), element.get("id") or ""])


def _names(element: Any) -> set[str]:
    """Return the words of an element's class and id; a class or id that is only "cookies" may be a section on them."""
    whole = [*(element.get("class") or "").split(), element.get("id") or ""]
    return {part.lower() for name in whole if name.lower() not in COOKIES for part in NAME.findall(name)}


def _holds_text(element: Any, page: _Page) -> bool:
    """Return whether an element holds the text of the page, as one does that is named after its layout."""
    count = page.counts[element]
    most = max(page.words / 2, FEW_WORDS) if page.has_main else page.words * LARGEST_SHARE
    return count.is_text or count.words > most


def _is_menu(name: str, count: _Count) -> bool:
    """Return whether a list or a division holds links and nothing else, as menus have it that bear no name."""
    return name in LISTS and count.links >= FEWEST_LINKS and _is_links(count, MENU_LINKS)


def _is_links(count: _Count, share: float = MOST_LINKS) -> bool:
    return count.letters == 0 or count.linked > share * count.letters


def _opened(root: Any) -> frozenset[str]:
    """Return the ids of what controls of the page open."""
    found: set[str] = set()
    for element in root.iter(
        "{*}a", "{*}button", "{*}label", "{*}summary", "{*}div", "{*}span", "{*}h2", "{*}h3", "{*}li"
    ):
        for name in OPENERS:
            value = element.get(name) or ""
            if value and (name != "href" or value.startswith("#")):
                found.update(part.lstrip("#") for part in value.split())
    return frozenset(found)


def _hidden_names(root: Any) -> frozenset[str]:
    """Return the classes and ids that a style sheet of the page hides, if nothing else in it shows them again."""
    styles = "\n".join(style.text or "" for style in root.iter("{*}style"))[:LONGEST_STYLE]
    scripts = " ".join(script.text or "" for script in root.iter("{*}script"))
    rules = RULE.findall(CONDITIONAL.sub("", styles))
    found: set[str] = set()
    for selectors, body in rules:
        if NOT_SHOWN.search(body.strip()):
            found.update(one[1] for one in map(SIMPLE.fullmatch, map(str.strip, selectors.split(","))) if one)
    mentioned = {name: sum(name in selectors for selectors, _ in rules) for name in found}
    return frozenset(name for name in found if mentioned[name] == 1 and name not in scripts)
