"""Office Open XML packages: parts, relationships and properties, whether transitional or strict, whatever is missing.

python-docx, python-pptx and openpyxl refuse a file for its conformance class, a macro's content type or one absent
part; here each part is looked for when it is needed, and one that is missing or damaged costs only itself.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote

from askew.documents.formats import xml, zips
from askew.documents.formats.draft import UnusableError, dated

MAINS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")
PROPERTIES = "docProps/core.xml"
PREPOSITION = re.compile(r" (?:of|without|in) ")
PROGRAMS = ("openpyxl", "python-docx", "python-pptx")  # which name themselves as authors
EMBEDDED = "embedded file"
COUNTED = re.compile(
    r"(page|seite|pagina|página|side|sida|strana)?[\s\d/.|–-]*(of|von|de|sur|di|van)?[\s\d/.|–-]*", re.IGNORECASE
)
"""What is left of a header or footer that says nothing but the page number."""
TOO_DEEP = "ERR_RESOURCE_LIMIT"
BROKEN = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)


@dataclass(frozen=True)
class Relation:
    """A part that another part refers to. kind: the last word of its type, in lower case, such as "comments"."""

    id: str
    kind: str
    part: str


class Package:
    """An opened package. damaged: the parts that could be read only up to a point, or not at all."""

    def __init__(self, data: bytes) -> None:
        self._archive = zips.opened(data)
        self._names = {name.replace("\\", "/").lower(): name for name in self._archive.namelist()}
        self._relations: dict[str, list[Relation]] = {}
        self.damaged: dict[str, None] = {}

    def main(self) -> str:
        """Return the name of the main part."""
        found = [relation.part for relation in self.relations("") if relation.kind == "officedocument"]
        name = next((name for name in (*found, *MAINS) if self.has(name)), "")
        if not name:
            raise UnusableError("damaged: the main part is missing")
        return name

    def has(self, part: str) -> bool:
        return part.lower() in self._names

    def data(self, part: str) -> bytes:
        """Return the content of a part; b"" if it is missing or damaged."""
        if not self.has(part):
            return b""
        try:
            return self._archive.read(self._names[part.lower()])
        except BROKEN:
            self.damaged[part] = None
            return b""

    def stream(self, part: str) -> IO[bytes]:
        """Open a part that is there, to read it in pieces."""
        return self._archive.open(self._names[part.lower()])

    def root(self, part: str) -> Any:
        """Return the root element of a part, as far as it can be read; an empty element if it cannot."""
        from lxml import etree

        data = self.data(part)
        try:
            return xml.parsed(data) if data else etree.Element("missing")
        except etree.XMLSyntaxError:
            self.damaged[part] = None
        parser = etree.XMLParser(
            recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        root = etree.fromstring(data, parser)
        if any(entry.type_name == TOO_DEEP for entry in parser.error_log):
            raise UnusableError("elements are nested too deeply")
        return etree.Element("missing") if root is None else root

    def relations(self, part: str) -> list[Relation]:
        """Return the relationships of a part, of the package itself for ""; without links to other files."""
        if part not in self._relations:
            self._relations[part] = list(self._related(part))
        return self._relations[part]

    def _related(self, part: str) -> Iterator[Relation]:
        folder, name = posixpath.split(part)
        root = self.root(posixpath.join(folder, "_rels", f"{name}.rels"))
        for entry in root.iter("{*}Relationship"):
            if entry.get("TargetMode") != "External":
                kind = entry.get("Type", "").rpartition("/")[2].lower()
                yield Relation(entry.get("Id", ""), kind, _target(folder, entry))

    def targets(self, part: str) -> Mapping[str, str]:
        """Return the names of related parts by the ids of their relationships."""
        return {relation.id: relation.part for relation in self.relations(part)}

    def related(self, part: str, *kinds: str) -> Iterator[Any]:
        """Yield the roots of the parts that a part refers to by these kinds of relationships."""
        for relation in self.relations(part):
            if relation.kind in kinds and self.has(relation.part):
                yield self.root(relation.part)
            elif relation.kind in kinds:
                self.damaged[relation.part] = None

    def embedded(self, part: str) -> int:
        """Return how many files a part holds that open in a program of their own."""
        return sum(relation.kind in ("package", "oleobject") for relation in self.relations(part))

    def about(self) -> dict[str, str]:
        """Return the properties of the document: author, created, modified, subject, keywords, language; and title."""
        found = [relation.part for relation in self.relations("") if relation.kind == "core-properties"]
        root = self.root(next((part for part in (*found, PROPERTIES) if self.has(part)), ""))
        return {
            "title": xml.first(root, "title"),
            "author": "" if xml.first(root, "creator") in PROGRAMS else xml.first(root, "creator"),
            "created": dated(xml.first(root, "created")),
            "modified": dated(xml.first(root, "modified")),
            "subject": xml.first(root, "subject"),
            "keywords": xml.first(root, "keywords"),
            "language": xml.first(root, "language"),
        }

    def faults(self) -> tuple[str, ...]:
        """Return phrases about the damaged parts."""
        return tuple(f"a damaged part ({part})" for part in self.damaged)


def phrases(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return phrases such as "1 hidden sheet" and "2 hidden sheets", for the counts that are not 0."""
    return tuple(f"{count:,} {name if count == 1 else plural(name)}" for name, count in counts.items() if count)


def plural(name: str) -> str:
    """Return the plural of a phrase such as "hidden sheet" or "word of hidden text"."""
    found = PREPOSITION.search(name)
    return f"{name}s" if found is None else f"{name[: found.start()]}s{name[found.start() :]}"


def value(element: Any, name: str = "val") -> str:
    """Return an attribute by its local name, in whatever namespace; "" if it is absent."""
    for key, found in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(found)
    return ""


def child(element: Any, *path: str) -> Any:
    """Return the first child by its local name, and of it the next one on the path; None if there is none."""
    for name in path:
        if element is None:
            return None
        element = next((found for found in element if str(found.tag).rpartition("}")[2] == name), None)
    return element


def is_on(element: Any) -> bool:
    """Return whether an on/off property is present and on."""
    return element is not None and value(element).lower() not in ("0", "false", "off", "none")


def _target(folder: str, entry: Any) -> str:
    target = unquote(entry.get("Target", "").replace("\\", "/"))
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
