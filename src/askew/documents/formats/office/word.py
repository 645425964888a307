"""Parser for DOCX: headings, paragraphs, lists and tables in order, with their comments; headers and notes once."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from askew.documents.formats.draft import Draft, UnusableError, draft, one_line
from askew.documents.formats.grid import HIDDEN_ROW
from askew.documents.formats.markup import blocks, heading, item, plain, table
from askew.documents.formats.office.drawings import alternative, children, framed
from askew.documents.formats.office.ooxml import COUNTED, EMBEDDED, Package, child, is_on, phrases, value
from askew.documents.formats.office.word_runs import Notes, Runs
from askew.documents.formats.office.word_styles import Numbers, Styles, outline
from askew.documents.formats.web import html
from askew.documents.formats.xml import local

NOTES = ("footnotes", "endnotes", "comments")
CONTENTS = "table of contents"
PAGES = (".html", ".htm", ".xhtml")
DELETED = ("del", "movefrom", "ppr", "rpr", "sdtpr", "sdtendpr", "sectpr", "tblpr", "tblgrid", "trpr", "tcpr")
PLAIN_MARK = re.compile(r"\d+[.)]")
LONGEST_BOLD = 100  # characters of a bold paragraph that serves as a heading
MOST_BOLD = 0.4  # of all paragraphs, beyond which bold is how the text is set
BOLD_LEVEL = 2
ENDS = tuple(".,;:!)…")


class _Bold(str):
    """A block that is one bold line: a heading, if the document has no others."""

    __slots__ = ()


class _Reader:
    """Reads the blocks of a part. targets: charts and pictures are found in relation to it."""

    def __init__(self, package: Package, part: str, styles: Styles, numbers: Numbers, left_out: Counter[str]) -> None:
        self._package = package
        self._part = part
        self._styles = styles
        self._numbers = numbers
        self._left_out = left_out
        self._carried = ""
        self.runs = Runs(styles, left_out)
        self.notes: Notes = {}
        self.said: dict[tuple[str, str], None] = {}
        self.has_headings = False

    def blocks(self, parent: Any) -> Iterator[str]:
        yield from self._blocks(parent)
        yield self._rest()

    def _blocks(self, parent: Any) -> Iterator[str]:
        for element in children(parent):
            name = local(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield self._rest()
                yield from self._table(element)
            elif name == "sdt" and _is_contents(element):
                self._left_out[CONTENTS] += 1
            elif name in ("omath", "omathpara"):
                yield plain(self.runs.text([element], ""))
            elif name == "altchunk":
                yield self._embedded(value(element, "id"))
            elif name not in DELETED:  # content controls, insertions and other wrappers around paragraphs
                yield from self._blocks(element)

    def _rest(self) -> str:
        """Return the text of paragraphs that go on in the next one, where none comes."""
        text, self._carried = self._carried.strip(), ""
        return plain(text)

    def _paragraph(self, element: Any) -> Iterator[str]:
        properties = child(element, "pPr")
        style = self._styles.of(properties)
        if self._styles.is_contents(style):
            self._left_out[CONTENTS] = 1
            return
        text = self.runs.text(element, style)
        if child(properties, "rPr", "del") is not None:  # the paragraph goes on in the next one
            self._carried = f"{self._carried}{text} ".lstrip()
        elif _is_initial(properties):
            self._carried += text
        else:
            text, self._carried = f"{self._carried}{text}".strip(), ""
            yield self._block(properties, style, text)
        yield from self.beside()

    def _block(self, properties: Any, style: str, text: str) -> str:
        if not text:
            if not _is_gone(properties):
                self._numbers.mark(*self._styles.numbering(properties, style))  # Word counts empty paragraphs
            return ""
        depth, mark = self._numbers.mark(*self._styles.numbering(properties, style))
        own = outline(properties)
        level = self._styles.level(style) if own is None else own
        if level:
            self.has_headings = True
            return heading(level, f"{mark} {text}")
        if depth >= 0 and (not mark or (PLAIN_MARK.fullmatch(mark) and not self._is_bold(text))):
            return item(depth, text, mark or "-")
        if depth < 0 and style.lower().startswith("list"):
            return item(0, text)
        text = f"{mark} {text}" if mark else text
        return _Bold(plain(text)) if self._is_bold(text) else plain(text)

    def _is_bold(self, text: str) -> bool:
        is_short = len(text) <= LONGEST_BOLD and "\n" not in text and not text.endswith(ENDS)
        return self.runs.all_bold and is_short and any(map(str.isalpha, text))

    def beside(self) -> Iterator[str]:
        """Yield what the text referred to since the last time: drawings, and comments."""
        frames, self.runs.frames = self.runs.frames, []
        for frame in frames:
            yield from self._frame(frame)
        references, self.runs.references = self.runs.references, []
        for found in references:
            if found in self.notes and found not in self.said:
                if found[0] == "comment":
                    yield self._comment(self.notes[found])
                self.said[found] = None

    def later(self) -> Iterator[str]:
        """Yield the notes that the text refers to, and comments on nothing in it."""
        for found in [found for found in self.said if found[0] != "comment"]:
            yield plain(self.inline(self.notes[found]))
        for found, element in self.notes.items():
            if found[0] == "comment" and found not in self.said:
                yield self._comment(element)

    def _comment(self, element: Any) -> str:
        who, text = one_line(value(element, "author")), self.inline(element)
        return f"Comment{f' ({who})' if who else ''}: {text}" if text else ""

    def inline(self, parent: Any) -> str:
        """Return everything in an element as one line, such as a cell or a note."""
        texts: list[str] = []
        for element in children(parent):
            name = local(element)
            if name == "p":
                properties = child(element, "pPr")
                style = self._styles.of(properties)
                text = self.runs.text(element, style)
                _, mark = self._numbers.mark(*self._styles.numbering(properties, style)) if text else (0, "")
                texts.append(f"{mark} {text}".strip())
            elif name == "tbl":
                texts += [self.inline(cell) for row in _parts(element, "tr") for cell in _parts(row, "tc")]
            elif name not in DELETED:
                texts.append(self.inline(element))
        return one_line(" ".join(filter(None, texts)))

    def _embedded(self, relation: str) -> str:
        """Return a page of HTML that Word takes in when it opens the document."""
        part = self._package.targets(self._part).get(relation, "")
        if part.lower().endswith(PAGES):
            with suppress(UnusableError):  # nothing in it
                return html.parse(self._package.data(part)).text
            return ""
        self._left_out[EMBEDDED] += 1
        return ""

    def _frame(self, element: Any) -> Iterator[str]:
        """Yield the text boxes, charts and diagrams of a drawing, and the alternative text of its pictures."""
        described: dict[str, None] = {}
        yield from self._drawn(element, described)
        yield from (f"Image: {text}" for text in described)
        yield from framed(element, self._package, self._part)

    def _drawn(self, element: Any, described: dict[str, None]) -> Iterator[str]:
        for found in [element] if local(element) == "txbxcontent" else children(element):
            name = local(found)
            if name == "txbxcontent":
                outer, self.runs.frames = self.runs.frames, []
                carried, self._carried = self._carried, ""
                yield from self.blocks(found)
                self.runs.frames, self._carried = outer, carried
                continue
            text = alternative(found) if name in ("docpr", "cnvpr") else value(found, "alt") if name == "shape" else ""
            if text:
                described[text] = None
            yield from self._drawn(found, described)

    def _table(self, element: Any) -> Iterator[str]:
        visible = [row for row in _parts(element, "tr") if not is_on(child(row, "trPr", "hidden"))]
        self._left_out[HIDDEN_ROW] += sum(1 for _ in _parts(element, "tr")) - len(visible)
        rows = [list(_parts(row, "tc")) for row in visible]
        if all(len(cells) < 2 for cells in rows):  # a frame around text
            yield from (block for cells in rows for cell in cells for block in self.blocks(cell))
            return
        yield table(list(self._rows(rows)))
        yield from self.beside()

    def _rows(self, rows: list[list[Any]]) -> Iterator[list[str]]:
        """Yield rows with merged cells repeated, except where a row has nothing besides."""
        above: dict[int, str] = {}
        for cells in rows:
            made: list[str] = []
            own: list[str] = []
            for cell in cells:
                merged = child(cell, "tcPr", "vMerge")
                goes_on = merged is not None and value(merged) != "restart"
                text = above.get(len(made), "") if goes_on else self.inline(cell)
                own += [] if goes_on or not text else [text]
                width = _width(cell)
                for place in range(len(made), len(made) + width):
                    above[place] = text if merged is not None else ""
                made += [text] * width
            yield made if len(own) > 1 or (own and own != list(filter(None, dict.fromkeys(made)))) else own


def parse(data: bytes) -> Draft:
    package = Package(data)
    main = package.main()
    left_out: Counter[str] = Counter()
    styles, numbers = Styles(package, main), Numbers(package, main)
    root = package.root(main)
    reader = _Reader(package, main, styles, numbers, left_out)
    reader.notes = _notes(package, main)
    body = [block for block in reader.blocks(root) if block]
    left_out[EMBEDDED] += package.embedded(main)
    body = body if reader.has_headings else _headed(body)
    notes = list(reader.later())
    heads, feet = (_margin(package, main, root, place, styles, left_out) for place in ("header", "footer"))
    about = package.about()
    title = about.pop("title", "")
    made = draft(blocks([*heads, *body, *notes, *feet]), [title], **about)
    return replace(made, left_out=(*phrases(left_out), *package.faults()))


def _headed(body: list[str]) -> list[str]:
    """Make headings of bold lines, if there are several among more text that is not bold."""
    bold = [place for place, block in enumerate(body) if isinstance(block, _Bold)]
    if len(bold) < 2 or len(bold) > MOST_BOLD * len(body):
        return body
    last = len(body) - 1
    return [
        heading(BOLD_LEVEL, block) if isinstance(block, _Bold) and place < last else block
        for place, block in enumerate(body)
    ]


def _notes(package: Package, main: str) -> Notes:
    """Return notes and comments, without the lines that separate notes from the text."""
    return {
        (local(found), value(found, "id")): found
        for root in package.related(main, *NOTES)
        for found in root
        if value(found, "type") in ("", "normal")
    }


def _margin(package: Package, main: str, root: Any, place: str, styles: Styles, left_out: Counter[str]) -> list[str]:
    """Return the headers or footers that are shown, each paragraph once, without page numbers."""
    targets = package.targets(main)
    settings = next(package.related(main, "settings"), None)
    made: dict[str, None] = {}
    for section in root.iter("{*}sectPr"):
        for found in section.iterfind("./{*}" + place + "Reference"):
            kind = value(found, "type")
            switch = {"first": child(section, "titlePg"), "even": child(settings, "evenAndOddHeaders")}
            part = targets.get(value(found, "id"), "")
            if part and (kind not in switch or is_on(switch[kind])):
                reader = _Reader(package, part, styles, Numbers(package, main), left_out)
                reader.runs.in_margin = True
                made.update(dict.fromkeys(reader.blocks(package.root(part))))
    return [text for text in made if not COUNTED.fullmatch(text)]


def _is_initial(properties: Any) -> bool:
    """Return whether a paragraph is a drop cap: the large first letter of the next one."""
    frame = child(properties, "framePr")
    return frame is not None and value(frame, "dropCap") in ("drop", "margin")


def _is_gone(properties: Any) -> bool:
    """Return whether the mark of a paragraph is hidden or moved away, so that it has no number."""
    mark = child(properties, "rPr")
    return is_on(child(mark, "vanish")) or child(mark, "moveFrom") is not None


def _is_contents(element: Any) -> bool:
    found = child(element, "sdtPr", "docPartObj", "docPartGallery")
    return found is not None and value(found) == "Table of Contents"


def _parts(element: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table or the cells of a row, through content controls, without deleted ones."""
    for found in children(element):
        if local(found) == name:
            properties = child(found, f"{name}Pr")
            if not is_on(child(properties, "del")) and child(properties, "cellDel") is None:
                yield found
        elif local(found) not in DELETED and local(found) != "tc":
            yield from _parts(found, name)


def _width(cell: Any) -> int:
    span = child(cell, "tcPr", "gridSpan")
    return min(int(value(span)), 63) if span is not None and value(span).isdecimal() else 1
