"""Parser for PPTX: each slide is a page with its title as heading, followed by its content, comments and notes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from askew.documents.formats.draft import Draft, one_line, paged
from askew.documents.formats.markup import blocks, heading, item, plain, table
from askew.documents.formats.office.drawings import children, framed, paragraphs, pictured, words
from askew.documents.formats.office.ooxml import EMBEDDED, Package, child, phrases, value
from askew.documents.formats.xml import local

HIDDEN_SLIDE, HIDDEN_SHAPE = "hidden slide", "hidden shape"
TITLES = ("title", "ctrTitle")
REPEATED = ("dt", "sldNum")  # placeholders that say the same on every slide
FOOTERS = ("ftr", "hdr")
SHAPES = ("sp", "pic", "graphicframe", "cxnsp")
COMMENTS, AUTHORS = ("comments", "comment"), ("commentauthors", "authors")
MOST_DEEP = 30  # cuts of a slide into columns and rows
YES = ("1", "true")


Place = tuple[float, float, float, float]
"""Left, top, right and bottom, in the units of the file."""


@dataclass
class Box:
    """A shape with text."""

    place: Place
    blocks: list[str]


@dataclass
class _Deck:
    """An opened presentation. said: footers that stood on an earlier slide."""

    package: Package
    left_out: Counter[str] = field(default_factory=Counter)
    said: set[str] = field(default_factory=set)
    people: dict[str, str] = field(default_factory=dict)
    _layouts: dict[str, dict[str, Place]] = field(default_factory=dict)

    def slide(self, part: str) -> str:
        """Return a slide as text; "" if it is hidden."""
        if not self.package.has(part):
            self.package.damaged[part or "a slide"] = None
            return ""
        root = self.package.root(part)
        if value(root, "show") in ("0", "false"):
            self.left_out[HIDDEN_SLIDE] += 1
            return ""
        self.left_out[EMBEDDED] += self.package.embedded(part)
        heads: list[str] = []
        boxes: list[Box] = []
        feet: list[str] = []
        places = self._places(part)
        for shape in self._shapes(child(root, "cSld", "spTree")):
            kind = _kind(shape)
            made = [block for block in self._shape(shape, part) if block]
            if kind in TITLES:
                heads += paragraphs(shape)
            elif kind in FOOTERS:
                feet += [text for text in made if text not in self.said]
                self.said.update(made)
            elif made and kind not in REPEATED:
                boxes.append(Box(_place(shape) or places.get(_key(shape), (0, 0, 0, 0)), made))
        body = [block for box in ordered(boxes) for block in box.blocks]
        return blocks([heading(1, " ".join(heads)), *body, *feet, *self._comments(part), *self._notes(part)])

    def _shapes(self, parent: Any) -> Iterator[Any]:
        """Yield the visible shapes in a tree, those of groups among them."""
        for found in children(parent) if parent is not None else ():
            about = next(iter(found.iterfind("./*/{*}cNvPr")), None)
            if about is not None and value(about, "hidden") in YES:
                self.left_out[HIDDEN_SHAPE] += 1
            elif local(found) == "grpsp":
                yield from self._shapes(found)
            elif local(found) in SHAPES:
                yield found

    def _shape(self, shape: Any, part: str) -> Iterator[str]:
        about = next(iter(shape.iterfind("./*/{*}cNvPr")), None)
        grid = next(shape.iter("{*}tbl"), None)
        if grid is not None:
            yield table(list(_rows(grid)))
        elif local(shape) == "graphicframe":
            yield from framed(shape, self.package, part)
        yield from _texts(shape)
        if local(shape) in ("pic", "graphicframe") or not any(text.strip() for text in shape.itertext()):
            yield pictured(about)

    def _places(self, part: str) -> dict[str, Place]:
        """Return the places of placeholders that a slide takes from its layout, and that from its master."""
        places: dict[str, Place] = {}
        for layout in (found.part for found in self.package.relations(part) if found.kind == "slidelayout"):
            if layout not in self._layouts:
                masters = (found.part for found in self.package.relations(layout) if found.kind == "slidemaster")
                roots = [self.package.root(name) for name in (*masters, layout)]
                shapes = [(shape, _place(shape)) for root in roots for shape in root.iter("{*}sp")]
                self._layouts[layout] = {_key(shape): place for shape, place in shapes if place and _kind(shape)}
            places.update(self._layouts[layout])
        return places

    def _comments(self, part: str) -> Iterator[str]:
        for root in self.package.related(part, *COMMENTS):
            for found in root.iter("{*}cm", "{*}reply"):
                body = child(found, "txBody")
                text = (
                    " ".join(paragraphs(body))
                    if body is not None
                    else "".join(part.text or "" for part in found.iterfind("./{*}text"))
                )
                who = self.people.get(value(found, "authorId"), "")
                if text.strip():
                    yield f"Comment{f' ({who})' if who else ''}: {one_line(text)}"

    def _notes(self, part: str) -> Iterator[str]:
        for root in self.package.related(part, "notesslide"):
            bodies = [shape for shape in root.iter("{*}sp") if _kind(shape) == "body"]
            text = "\n".join(text for shape in bodies for text in paragraphs(shape))
            if text:
                yield plain(f"Notes: {text}")


def parse(data: bytes) -> Draft:
    package = Package(data)
    main = package.main()
    deck = _Deck(package)
    for root in package.related(main, *AUTHORS):
        deck.people.update((value(found, "id"), one_line(value(found, "name"))) for found in root)
    targets = package.targets(main)
    parts = [targets.get(_relation(found), "") for found in package.root(main).iter("{*}sldId")]
    about = package.about()
    title = about.pop("title", "")
    made = paged([deck.slide(part) for part in parts], [title], **about)
    return replace(made, left_out=(*phrases(deck.left_out), *package.faults()))


def ordered(boxes: Sequence[Box], depth: int = MOST_DEEP) -> list[Box]:
    """Order the boxes of a slide as they are read: cut again and again by the widest gap, into columns or rows."""
    if len(boxes) < 2 or not depth:
        return sorted(boxes, key=lambda box: (box.place[1], box.place[0]))
    column, across = _gap(boxes, 0)
    row, down = _gap(boxes, 1)
    if max(column, row) <= 0:
        return sorted(boxes, key=lambda box: (box.place[1], box.place[0]))
    axis, cut = (0, across) if column >= row else (1, down)
    first = [box for box in boxes if box.place[axis] < cut]
    return [*ordered(first, depth - 1), *ordered([box for box in boxes if box.place[axis] >= cut], depth - 1)]


def _gap(boxes: Sequence[Box], axis: int) -> tuple[float, float]:
    """Return the width of the widest gap along an axis, and where it ends; (0, 0) if there is none."""
    best = 0.0, 0.0
    spans = sorted((box.place[axis], box.place[axis + 2]) for box in boxes)
    end = spans[0][1]
    for start, stop in spans[1:]:
        if start >= end:
            best = max(best, (start - end + 1, start))
        end = max(end, stop)
    return best


def _kind(shape: Any) -> str:
    """Return the kind of a placeholder; "" for any other shape."""
    found = next(shape.iterfind("./*/{*}nvPr/{*}ph"), None)
    return (value(found, "type") or "body") if found is not None else ""


def _key(shape: Any) -> str:
    """Return what a placeholder is found by in a layout: its number, or its kind."""
    found = next(shape.iterfind("./*/{*}nvPr/{*}ph"), None)
    return value(found, "idx") or _kind(shape) if found is not None else ""


def _place(shape: Any) -> Place | None:
    """Return where a shape is, on the slide rather than within its groups."""
    frame = next(iter([*shape.iterfind("./{*}spPr/{*}xfrm"), *shape.iterfind("./{*}xfrm")]), None)
    corner, size = child(frame, "off"), child(frame, "ext")
    if corner is None or size is None:
        return None
    x, y, width, height = (
        _number(part, name) for part, name in ((corner, "x"), (corner, "y"), (size, "cx"), (size, "cy"))
    )
    for group in shape.iterancestors("{*}grpSp"):
        outer = child(group, "grpSpPr", "xfrm")
        parts = [child(outer, name) for name in ("off", "ext", "chOff", "chExt")]
        if any(part is None for part in parts):
            continue
        off, ext, inner, extent = parts
        across = _number(ext, "cx") / (_number(extent, "cx") or 1)
        down = _number(ext, "cy") / (_number(extent, "cy") or 1)
        x = _number(off, "x") + (x - _number(inner, "x")) * across
        y = _number(off, "y") + (y - _number(inner, "y")) * down
        width, height = width * across, height * down
    return x, y, x + width, y + height


def _number(element: Any, name: str) -> float:
    try:
        return float(value(element, name))
    except ValueError:
        return 0.0


def _texts(shape: Any) -> Iterator[str]:
    """Yield paragraphs; several in one placeholder are list items, as is usual on slides."""
    for body in shape.iterfind("./{*}txBody"):
        written = [(text, child(found, "pPr")) for found in body.iterfind("./{*}p") if (text := words(found))]
        is_list = _kind(shape) != "" and len(written) > 1
        for text, properties in written:
            level = value(properties, "lvl") if properties is not None else ""
            yield item(int(level) if level.isdecimal() else 0, text) if is_list else plain(text)


def _rows(grid: Any) -> Iterator[list[str]]:
    """Yield the rows of a table with merged cells repeated."""
    above: list[str] = []
    for row in grid.iterfind("./{*}tr"):
        made: list[str] = []
        own: list[str] = []
        for place, cell in enumerate(row.iterfind("./{*}tc")):
            if value(cell, "hMerge") in YES and made:
                made.append(made[-1])
            elif value(cell, "vMerge") in YES:
                made.append(above[place] if place < len(above) else "")
            else:
                own.append(" ".join(paragraphs(cell)))
                made.append(own[-1])
        above = made
        yield made if any(text not in own for text in made) or len(list(filter(None, own))) > 1 else own


def _relation(element: Any) -> str:
    """Return the relationship's id of a slide, which has an `id` of its own besides."""
    return next((str(found) for name, found in element.attrib.items() if name.endswith("}id")), "")
