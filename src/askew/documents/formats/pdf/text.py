"""Glyph runs of a PDF page, joined to pieces of lines with text, box, size and weight, in the order of the stream."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

LIGATURES = str.maketrans(
    {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
)
HYPHEN = "\ufffe"  # written by pdfium for a hyphen at the end of a line, in place of the line break
LARGEST_PAGE = 200_000  # points; the format allows 14,400, and pdfium needs memory in proportion
BOLD = re.compile(r"bold|black|heavy|demi|(?:^|\+)(?:cm|sf)b|-bd|ptmb|phvb|nimbus\w*-medi", re.IGNORECASE)
BOLD_WEIGHT = 600
SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
SCRIPT = re.compile(r"[0-9+\-−=()n]+")
SMALLER = 0.85  # size of a superscript or subscript, at most, relative to its line
SMALLEST = 0.45
RAISED, LOWERED = 0.12, -0.06  # of a superscript and a subscript, relative to the size
CELL = 1.0  # font sizes; a wider gap may part columns or cells
TIGHT = 0.14  # font sizes; a narrower gap is no space
WIDE = 0.6  # font sizes a character; a wider run may have gaps inside
KERNED = 0.05  # font sizes; a narrower gap is none, even where pdfium writes a space
NEARLY = 0.9  # share of bold letters in a bold line
LEADERS = re.compile(r"\s*(?:[.…·_] ?){5,}\s*")
LEADER = re.compile(r"[.…·_] ?[.…·_]")
UNUSUAL = re.compile("[\ufb00-\ufb06¨´`ˆ˜ˇ˚¸˝˘˙¯]")
ACCENTS = {"¨": "\u0308", "´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a"}
ACCENTS |= {"¸": "\u0327", "˝": "\u030b", "˘": "\u0306", "˙": "\u0307", "¯": "\u0304"}
ACCENT = re.compile(r"( ?)([¨´`ˆ˜ˇ˚¸˝˘˙¯]) ?([^\W\d_])|([^\W\d_]) ?([¸˚])(?=\w)")


class Run(NamedTuple):
    """Characters of one text object on one line. object: its address. spaced: a space stands before it.

    turn: how often it is turned by 90°, counterclockwise; -1 if it is oblique.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    base: float
    size: float
    bold: bool
    turn: int
    object: int
    spaced: bool
    line: int


class Piece(NamedTuple):
    """A part of a line without a wide gap. base: height of its baseline. turned: not upright, or across other text."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool = False
    turned: bool = False
    order: int = 0


@cache
def functions() -> dict[str, Any]:
    """Return pdfium's functions with addresses as plain integers, which makes calls three times as fast."""
    import pypdfium2.raw as pdfium

    address, number, pointer = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
    kinds = {
        "FPDFText_GetTextObject": (address, pointer, number),
        "FPDFText_GetMatrix": (number, pointer, number, pointer),
        "FPDFText_GetFontSize": (ctypes.c_double, pointer, number),
        "FPDFText_GetLooseCharBox": (number, pointer, number, pointer),
        "FPDFText_GetCharIndexFromTextIndex": (number, pointer, number),
        "FPDFTextObj_GetFont": (address, pointer),
        "FPDFTextObj_GetTextRenderMode": (number, pointer),
        "FPDFPageObj_GetFillColor": (number, pointer, pointer, pointer, pointer, pointer),
        "FPDFPageObj_CountMarks": (number, pointer),
    }
    return {
        name: ctypes.CFUNCTYPE(*kind)(ctypes.cast(getattr(pdfium, name), address).value or 0)
        for name, kind in kinds.items()
    }


class Reader:
    """The runs of one text page. fonts: whether a font is bold, by its address; shared by the pages of a document."""

    def __init__(self, page: Any, fonts: dict[int, bool]) -> None:
        import pypdfium2.raw as pdfium

        self._page = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        self._fonts = fonts
        self._call = functions()
        self._object: Callable[[int, int], int | None] = self._call["FPDFText_GetTextObject"]
        self._rectangle = pdfium.FS_RECTF()
        self._rectangle_at = ctypes.byref(self._rectangle)
        self._matrix = pdfium.FS_MATRIX()
        self._text: str = page.get_text_range(errors="replace")
        self._wide = _units(self._text) != len(self._text)
        self._plain = not self._wide and page.count_chars() == len(self._text)
        self._boxed = self._call["FPDFText_GetLooseCharBox"]
        self._font = self._call["FPDFTextObj_GetFont"]
        self._numbered = self._call["FPDFText_GetCharIndexFromTextIndex"]

    def runs(self) -> list[Run]:
        found: list[Run] = []
        start = 0
        for number, line in enumerate(self._text.split("\r\n")):
            if line and not line.isspace():
                self._line(line, start, number, found)
            start += _units(line) + 2
        return found

    def _line(self, line: str, start: int, number: int, found: list[Run]) -> None:
        before: Run | None = None
        plain = self._plain
        for first, last, of in self._spans(line, start):
            spaced = first > 0 and line[first - 1].isspace()
            begin = start + first if plain else self._index(line, start, first)
            end = start + last - 1 if plain else self._index(line, start, last - 1)
            run = self._run(line[first:last], begin, end, of, spaced, number, before)
            if run is None:
                continue
            before = run
            if " " in run.text and run.right - run.left > WIDE * len(run.text) * run.size and run.turn == 0:
                found.extend(self._parted(run, line, start, first))
            else:
                found.append(run)

    def _parted(self, run: Run, line: str, start: int, first: int) -> Iterator[Run]:
        """Part a run at wide gaps between its words, which some programs write within one text object."""
        group: list[Run] = []
        for found in re.finditer(r"\S+", run.text):
            begin = self._index(line, start, first + found.start())
            end = self._index(line, start, first + found.end() - 1)
            spaced = run.spaced or found.start() > 0
            word = self._run(found[0], begin, end, run.object, spaced, run.line, run)
            if word is None:
                continue
            advance = (word.right - word.left) / max(len(word.text), 1)  # much of it between spaced letters
            if group and word.left - group[-1].right > CELL * word.size + 2 * max(0.0, advance - WIDE * word.size):
                yield _united(group)
                group = []
            group.append(word)
        if group:
            yield _united(group)

    def _spans(self, line: str, start: int) -> Iterator[tuple[int, int, int]]:
        """Split a line where its text object changes. Objects are contiguous, so that halving finds their ends."""
        first, stop = len(line) - len(line.lstrip()), len(line.rstrip())
        last = self._object(self._page, self._index(line, start, stop - 1)) or 0
        while first < stop:
            of = self._object(self._page, self._index(line, start, first)) or 0
            end = stop if of == last else self._end(line, start, first, stop, of)
            yield first, end, of
            first = end
            while first < stop and line[first].isspace():
                first += 1

    def _end(self, line: str, start: int, first: int, stop: int, of: int) -> int:
        """Return where a text object ends within a line; generated spaces belong to none."""
        low, high = first + 1, stop
        found, page, plain = self._object, self._page, self._plain
        while low < high:
            place = middle = (low + high) // 2
            while line[place].isspace():
                place += 1
            if found(page, start + place if plain else self._index(line, start, place)) == of:
                low = place + 1
            else:
                high = middle
        while line[low - 1].isspace():
            low -= 1
        return low

    def _index(self, line: str, start: int, place: int) -> int:
        if self._plain:
            return start + place
        number: int = self._numbered(self._page, start + (_units(line[:place]) if self._wide else place))
        return max(number, 0)

    def _run(
        self, text: str, first: int, last: int, of: int, spaced: bool, line: int, before: Run | None
    ) -> Run | None:
        """Measure a run. One of the same height as the run before it on the line has the same size and baseline."""
        box = self._rectangle
        boxed = self._boxed
        if not boxed(self._page, first, self._rectangle_at):
            return None
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if last != first and boxed(self._page, last, self._rectangle_at):
            if box.left < left:
                left = box.left
            if box.right > right:
                right = box.right
            if box.bottom < bottom or box.top > top:
                bottom, top = min(bottom, box.bottom), max(top, box.top)
        bold = self._bold(of)
        if before and before.turn == 0 and abs(bottom - before.bottom) < 0.02 and abs(top - before.top) < 0.02:
            return Run(text, left, bottom, right, top, before.base, before.size, bold, 0, of, spaced, line)
        matrix = self._matrix
        turn, size, base = 0, float(self._call["FPDFText_GetFontSize"](self._page, first)), bottom
        if self._call["FPDFText_GetMatrix"](self._page, first, ctypes.byref(matrix)):
            size *= math.hypot(matrix.c, matrix.d) or 1.0
            turn = _turn(matrix.a, matrix.b)
            base = matrix.e if turn in (1, 3) else matrix.f
            base = base if min(bottom, left) - 1 <= base <= max(top, right) + 1 else bottom
        return Run(text, left, bottom, right, top, base, round(size, 1), bold, turn, of, spaced, line)

    def _bold(self, of: int) -> bool:
        if not of:
            return False
        font = self._font(of) or 0
        known = self._fonts.get(font)
        if known is None:
            known = self._fonts[font] = _is_bold(font)
        return known


def pieces(runs: Sequence[Run]) -> list[Piece]:
    """Join the runs of a page to pieces; those that are not upright come last."""
    if not runs:
        return []
    upright, straight, turned = 0, runs, list[Run]()
    if any(run.turn for run in runs):
        turns = Counter[int]()
        for run in runs:
            turns[run.turn] += len(run.text)
        upright = max((turn for turn in turns if turn >= 0), key=lambda turn: turns[turn], default=0)
        straight = [_straight(run, upright) for run in runs if run.turn == upright]
        turned = [_straight(run, max(run.turn, 0)) for run in runs if run.turn != upright]
    made = [_piece(group, order) for order, group in enumerate(_groups(straight))]
    stamps = [_piece(group, len(made) + order)._replace(turned=True) for order, group in enumerate(_groups(turned))]
    return _once([piece for piece in [*made, *stamps] if piece.text])


def _once(pieces: Sequence[Piece]) -> list[Piece]:
    """Leave out what is printed twice at nearly the same place, as some programs do for bold or a shadow."""
    seen: dict[str, set[tuple[int, int]]] = {}
    result = []
    for piece in pieces:
        near = 0.5 * piece.size or 1.0
        column, row = int(piece.left / near), int(piece.base / near)
        others = seen.get(piece.text)
        if others is None:
            seen[piece.text] = {(column, row)}
        elif len(piece.text) > 1:
            if any((column + x, row + y) in others for x in (-1, 0, 1) for y in (-1, 0, 1)):
                continue
            others.add((column, row))
        result.append(piece)
    return result


def _units(text: str) -> int:
    """Count UTF-16 code units, as pdfium does."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _united(words: Sequence[Run]) -> Run:
    text = " ".join(word.text for word in words)
    return words[0]._replace(text=text, right=max(word.right for word in words))


def _turn(a: float, b: float) -> int:
    quarters = math.atan2(b, a) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.05 else -1


def _is_bold(font: int) -> bool:
    import pypdfium2.raw as pdfium

    handle = ctypes.cast(font, pdfium.FPDF_FONT)
    name = ctypes.create_string_buffer(200)
    pdfium.FPDFFont_GetBaseFontName(handle, name, len(name))
    return bool(BOLD.search(name.value.decode("utf-8", "replace"))) or pdfium.FPDFFont_GetWeight(handle) >= BOLD_WEIGHT


def _straight(run: Run, turn: int) -> Run:
    """Turn a run upright."""
    left, bottom, right, top = run.left, run.bottom, run.right, run.top
    if turn == 0:
        return run
    if turn == 1:
        box = (bottom, -right, top, -left)
    elif turn == 2:
        box = (-right, -top, -left, -bottom)
    else:
        box = (-top, left, -bottom, right)
    return run._replace(left=box[0], bottom=box[1], right=box[2], top=box[3], base=run.base if turn == 3 else -run.base)


def _groups(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Group the runs that stand side by side without a wide gap, superscripts and subscripts included."""
    group: list[Run] = []
    main = None
    for run in runs:
        if group and main and _adjacent(group[-1], run, main):
            group.append(run)
            main = run if run.size > main.size else main
        else:
            if group:
                yield group
            group, main = [run], run
    if group:
        yield group


def _adjacent(before: Run, run: Run, main: Run) -> bool:
    size = max(main.size, run.size, 1.0)
    gap = run.left - before.right
    same = run.line == before.line
    if same and gap < 0 and run.right < before.left:  # written from right to left
        gap = before.left - run.right
    shift = abs(run.base - main.base)
    if same and shift < 0.05 * size:
        return -CELL * size < gap < CELL * size
    if min(main.size, run.size) < SMALLEST * size:  # a drop cap
        return False
    small = min(main.size, run.size, before.size) <= SMALLER * size
    return -0.5 * size < gap < (CELL if same else 0.4) * size and shift < (0.6 if small else 0.2) * size


def _piece(group: Sequence[Run], order: int) -> Piece:
    if len(group) == 1:
        run = group[0]
        return Piece(_tidy(run.text), run.left, run.right, run.base, run.size, run.bold, False, order)
    main = _main(group)
    size = main.size or 1.0
    parts = [_scripted(group[0], main)]
    bold = letters = 0
    left, right = group[0].left, group[0].right
    before = None
    for run in group:
        letters += len(run.text)
        bold += len(run.text) if run.bold else 0
        if before:
            gap = (run.left - before.right) / size
            spaced = run.spaced and not -0.5 < gap < KERNED if run.line == before.line else gap >= TIGHT
            text = run.text if run.size == size else _scripted(run, main)
            parts.append(" " + text if spaced else text)
            left, right = min(left, run.left), max(right, run.right)
        before = run
    heavy = bold >= NEARLY * letters
    return Piece(_tidy("".join(parts)), left, right, main.base, main.size, heavy, False, order)


def _main(group: Sequence[Run]) -> Run:
    """Return a run of the size in which most of a piece is set, or the largest if it is short."""
    size = group[0].size
    if all(run.size == size for run in group):
        return group[0]
    if sum(len(run.text) for run in group) < 4:
        return max(group, key=lambda run: run.size)
    weights = Counter[float]()
    for run in group:
        weights[run.size] += len(run.text)
    size = max(weights, key=lambda size: (weights[size], size))
    return next(run for run in group if run.size == size)


def _scripted(run: Run, main: Run) -> str:
    """Write superscript and subscript figures as such, so that 15 with the footnote 3 is not 153."""
    if run.size > SMALLER * main.size or not SCRIPT.fullmatch(run.text):
        return run.text
    shift = (run.base - main.base) / main.size
    if shift > RAISED:
        return run.text.translate(SUPERSCRIPTS)
    return run.text.translate(SUBSCRIPTS) if shift < LOWERED and "n" not in run.text else run.text


def _tidy(text: str) -> str:
    if (not text.isascii() or "`" in text) and UNUSUAL.search(text):
        text = ACCENT.sub(_composed, text.translate(LIGATURES))
    if LEADER.search(text):
        text = LEADERS.sub(" … ", text)
    return text.strip()


def _composed(found: re.Match[str]) -> str:
    """Compose a letter and the accent that TeX draws over it: `¨a` is ä."""
    space, accent, letter, before, after = found.groups()
    if before:
        joined = normalize("NFC", before + ACCENTS[after])
        return joined if len(joined) == 1 else found[0]
    letter = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    joined = normalize("NFC", letter + ACCENTS[accent])
    inner = letter.islower() and found.start() > 0 and found.string[found.start() - 1].isalpha()
    return ("" if inner or not space else space) + joined if len(joined) == 1 else found[0]
