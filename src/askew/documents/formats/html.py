"""Parser for HTML and XHTML, also used for EPUB and e-mail: the visible text, in order."""

import re
from collections.abc import Mapping
from typing import Any

from askew.documents.encodings import decoded_text
from askew.documents.formats import xml
from askew.documents.formats.draft import Draft, UnusableError, dated, draft, is_binary
from askew.documents.formats.walk import walked

DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]{0,400}?charset\s*=\s*[\"']?([\w.:-]+)", re.I
)
LOOKED_AT = 1 << 20
DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
AUTHORS = ("author", "dc.creator", "dcterms.creator", "article:author")
DATES = ("article:published_time", "dcterms.created", "dc.date", "dcterms.date", "date")


def parse(data: bytes) -> Draft:
    root = tree(decoded(data))
    meta = _meta(root)
    author = next((meta[name] for name in AUTHORS if name in meta), "")
    created = next((dated(meta[name]) for name in DATES if name in meta), "")
    return draft(walked(root), [title(root)], author=author, created=created)


def decoded(data: bytes, declared: str = "") -> str:
    """Decode a page. declared: by what it came with, such as a mail, which precedes what the page itself declares."""
    found = None if declared else DECLARED.search(data[:LOOKED_AT])
    label = declared if found is None else (found[1] or found[2]).decode("ascii")
    text, _ = decoded_text(data, "" if label.lower().startswith(("utf-16", "utf-32")) else label)
    if is_binary(text):
        raise UnusableError("not HTML: contains binary data")
    return text


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


def _meta(root: Any) -> Mapping[str, str]:
    """Return the meta elements by name, the first of each."""
    found: dict[str, str] = {}
    for meta in root.iter("{*}meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        found.setdefault(name, meta.get("content") or "")
    return found
