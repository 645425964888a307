"""Parser for EPUB: chapters in spine order, without pages, which depend on the screen."""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from askew.documents.formats import html, xml, zips
from askew.documents.formats.draft import Draft, UnusableError, dated, draft

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
READABLE = ("application/xhtml+xml", "text/html")


def parse(data: bytes) -> Draft:
    archive = zips.opened(data)
    where = _package(archive)
    package = xml.parsed(archive.read(where))
    chapters = list(_chapters(package, posixpath.dirname(where)))
    locked = _encrypted(archive)
    if any(chapter in locked for chapter in chapters):
        raise UnusableError("encrypted")
    text = "\n\n".join(filter(None, (_chapter(archive, chapter) for chapter in chapters)))
    authors = ", ".join(filter(None, xml.every(package, "creator")))
    return draft(text, [xml.first(package, "title")], author=authors, created=dated(xml.first(package, "date")))


def _package(archive: zipfile.ZipFile) -> str:
    container = xml.parsed(archive.read(CONTAINER))
    found = [str(root.get("full-path")) for root in container.iter("{*}rootfile") if root.get("full-path")]
    if not found:
        raise UnusableError(f"damaged: {CONTAINER} names no package")
    return found[0]


def _chapters(package: Any, folder: str) -> Iterator[str]:
    """Yield chapter names within the archive, without the table of contents, which is redundant."""
    manifest = {entry.get("id"): entry for entry in package.iter("{*}item")}
    for reference in package.iter("{*}itemref"):
        entry = manifest.get(reference.get("idref"))
        if entry is None or entry.get("media-type") not in READABLE or "nav" in (entry.get("properties") or "").split():
            continue
        yield posixpath.normpath(posixpath.join(folder, unquote(entry.get("href") or "")))


def _encrypted(archive: zipfile.ZipFile) -> set[str]:
    if ENCRYPTION not in archive.namelist():
        return set()
    locked = xml.parsed(archive.read(ENCRYPTION))
    return {unquote(entry.get("URI") or "") for entry in locked.iter("{*}CipherReference")}


def _chapter(archive: zipfile.ZipFile, name: str) -> str:
    data = archive.read(name)
    if not data.strip():
        return ""
    return html.page_text(data)[0]
