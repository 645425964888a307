"""Parser for HTML and XHTML, also used for EPUB and e-mail: the visible text, in order."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from askew.documents.encodings import decoded_text, read_as
from askew.documents.formats import xml
from askew.documents.formats.draft import Draft, Grid, Grids, UnusableError, dated, draft, is_binary, one_line
from askew.documents.formats.web.boilerplate import mark
from askew.documents.formats.web.walk import walked
from askew.documents.formats.xml import linked_data, local

DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]{0,400}?charset\s*=\s*[\"']?([\w.:-]+)", re.I
)
LOOKED_AT = 1 << 20
DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
AUTHORS = ("author", "dc.creator", "dcterms.creator", "article:author", "parsely-author", "byl")
CREATED = ("article:published_time", "dcterms.created", "dc.date", "dcterms.date", "date", "datepublished", "pubdate")
MODIFIED = ("article:modified_time", "og:updated_time", "dcterms.modified", "last-modified", "datemodified", "revised")
SEPARATOR = r"\s*(?:[|»·•]|\s[-–—/:‹›]|:)\s+"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
MOST_HEADINGS = 50
Marker = Callable[[Any], tuple[str, ...]]
LONGEST_LINKED_DATA, MOST_NODES = 500_000, 500


def parse(data: bytes, declared: str = "") -> Draft:
    text, name = _decoded(data, declared)
    root = tree(text)
    left_out = mark(root)
    meta = _meta(root)
    linked = _linked_data(root)
    about = {
        "author": _first(meta, AUTHORS) or linked.get("author", ""),
        "created": _moment(meta, CREATED) or dated(linked.get("datePublished", "")),
        "modified": _moment(meta, MODIFIED) or dated(linked.get("dateModified", "")),
        "language": language(root) or linked.get("inLanguage", ""),
    }
    words = walked(root) or _first(meta, ("description", "og:description"))
    made = draft(words, [_title(root, meta), _first(meta, ("og:title",))], **about)
    return replace(made, notes=read_as(name), left_out=left_out)


def grids(data: bytes) -> Grids:
    """Return the questions and answers of a page, as a table."""
    from askew.documents.formats.web.questions import page_pairs

    root = tree(_decoded(data, "")[0])
    mark(root)
    pairs = page_pairs(root)
    if not pairs:
        raise UnusableError("no questions with answers: there is no accordion, FAQPage data or heading that asks")
    return Grids((Grid("", tuple(enumerate([("question", "answer"), *pairs])), stated=True),))


def page_text(data: bytes, declared: str = "", also: Marker = lambda _: ()) -> tuple[str, tuple[str, ...]]:
    """Return the text of a page that is part of a mail or a book, and what was left out of it.

    declared: the encoding by what the page came with, which precedes what the page itself declares. also: marks what is
    left out besides hidden elements.
    """
    root = tree(_decoded(data, declared)[0])
    left_out = (*mark(root, around=False), *also(root))
    return walked(root), left_out


def _decoded(data: bytes, declared: str) -> tuple[str, str]:
    """Return the text of a page, and the name of its encoding."""
    found = None if declared else DECLARED.search(data[:LOOKED_AT])
    label = declared if found is None else (found[1] or found[2]).decode("ascii")
    text, name = decoded_text(data, "" if label.lower().startswith(("utf-16", "utf-32")) else label)
    if is_binary(text):
        raise UnusableError("not HTML: contains binary data")
    return text.replace("\0", ""), name


def tree(text: str) -> Any:
    """Parse XHTML as XML (where `<script/>` is closed); everything else, and malformed XHTML, as browsers do."""
    from lxml import etree

    bare = DECLARATION.sub("", text)
    if "http://www.w3.org/1999/xhtml" in bare[:2000]:
        try:
            return xml.parsed(bare.encode("utf-8", "replace"))
        except etree.XMLSyntaxError:
            pass
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(bare.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    errors = {entry.type_name for entry in parser.error_log}  # after either of these, the rest would be missing
    if "ERR_NO_MEMORY" in errors:
        raise MemoryError
    if "ERR_RESOURCE_LIMIT" in errors:
        raise UnusableError("elements are nested too deeply")
    if root is None:
        raise UnusableError("no text")
    return root


def title(root: Any) -> str:
    return next((text for element in root.iter("{*}head") for text in xml.every(element, "title") if text), "")


def language(root: Any) -> str:
    """Return the language that a page states, such as en-GB; "" for none."""
    stated = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    if not stated:
        named = (meta for meta in root.iter("{*}meta") if (meta.get("http-equiv") or "").lower() == "content-language")
        stated = next((meta.get("content") or "" for meta in named), "")
    return stated.replace("_", "-") if LANGUAGE.fullmatch(stated.strip()) else ""


def _title(root: Any, meta: Mapping[str, str]) -> str:
    """Return the title without the name of the site: the part of it that is a heading of the page too."""
    whole, site = one_line(title(root)), one_line(meta.get("og:site_name", ""))
    headings = [(one, one_line("".join(one.itertext()))) for one in islice(root.iter("{*}h1", "{*}h2"), MOST_HEADINGS)]
    for words in filter(None, (one_line(meta.get("og:title", "")), *(words for _, words in headings))):
        if re.fullmatch(rf"{re.escape(words)}(?:{SEPARATOR}.+)?", whole, re.IGNORECASE):
            return words
    for heading, words in headings:  # after the name of the site, unless it is the name, which leads home
        is_first = local(heading) == "h1" and next(heading.iter("{*}a"), None) is None
        if words and is_first and re.fullmatch(rf".+{SEPARATOR}{re.escape(words)}", whole, re.IGNORECASE):
            return words
    bare = re.fullmatch(rf"(.+?){SEPARATOR}{re.escape(site)}", whole, re.IGNORECASE) if site else None
    return bare[1] if bare else whole


def _first(meta: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the first of these that is stated, and is no address, as Facebook wants for authors."""
    stated = (meta.get(name, "").strip() for name in names)
    return next((text for text in stated if text and not text.startswith(("http://", "https://"))), "")


def _moment(meta: Mapping[str, str], names: Sequence[str]) -> str:
    return next(filter(None, (dated(meta.get(name, "")) for name in names)), "")


def _meta(root: Any) -> Mapping[str, str]:
    """Return the meta elements by name, the first of each."""
    found: dict[str, str] = {}
    for meta in root.iter("{*}meta"):
        name = (
            meta.get("name") or meta.get("property") or meta.get("itemprop") or meta.get("http-equiv") or ""
        ).lower()
        if meta.get("content"):
            found.setdefault(name, meta.get("content"))
    return found


def _linked_data(root: Any) -> Mapping[str, str]:
    """Return author, dates and language of the first object in JSON-LD that states each."""
    found: dict[str, str] = {}
    for node in linked_data(root, ("mainEntity", "@graph"), LONGEST_LINKED_DATA, MOST_NODES):
        for name in ("author", "datePublished", "dateModified", "inLanguage"):
            if name not in found and (value := _name(node.get(name))):
                found[name] = value
    return found


def _name(value: Any) -> str:
    """Return a string, or the names of what is described by one object or more."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_name, value[:20])))
    if isinstance(value, dict):
        return value["name"] if isinstance(value.get("name"), str) else ""
    return value if isinstance(value, str) else ""
