"""Running heads, running feet and page numbers of a PDF: what repeats on its pages at the same place."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from askew.documents.formats.pdf.headings import LARGER
from askew.documents.formats.pdf.layout import rows
from askew.documents.formats.pdf.prose import NUMBERING, key
from askew.documents.formats.pdf.text import Piece

DIGITS = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")
ROMAN = re.compile(r"^[ivxlc]+$", re.IGNORECASE)
EDGE_ROWS = 2
MARGIN = 0.15  # of the height of the text, at its top and bottom
MOST_PARTS = 3  # of a running head; a row with more is a table's
PAGE_WORDS = frozenset("page seite side pagina page of von de sur p s".split())  # noqa: SIM905
SHARE = 0.4


@dataclass(frozen=True)
class Running:
    """What repeats on the pages. dropped: by page, the orders of pieces that leave the text. once: those kept."""

    dropped: Mapping[int, frozenset[int]]
    once: Mapping[int, frozenset[int]]
    heads: int
    feet: int


def running(pages: Sequence[Sequence[Piece]], titles: Mapping[int, frozenset[str]]) -> Running:
    """Find running heads and feet, and page numbers: the same text, but for its figures, at the same place.

    titles: keys of the bookmarks of each page; what alone has such a title on its page is a heading.
    """
    bases = [piece.base for page in pages for piece in page if not piece.turned]
    low, high = (min(bases), max(bases)) if bases else (0.0, 0.0)
    margin = MARGIN * (high - low)
    edges = {
        number: [
            (zone, piece)
            for zone, piece in _edges(page, titles.get(number, frozenset()))
            if not zone or (piece.base > high - margin if zone > 0 else piece.base < low + margin)
        ]
        for number, page in enumerate(pages)
        if page
    }
    places: dict[tuple[int, str], list[tuple[int, Piece]]] = defaultdict(list)
    for number, found in edges.items():
        for zone, piece in found:
            places[zone, _modulo(piece.text)].append((number, piece))
    least = 2 if len(edges) == 2 else max(3, round(SHARE * min(len(edges), 20)))
    repeated: dict[tuple[int, str], list[tuple[int, Piece]]] = {}
    for place, seen in places.items():
        same = _same_place(seen) if len(seen) >= least else []
        if len({number for number, _ in same}) >= least and len(edges) > 1 and _counts_pages(same):
            repeated[place] = same
    slots = _slots(repeated, len(edges))
    beside: dict[tuple[int, str], list[tuple[int, Piece]]] = defaultdict(list)
    for number, found in edges.items():
        for zone, piece in found:
            place = zone, _modulo(piece.text)
            if place not in repeated and any(zone == slot and abs(piece.base - base) < 1.5 for slot, base in slots):
                beside[place].append((number, piece))
    return _parted(pages, {**repeated, **beside})


def _edges(page: Sequence[Piece], titles: frozenset[str]) -> Iterator[tuple[int, Piece]]:
    """Yield the pieces of the first and last rows, with 1 for the head and -1 for the foot of the page."""
    found = rows([piece for piece in page if not piece.turned])
    half = min(EDGE_ROWS, max(1, len(found) // 2))
    alone = titles and sum(_has_title(piece, titles) for piece in page) == 1
    usual = median(piece.size for piece in page)
    for zone, near in ((1, found[:half]), (-1, found[-half:] if len(found) > 1 else [])):
        for row in near:
            for piece in row if len(row) <= MOST_PARTS else ():
                numbered = piece.size > LARGER * usual and DIGITS.search(piece.text)  # such as Chapter 3
                if not numbered and not (alone and _has_title(piece, titles)):
                    yield zone, piece
    for piece in page:
        if piece.turned:
            yield 0, piece


def _has_title(piece: Piece, titles: frozenset[str]) -> bool:
    return key(piece.text) in titles or key(NUMBERING.sub("", piece.text)) in titles


def _modulo(text: str) -> str:
    return "#" if ROMAN.match(text) else DIGITS.sub("#", text).casefold()


def _same_place(seen: Sequence[tuple[int, Piece]]) -> list[tuple[int, Piece]]:
    """Keep those at the most frequent height."""
    heights = Counter(round(piece.base / 4) for _, piece in seen)
    best = max(heights, key=lambda height: heights[height])
    return [(number, piece) for number, piece in seen if abs(piece.base / 4 - best) <= 1.5]


def _counts_pages(seen: Sequence[tuple[int, Piece]]) -> bool:
    """Return whether the figures that differ, if any, grow with the pages, as those of a table do not."""
    columns = list(
        zip(*([int(figure) for figure in DIGITS.findall(piece.text)] for _, piece in sorted(seen)), strict=False)
    )
    return all(sum(a <= b for a, b in pairwise(column)) >= 0.8 * (len(column) - 1) for column in columns)


def _slots(repeated: Mapping[tuple[int, str], Sequence[tuple[int, Piece]]], pages: int) -> set[tuple[int, float]]:
    """Return the heights at which most pages have a page number or running head, whatever stands beside it."""
    heights = Counter[tuple[int, float]]()
    for (zone, text), seen in repeated.items():
        if zone and "#" in text:
            for height in {(zone, piece.base) for _, piece in seen}:
                heights[height] += len({number for number, piece in seen if (zone, piece.base) == height})
    return {slot for slot, count in heights.items() if count >= max(3, 0.3 * pages)}


def _parted(
    pages: Sequence[Sequence[Piece]], repeated: Mapping[tuple[int, str], Sequence[tuple[int, Piece]]]
) -> Running:
    """Keep the first of what says something that the text does not say elsewhere."""
    gone: dict[int, set[int]] = defaultdict(set)
    for seen in repeated.values():
        for number, piece in seen:
            gone[number].add(piece.order)
    bare = {number for number, orders in gone.items() if len(orders) == len(pages[number])}
    for number in bare:  # pages on which nothing else stands keep their text
        del gone[number]
    repeated = {
        key: [(number, piece) for number, piece in seen if number not in bare] for key, seen in repeated.items()
    }
    repeated = {key: seen for key, seen in repeated.items() if seen}
    said = (
        " ".join(
            piece.text for number, page in enumerate(pages) for piece in page if piece.order not in gone.get(number, ())
        ).casefold()
        if repeated
        else ""
    )
    once: dict[int, set[int]] = defaultdict(set)
    heads, feet = set[int](), set[int]()
    for (zone, text), seen in repeated.items():
        found = set(re.findall(r"[^\W_]+", text)) - PAGE_WORDS
        if any(word not in said for word in found):
            number, piece = seen[0]
            gone[number].discard(piece.order)
            once[number].add(piece.order)
            seen = seen[1:]
            said += " " + text
        if found:
            (heads if zone >= 0 else feet).update(number for number, _ in seen)
    return Running(
        {number: frozenset(orders) for number, orders in gone.items()},
        {number: frozenset(orders) for number, orders in once.items()},
        len(heads),
        len(feet),
    )
