"""Parser for DOCX: paragraphs and tables in order, headings by style, notes at the end.

It walks the XML itself, because python-docx's text properties omit tracked insertions, content controls and text boxes.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from askew.documents.formats import xml, zips
from askew.documents.formats.draft import Draft, draft, iso
from askew.documents.formats.markup import blocks, heading, item, plain, row

STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
TITLES = ("title",)
BODY_LEVEL = 9  # outline level of body text
NOTES = ("footnotes", "endnotes")
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "nobreakhyphen": "-"}
NOT_TEXT = ("del", "movefrom", "fallback", "ppr", "rpr", "instrtext", "deltext")


def parse(data: bytes) -> Draft:
    zips.opened(data).close()
    from docx import Document as Opened

    opened = Opened(io.BytesIO(data))
    levels = {style.style_id: _level(style) for style in opened.styles if style.type == 1}
    parts = [*_blocks(opened.element.body, levels), *_notes(opened)]
    about = opened.core_properties
    return draft(blocks(parts), [about.title or ""], author=about.author or "", created=iso(about.created))


def _level(style: Any) -> int:
    """Return the heading level of a style, 1 to 9, possibly inherited from its base style; 0 for no heading."""
    for _ in range(BODY_LEVEL):
        if style is None:
            return 0
        name = (style.name or "").lower()
        found = STYLE.fullmatch(name)
        if found or name in TITLES:
            return int(found[1]) if found else 1
        outline = _outline(style.element)
        if outline:
            return outline
        style = style.base_style
    return 0


def _outline(element: Any) -> int:
    for found in element.iterfind("./{*}pPr/{*}outlineLvl"):
        value = _value(found)
        if value.isdecimal() and int(value) < BODY_LEVEL:
            return int(value) + 1
    return 0


def _value(element: Any) -> str:
    return next((str(value) for name, value in element.attrib.items() if name.endswith("}val")), "")


def _blocks(parent: Any, levels: dict[str, int]) -> Iterator[str]:
    for element in parent:
        name = xml.local(element)
        if name == "p":
            yield from _paragraph(element, levels)
        elif name == "tbl":
            yield from _table(element)
        elif name not in NOT_TEXT:  # content controls, insertions and other wrappers around paragraphs
            yield from _blocks(element, levels)


def _paragraph(element: Any, levels: dict[str, int]) -> Iterator[str]:
    text = _text(element).strip()
    style = next((_value(found) for found in element.iterfind("./{*}pPr/{*}pStyle")), "")
    level = _outline(element) or levels.get(style, 0)
    numbering = next(element.iterfind("./{*}pPr/{*}numPr"), None)
    if level:
        yield heading(level, text)
    elif numbering is not None or style.lower().startswith("list"):
        depth = next((_value(found) for found in element.iterfind("./{*}pPr/{*}numPr/{*}ilvl")), "0")
        yield item(int(depth) if depth.isdecimal() else 0, text)
    else:
        yield plain(text)
    for box in _boxes(element):
        yield from _blocks(box, levels)


def _text(element: Any) -> str:
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        name = xml.local(child)
        if name == "t":
            yield child.text or ""
        elif name in SIGNS:
            yield SIGNS[name]
        elif name == "p":  # further paragraphs of a cell
            yield from (*_pieces(child), "\n")
        elif name not in NOT_TEXT and name != "txbxcontent":
            yield from _pieces(child)


def _boxes(element: Any) -> Iterator[Any]:
    """Yield text boxes, without the duplicates stored for older programs."""
    for child in element:
        name = xml.local(child)
        if name == "txbxcontent":
            yield child
        elif name not in NOT_TEXT:
            yield from _boxes(child)


def _table(element: Any) -> Iterator[str]:
    for line in element.iterchildren():
        if xml.local(line) == "tr":
            yield row([_text(cell) for cell in _cells(line)])
        elif xml.local(line) == "sdt":
            yield from (made for content in line.iterfind("./{*}sdtContent") for made in _table(content))


def _cells(line: Any) -> Iterator[Any]:
    for child in line:
        if xml.local(child) == "tc":
            yield child
        elif xml.local(child) in ("sdt", "sdtcontent"):
            yield from _cells(child)


def _notes(opened: Any) -> Iterator[str]:
    for relation in opened.part.rels.values():
        if not relation.is_external and relation.reltype.rpartition("/")[2] in NOTES:
            root = xml.parsed(relation.target_part.blob)
            yield from (plain(" ".join(_text(note).split())) for note in root)
