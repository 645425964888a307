"""Parser for EPUB: chapters in spine order, without pages, which depend on the screen."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from askew.documents.formats import xml, zips
from askew.documents.formats.draft import Draft, UnusableError, counted, dated, draft, one_line
from askew.documents.formats.markup import heading
from askew.documents.formats.web import html

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
READABLE = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/xml")
PAGES = (".xhtml", ".html", ".htm")
CONTENTS = "application/x-dtbncx+xml"
HEADED = re.compile(r"^#{1,6} ", re.MULTILINE)
DAMAGE = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, UnusableError)


def parse(data: bytes) -> Draft:
    archive = zips.opened(data)
    where = _package(archive)
    package = _tree(archive, where)
    manifest = list(_manifest(package, posixpath.dirname(where)))
    chapters = _chapters(package, manifest)
    locked = _encrypted(archive)
    if chapters and all(chapter in locked for chapter in chapters):
        raise UnusableError("encrypted")
    labels = _labels(archive, manifest)
    texts, hidden, lost = [], 0, 0
    for name in chapters:
        try:
            text, left_out = ("", ()) if name in locked else _chapter(archive, name, labels.get(name, ""))
        except DAMAGE:
            text, left_out = "", ()
            lost += 1
        hidden += len(left_out)
        texts.append(text)
    about = {
        "author": ", ".join(filter(None, xml.every(package, "creator"))),
        "created": next(filter(None, map(dated, xml.every(package, "date"))), ""),
        "modified": dated(_property(package, "dcterms:modified")),
        "language": xml.first(package, "language"),
    }
    made = draft("\n\n".join(filter(None, texts)), [xml.first(package, "title")], **about)
    missing = counted(lost, "chapter that is missing or damaged", "chapters that are missing or damaged")
    encrypted = counted(sum(name in locked for name in chapters), "encrypted chapter")
    return replace(made, left_out=(*missing, *encrypted, *counted(hidden, "hidden passage")))


def _tree(archive: zipfile.ZipFile, name: str) -> Any:
    data = archive.read(name)
    try:
        return xml.parsed(data)
    except SyntaxError:  # lxml's XMLSyntaxError is one
        return xml.parsed(data, recover=True)


def _package(archive: zipfile.ZipFile) -> str:
    """Return the name of the package document: by the container, or where that is missing, by its suffix."""
    if CONTAINER in archive.namelist():
        roots = _tree(archive, CONTAINER)
        found = [] if roots is None else [str(root.get("full-path") or "") for root in roots.iter("{*}rootfile")]
    else:
        found = [name for name in archive.namelist() if name.lower().endswith(".opf")]
    if not any(found):
        raise UnusableError(f"damaged: {CONTAINER} names no package")
    return next(filter(None, found))


def _manifest(package: Any, folder: str) -> Iterator[tuple[Any, str]]:
    """Yield the entries with their names within the archive."""
    for entry in package.iter("{*}item"):
        yield entry, _joined(folder, entry.get("href") or "")


def _joined(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _chapters(package: Any, manifest: Sequence[tuple[Any, str]]) -> list[str]:
    """Return chapter names, without the table of contents, which is redundant; all pages if there is no spine."""
    pages = {
        entry.get("id"): name
        for entry, name in manifest
        if (entry.get("media-type") in READABLE or name.lower().endswith(PAGES))
        and "nav" not in (entry.get("properties") or "").split()
    }
    spine = [pages[one.get("idref")] for one in package.iter("{*}itemref") if one.get("idref") in pages]
    return list(dict.fromkeys(spine or pages.values()))


def _property(package: Any, name: str) -> str:
    metas = (meta for meta in package.iter("{*}meta") if meta.get("property") == name)
    return next(((meta.text or "").strip() for meta in metas), "")


def _encrypted(archive: zipfile.ZipFile) -> set[str]:
    if ENCRYPTION not in archive.namelist():
        return set()
    locked = _tree(archive, ENCRYPTION)
    return {unquote(entry.get("URI") or "") for entry in locked.iter("{*}CipherReference")}


def _labels(archive: zipfile.ZipFile, manifest: Sequence[tuple[Any, str]]) -> Mapping[str, str]:
    """Return the first title of each chapter in the table of contents."""
    found: dict[str, str] = {}
    for entry, name in manifest:
        is_nav = "nav" in (entry.get("properties") or "").split()
        if not is_nav and entry.get("media-type") != CONTENTS:
            continue
        try:
            contents, folder = _tree(archive, name), posixpath.dirname(name)
        except DAMAGE:
            continue
        for link in contents.iter("{*}a") if is_nav else contents.iter("{*}navPoint"):
            place = link.get("href") if is_nav else next((one.get("src") for one in link.iter("{*}content")), "")
            label = "".join(link.itertext()) if is_nav else xml.first(link, "text")
            found.setdefault(_joined(folder, place or ""), one_line(label))
    return found


def _chapter(archive: zipfile.ZipFile, name: str, label: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a chapter; one without headings gets its title in the table of contents."""
    data = archive.read(name)
    if not data.strip():
        return "", ()
    text, left_out = html.page_text(data)
    if text and label and not HEADED.search(text):
        text = "\n\n".join((heading(1, label), text.removeprefix(label).strip()))
    return text, left_out
