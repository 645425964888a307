"""HTML and XHTML, as EPUB and e-mails have them too: what a reader sees, in order."""

import re
from collections.abc import Mapping
from typing import Any

from askew.documents.formats import xml
from askew.documents.formats.draft import Draft, UnusableError, dated, draft
from askew.documents.formats.encoding import decoded
from askew.documents.formats.walk import walked

DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
AUTHORS = ("author", "dc.creator", "dcterms.creator", "article:author")
DATES = ("article:published_time", "dcterms.created", "dc.date", "dcterms.date", "date")


def parse(data: bytes) -> Draft:
    root = tree(decoded(data))
    said = _said(root)
    author = next((said[name] for name in AUTHORS if name in said), "")
    created = next((dated(said[name]) for name in DATES if name in said), "")
    return draft(walked(root), [title(root)], author=author, created=created)


def tree(text: str) -> Any:
    """XHTML by the rules of XML, as `<script/>` ends there; all else, and what breaks these rules, as browsers do."""
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
    if any(fault.type_name == "ERR_RESOURCE_LIMIT" for fault in parser.error_log):  # all that follows is missing
        raise UnusableError("its elements are nested too deeply")
    if root is None:
        raise UnusableError("it has no text")
    return root


def title(root: Any) -> str:
    return next((text for element in root.iter("{*}head") for text in xml.every(element, "title") if text), "")


def _said(root: Any) -> Mapping[str, str]:
    """The meta elements by their names, the first of each."""
    found: dict[str, str] = {}
    for meta in root.iter("{*}meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        found.setdefault(name, meta.get("content") or "")
    return found
