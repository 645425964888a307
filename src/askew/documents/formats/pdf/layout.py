"""Layout analysis of a PDF page: columns, tables and reading order, from the places of the pieces of its lines."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from askew.documents.formats.pdf.text import CELL, Piece

GUTTER = 0.7  # font sizes; the least width of the white space between two columns
SAME_ROW = 0.35  # font sizes; baselines nearer than that are one row
PROSE = 3.0  # words a line; columns with fewer are cells of a table
LEAST_WORDS = 2.2  # of the poorer of two columns
MOST_GUTTERS = 10  # places tried for a gutter
ALIGNED = 2.0  # points between the left edges of lines of one column
CROSSED = 3  # lines that text must cross to be a watermark
INITIAL = 1.8  # the least size of a drop cap, relative to the text
BULLETS = frozenset("•▪◦‣●○■□–·*-—✓➢➔►\uf0b7\uf0a7\uf0d8o")


class Line(NamedTuple):
    """A line of text. edge: how far its column reaches to the right. apart: cells, which do not continue below."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool = False
    apart: bool = False
    edge: float = 0.0


@dataclass(frozen=True)
class Block:
    """Lines of one column, from top to bottom, or the rows of a table. turned: a stamp or watermark."""

    lines: Sequence[Line] = ()
    rows: Sequence[Sequence[str]] = field(default=())
    turned: bool = False


def blocks(pieces: Sequence[Piece]) -> list[Block]:
    """Put the pieces of a page in reading order."""
    crossing = _crossing(pieces)
    upright = _with_initials([piece for piece in pieces if not piece.turned and piece.order not in crossing])
    stamps = [piece for piece in pieces if piece.turned or piece.order in crossing]
    return [
        *_region(upright, 0),
        *(Block([_line([piece], piece.right)], turned=True) for piece in stamps),
    ]


def rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Group pieces by baseline, from top to bottom, each row from left to right."""
    found: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.base):
        last = found[-1][0] if found else None
        if last and last.base - piece.base < SAME_ROW * min(last.size, piece.size):
            found[-1].append(piece)
        else:
            found.append([piece])
    for row in found:
        row.sort(key=lambda piece: piece.left)
    return found


def _crossing(pieces: Sequence[Piece]) -> frozenset[int]:
    """Find large text that lies across other lines: a watermark."""
    if not pieces:
        return frozenset()
    usual = median(piece.size for piece in pieces)
    large = [piece for piece in pieces if piece.size > 2.5 * usual and not piece.turned]
    return frozenset(
        piece.order
        for piece in large
        if sum(
            other.left < piece.right
            and other.right > piece.left
            and piece.base - 0.1 * piece.size < other.base < piece.base + 0.6 * piece.size
            and other.size < piece.size / 2
            and min(other.right, piece.right) - max(other.left, piece.left) > piece.size
            for other in pieces
        )
        >= CROSSED
    )


def _with_initials(pieces: Sequence[Piece]) -> list[Piece]:
    """Join drop caps to their words."""
    if not pieces:
        return []
    usual = median(piece.size for piece in pieces)
    result = list(pieces)
    for cap in pieces:
        if cap.size < INITIAL * usual or len(cap.text.strip("\"'“„«")) != 1 or not cap.text[-1].isalpha():
            continue
        beside = [
            piece
            for piece in result
            if cap.right - usual < piece.left < cap.right + 2 * usual
            and cap.base - 0.3 * usual < piece.base < cap.base + cap.size
            and piece.size < cap.size / 1.5
        ]
        if beside:
            first = max(beside, key=lambda piece: piece.base)
            words = [word for piece in pieces for word in piece.text.casefold().split()]
            word = first.text.split()[0].casefold()
            apart = words.count(word) > 1 and cap.text.casefold() + word not in words
            result[result.index(first)] = first._replace(
                text=f"{cap.text} {first.text}" if apart else cap.text + first.text
            )
            result.remove(cap)
    return result


def _region(pieces: Sequence[Piece], depth: int) -> Iterator[Block]:
    """Yield the blocks of a region: what stands above its columns, the columns, and what stands below."""
    cut = _columns(pieces) if len(pieces) > 3 and depth < 12 else None
    if cut is None:
        yield from _column(pieces)
        return
    gutter, top, bottom = cut
    above = [piece for piece in pieces if piece.base > top]
    within = [piece for piece in pieces if bottom <= piece.base <= top]
    if above:
        yield from _region(above, depth + 1)
    yield from _region([piece for piece in within if piece.left < gutter], depth + 1)
    yield from _region([piece for piece in within if piece.left >= gutter], depth + 1)
    below = [piece for piece in pieces if piece.base < bottom]
    if below:
        yield from _region(below, depth + 1)


def _columns(pieces: Sequence[Piece]) -> tuple[float, float, float] | None:
    """Find the tallest pair of columns. Returns where the second begins, and its top and bottom."""
    best: tuple[float, float, float] | None = None
    height = 0.0
    lowered = sorted(pieces, key=lambda piece: -piece.base)
    whole = lowered[0].base - lowered[-1].base
    for gutter in _gutters(pieces):
        if height > 0.8 * whole:
            break
        for start, stop in _bands(lowered, gutter):
            tall = lowered[start].base - lowered[stop - 1].base
            if tall > height and _are_columns(lowered[start:stop], gutter):
                best, height = (gutter, lowered[start].base, lowered[stop - 1].base), tall
    return best


def _gutters(pieces: Sequence[Piece]) -> list[float]:
    """Return the left edges that at least two lines share, but not the leftmost."""
    lefts = sorted(piece.left for piece in pieces)
    found: list[tuple[int, float]] = []
    start = 0
    for place in range(1, len(lefts) + 1):
        if place == len(lefts) or lefts[place] - lefts[start] > ALIGNED:
            if place - start >= 2 and lefts[start] > lefts[0] + ALIGNED:
                found.append((start - place, lefts[start] - 0.1))
            start = place
    return [left for _, left in sorted(found)[:MOST_GUTTERS]]


def _bands(lowered: Sequence[Piece], gutter: float) -> Iterator[tuple[int, int]]:
    """Yield the stretches between lines that cross the gutter."""
    start = 0
    for place, piece in enumerate(lowered):
        if piece.left < gutter and piece.right > gutter - GUTTER * piece.size:
            if place - start > 3:
                yield start, place
            start = place + 1
    if len(lowered) - start > 3:
        yield start, len(lowered)


def _are_columns(band: Sequence[Piece], gutter: float) -> bool:
    """Return whether the two sides are to be read one after the other, and not row by row."""
    left = [piece for piece in band if piece.left < gutter]
    right = [piece for piece in band if piece.left >= gutter]
    if len(left) < 2 or len(right) < 2 or _are_marks(left):
        return False
    words = _words(left), _words(right)
    in_order = max(piece.order for piece in left) < min(piece.order for piece in right)
    if max(words) >= PROSE and min(words) >= LEAST_WORDS:
        return in_order or not _is_table(left, right)
    if _aligned(left, right) < 0.5 and min(len(left), len(right)) >= 4:
        return True
    return in_order and not _rows_match(left, right) and min(len(left), len(right)) >= 3 and max(words) >= PROSE


def _is_table(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Return whether rows match and their cells do not read like prose."""
    second = min(piece.left for piece in right)
    beside = [piece for piece in right if piece.left < second + ALIGNED]  # without further columns
    return _rows_match(left, right) and not (_is_prose(left) and _is_prose(beside))


def _is_prose(side: Sequence[Piece]) -> bool:
    """Return whether lines fill their column, or go on in the middle of a sentence."""
    edge = max(piece.right for piece in side)
    width = edge - min(piece.left for piece in side)
    filled = sum(piece.right > edge - 0.15 * width for piece in side)
    going_on = sum(piece.text[0].islower() for piece in side)
    return max(filled, going_on) >= 0.4 * len(side)


def _rows_match(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Return whether the lines of both sides stand on the same baselines."""
    shorter, longer = sorted((len(left), len(right)))
    return _aligned(left, right) * shorter >= 0.8 * longer


def _aligned(left: Sequence[Piece], right: Sequence[Piece]) -> float:
    """Return the share of lines of the shorter side that stand on a baseline of the other."""
    shorter, longer = sorted((left, right), key=len)
    bases = sorted(piece.base for piece in longer)
    same = 0
    for piece in shorter:
        near = SAME_ROW * piece.size
        place = bisect_left(bases, piece.base - near)
        same += place < len(bases) and bases[place] < piece.base + near
    return same / len(shorter)


def _are_marks(side: Sequence[Piece]) -> bool:
    """Return whether these are bullets or numbers of items."""
    return all(_is_mark(piece.text) for piece in side)


def _is_mark(text: str) -> bool:
    bare = text.strip("()[].:")
    return text in BULLETS or len(bare) <= 1 or (len(bare) <= 4 and bare.replace(".", "").isdecimal() and text != bare)


def _words(side: Sequence[Piece]) -> float:
    return sum(_count(piece.text) for piece in side) / len(side)


@lru_cache(maxsize=2048)
def _count(text: str) -> float:
    """Count words, and those of scripts without spaces by length."""
    words = sum(word[0].isalpha() for word in text.split())
    return words if text.isascii() else max(words, sum("\u2e80" < char < "\ud7ff" for char in text) / 4)


def _column(pieces: Sequence[Piece]) -> Iterator[Block]:
    """Yield the tables of a column, and the lines between them."""
    waiting: list[Line] = []
    found = rows(pieces)
    number = 0
    while number < len(found):
        count, table = _table(found, number) if len(found[number]) > 1 else (0, [])
        if count:
            if waiting:
                yield Block(_with_edges(waiting))
            waiting = []
            yield Block(rows=table)
            number += count
            continue
        row = found[number]
        waiting.append(_line(row, 0.0))
        number += 1
    if waiting:
        yield Block(_with_edges(waiting))


def _line(row: Sequence[Piece], edge: float) -> Line:
    """Join the pieces of a row. Wide gaps stay visible as cells, except after a bullet or a number."""
    if len(row) == 1:
        piece = row[0]
        return Line(piece.text, piece.left, piece.right, piece.base, piece.size, piece.bold, False, edge)
    size = max(row, key=lambda piece: len(piece.text)).size
    bold = all(piece.bold or _is_mark(piece.text) for piece in row) and any(piece.bold for piece in row)
    gaps = [b.left - a.right for a, b in pairwise(row)]
    apart = any(gap > 3 * CELL * size for gap in gaps) and not _is_mark(row[0].text)
    text = " ".join(piece.text for piece in row)
    right = max(piece.right for piece in row)
    return Line(text, row[0].left, right, row[0].base, size, bold, apart, edge)


NEAR = 4
"""How many lines above and below tell how wide a column is."""


def _with_edges(lines: Sequence[Line]) -> list[Line]:
    """Tell each line how far its neighbours reach to the right."""
    result = []
    for number, line in enumerate(lines):
        edge, size = line.right, line.size
        for other in lines[max(0, number - NEAR) : number + NEAR + 1]:
            if other.right > edge and -0.2 * size <= other.size - size <= 0.2 * size:
                edge = other.right
        result.append(Line(line.text, line.left, line.right, line.base, size, line.bold, line.apart, edge))
    return result


def _table(found: Sequence[Sequence[Piece]], first: int) -> tuple[int, list[list[str]]]:
    """Return how many rows from the first make a table, 0 if none, and their cells."""
    spans: list[tuple[float, float]] = []
    last = first
    while last < len(found):
        row = found[last]
        step = found[last - 1][0].base - row[0].base if last > first else 0
        merged = _merged([*spans, *((piece.left, piece.right) for piece in row)])
        if step > 4 * max(row[0].size, found[last - 1][0].size):
            break
        if len(merged) < max(2, len(spans) - (len(spans) > 3)) or (
            len(row) == 1 and len(merged) < 3 and not _indented(row, merged)
        ):
            break
        if len(row) == 1 and (
            len(merged) < len(spans) or row[0].right - row[0].left > 0.6 * (merged[-1][1] - merged[0][0])
        ):
            break
        spans = merged
        last += 1
    while last > first and len(found[last - 1]) == 1:
        last -= 1
    count = last - first
    full = [row for row in found[first:last] if len(row) > 1]
    if len(full) < 2 or (len(full) < 3 and len(spans) < 3) or len(spans) < 2:
        return 0, []
    if all(_is_mark(row[0].text) for row in full) and len(spans) == 2:
        return 0, []
    return count, _cells(found[first:last], spans)


def _indented(row: Sequence[Piece], spans: Sequence[tuple[float, float]]) -> bool:
    """Return whether a lone piece continues a cell that is not the first."""
    return row[0].left >= spans[1][0] - 1


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Unite overlapping ranges."""
    result: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if result and left < result[-1][1] + 1:
            result[-1] = result[-1][0], max(result[-1][1], right)
        else:
            result.append((left, right))
    return result


def _cells(table: Sequence[Sequence[Piece]], spans: Sequence[tuple[float, float]]) -> list[list[str]]:
    """Sort pieces into cells; a row that lacks its first cell and stands close continues the one above."""
    result: list[list[str]] = []
    before = 0.0
    for row in table:
        cells = [""] * len(spans)
        for piece in row:
            column = max((place for place, span in enumerate(spans) if span[0] <= piece.left + 1), default=0)
            cells[column] = f"{cells[column]} {piece.text}".strip()
        close = bool(result) and before - row[0].base < 1.35 * row[0].size
        if close and not cells[0] and all(above or not cell for above, cell in zip(result[-1], cells, strict=True)):
            result[-1] = [f"{above} {cell}".strip() for above, cell in zip(result[-1], cells, strict=True)]
        else:
            result.append(cells)
        before = row[0].base
    return result
