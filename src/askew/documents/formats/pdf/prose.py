"""Paragraph reconstruction from the lines of a PDF: what continues in the next line, column or page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from askew.documents.formats.markup import blocks, heading, item, plain, row
from askew.documents.formats.pdf.layout import Block, Line
from askew.documents.formats.pdf.text import HYPHEN
from askew.text.sentences import sentences

BULLET = re.compile(r"^(?:[•▪◦‣●○■□–·*✓➢➔►-]|\uf0b7|\uf0a7|\uf0d8)\s+(?=\S)")
NUMBER = re.compile(r"^(\d{1,2}[.)])\s+(?=\S)")
NUMBERING = re.compile(
    r"^(?:(?:chapter|section|kapitel|part|appendix)\s+)?(?:[\dIVXivx]{1,4}|[A-Z](?=\.))(?:\.\d{1,3})*[.):]?\s+",
    re.IGNORECASE,
)
MOST_TITLE = 3  # lines of a bookmarked heading
COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
WORD = re.compile(r"[^\W\d_]+")
LAST_WORD = re.compile(r"[^\W_]+$")
FIRST_WORD = re.compile(r"[^\W_]+")
ENDED = re.compile(r"[.!?:;…。！？][\"'”’»)\]⁰¹²³⁴⁵⁶⁷⁸⁹]*$")
WIDER_GAP = 1.3  # relative to the line spacing within a paragraph
MOSTLY = 0.6  # share of the column width; a sentence goes on after a line as long as that
OTHER_SIZE = 1.1
INDENT = 0.8  # font sizes
LONGEST_TAIL = 500  # characters of a sentence that move to the page on which it begins
BEYOND = 6  # parts, such as a figure and its caption, that may interrupt a sentence
SUSPENDED = frozenset("and or und oder bzw sowie ou".split())  # noqa: SIM905
PREFIXES = frozenset("well self half all ex quasi vice ill much so".split())  # noqa: SIM905


@dataclass(frozen=True)
class Part:
    """A paragraph, or a table with its rows. level: of a heading, otherwise 0. begins: a block begins here."""

    text: str
    lines: Sequence[Line] = ()
    rows: Sequence[Sequence[str]] = ()
    level: int = 0
    turned: bool = False
    begins: bool = False

    @property
    def size(self) -> float:
        return self.lines[0].size if self.lines else 0.0

    @property
    def bold(self) -> bool:
        return bool(self.lines) and all(line.bold for line in self.lines)


@dataclass(frozen=True)
class Words:
    """The words of a document that stand whole in a line, in lower case, and its compounds with a hyphen."""

    whole: frozenset[str]
    compounds: frozenset[str]


def words(texts: Iterable[str]) -> Words:
    whole: set[str] = set()
    compounds: set[str] = set()
    broken = False
    for text in texts:
        folded = text.casefold()
        found = WORD.findall(folded)
        begins, broken = int(broken), _is_broken(text)
        whole.update(found[begins : len(found) - broken])
        if "-" in folded:
            compounds.update(COMPOUND.findall(folded))
    return Words(frozenset(whole), frozenset(compounds))


def parts(page: Sequence[Block], known: Words, titles: frozenset[str] = frozenset()) -> list[Part]:
    """Split the blocks of a page into paragraphs and tables; join what goes on in the next column.

    titles: keys of the bookmarks of this page, whose lines stand alone.
    """
    result: list[Part] = []
    pitch = _pitch(page)
    for block in page:
        if block.rows:
            result.append(Part("", rows=block.rows, begins=True))
            continue
        for number, lines in enumerate(_paragraphs(block.lines, pitch, titles)):
            text = joined([line.text for line in lines], known)
            part = Part(text, lines, turned=block.turned, begins=not number)
            place = _interrupted(result, part) if part.begins else None
            if place is None:
                result.append(part)
            else:
                whole = joined([result[place].text, part.text], known)
                result[place] = replace(result[place], text=whole, lines=[*result[place].lines, *lines])
    return result


def across_pages(pages: Sequence[Sequence[Part]], known: Words) -> list[list[Part]]:
    """Move the rest of a sentence that a page break interrupts to the page on which it begins."""
    result = [list(page) for page in pages]
    for before, page in pairwise(result):
        first = next((number for number, part in enumerate(page) if not part.turned and not part.rows), None)
        if first is None or page[first].level or not page[first].text:
            continue
        place = _interrupted(before, page[first])
        end = sentences(page[first].text)[0][1]
        if place is None or end > LONGEST_TAIL:
            continue
        before[place] = replace(before[place], text=joined([before[place].text, page[first].text[:end]], known))
        page[first] = replace(page[first], text=page[first].text[end:].lstrip())
    return result


def page_text(page: Sequence[Part]) -> str:
    return blocks([_rendered(part) for part in page])


def joined(texts: Sequence[str], known: Words) -> str:
    """Join lines with spaces, and words that are broken at the end of a line."""
    result: list[str] = []
    last = ""
    for line in texts:
        for text in _unbroken(line) if HYPHEN in line else (line,):
            if last.endswith(("-", "\u00ad")):
                last, between = _mended(last, text, known)
                result[-1:] = [last + between]
            elif result:
                result.append(" ")
            result.append(text)
            last = text
    return " ".join("".join(result).split())


def mark_of(text: str) -> str:
    found = NUMBER.match(text)
    return found[1] if found else "-" if BULLET.match(text) else ""


def _rendered(part: Part) -> str:
    if part.rows:
        return "\n".join(filter(None, (row(cells) for cells in part.rows)))
    if part.level:
        return heading(part.level, part.text)
    mark = mark_of(part.text)
    return item(0, BULLET.sub("", NUMBER.sub("", part.text)), mark) if mark else plain(part.text)


def _pitch(page: Sequence[Block]) -> float:
    """Return the line spacing within paragraphs, as a multiple of the font size."""
    steps = [
        (a.base - b.base) / a.size
        for block in page
        for a, b in pairwise(block.lines)
        if a.size > 0 and a.size == b.size
    ]
    close = [step for step in steps if 0 < step < 3]
    return median(close) if close else WIDER_GAP


def _paragraphs(lines: Sequence[Line], pitch: float, titles: frozenset[str]) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    place = 0
    while place < len(lines):
        count = _titled(lines, place, titles) if titles else 0
        if paragraph and (count or _begins(paragraph, lines[place], pitch)):
            yield paragraph
            paragraph = []
        if count:
            yield list(lines[place : place + count])
        else:
            paragraph.append(lines[place])
        place += count or 1
    if paragraph:
        yield paragraph


def _titled(lines: Sequence[Line], place: int, titles: frozenset[str]) -> int:
    """Return how many lines from here are the title of a bookmark; 0 if they are not."""
    text = ""
    for count, line in enumerate(lines[place : place + MOST_TITLE], 1):
        text += line.text
        if key(text) in titles or key(NUMBERING.sub("", text)) in titles:
            return count
    return 0


def key(text: str) -> str:
    """Reduce to letters and digits, as bookmarks and lines differ in spacing and punctuation."""
    return "".join(filter(str.isalnum, text.casefold()))


def _begins(paragraph: Sequence[Line], line: Line, pitch: float) -> bool:
    """Return whether a line begins a new paragraph."""
    before = paragraph[-1]
    if line.apart or before.apart or (mark_of(line.text) and not _goes_on(paragraph, line)):
        return True
    if max(before.size, line.size) > OTHER_SIZE * min(before.size, line.size):
        return True
    if before.base - line.base > WIDER_GAP * pitch * before.size:
        return True
    if _is_broken(before.text):
        return False
    if before.bold != line.bold and before.size != line.size:
        return True
    if line.bold and not before.bold:
        return not line.text[:1].islower()
    return _is_indented(paragraph, line) or _is_short(before, line)


def _goes_on(paragraph: Sequence[Line], line: Line) -> bool:
    """Return whether a mark stands within a sentence: a dash or dot after a full line, where no item came before."""
    before = paragraph[-1]
    return (
        line.text[0] in "·–-*"
        and not mark_of(paragraph[0].text)
        and not ENDED.search(before.text)
        and before.edge - before.right < 2 * before.size
    )


def _is_indented(paragraph: Sequence[Line], line: Line) -> bool:
    """Return whether the left edge tells of a new paragraph: an indented first line, or the end of a hanging one."""
    before, indent = paragraph[-1], INDENT * line.size
    if line.left > before.left + indent:
        return len(paragraph) > 1 and before.left < paragraph[0].left + indent
    return len(paragraph) > 1 and before.left > line.left + indent and abs(paragraph[0].left - line.left) < indent


def _is_short(before: Line, line: Line) -> bool:
    """Return whether the next word would still have fitted on the line before: a deliberate end."""
    letter = (line.right - line.left) / max(len(line.text), 1)
    word = len(line.text.split(maxsplit=1)[0]) + 1
    room = before.edge - before.right
    if room < letter * word + 0.3 * before.size:
        return False
    goes_on = line.text[:1].islower() and not ENDED.search(before.text)
    return not goes_on or before.right - before.left < MOSTLY * (before.edge - before.left)


def _interrupted(page: Sequence[Part], part: Part) -> int | None:
    """Return which part of a page breaks off in the sentence that `part` continues; None if none does."""
    text = part.text
    if part.turned or part.rows or mark_of(text) or not text or (part.lines and part.lines[0].apart):
        return None
    for place in range(len(page) - 1, max(-1, len(page) - 1 - BEYOND), -1):
        before = page[place]
        if before.rows or before.turned or before.level or not before.lines or before.bold != part.bold:
            continue
        if abs(before.size - part.size) > 0.05 * part.size:
            continue
        last = before.lines[-1]
        full = last.edge - last.right < 6 * last.size or last.right - last.left > MOSTLY * (last.edge - last.left)
        if len(before.lines) < 2 and not full:
            return None
        if last.apart or ENDED.search(before.text) or not full:
            return None
        if text[0].islower() or _is_broken(last.text):
            return place
        return place if place == len(page) - 1 and len(before.lines) > 2 and len(part.lines) > 1 else None
    return None


def _is_broken(text: str) -> bool:
    return text.endswith((HYPHEN, "-", "\u00ad"))


def _unbroken(line: str) -> list[str]:
    """Split a line at pdfium's marks, each of which replaces a hyphen and a line break."""
    pieces = line.split(HYPHEN)
    return [*(piece + "-" for piece in pieces[:-1]), *filter(None, pieces[-1:])]


def _mended(before: str, text: str, known: Words) -> tuple[str, str]:
    """Return a line that ends with a hyphen as it is to be joined to the next, and what stands between the two."""
    if before.endswith("\u00ad"):
        return before[:-1], ""
    token = before.split()[-1]
    last, first = LAST_WORD.search(token[:-1]), FIRST_WORD.match(text)
    if last is None or first is None:
        return before, "" if len(token) > 1 and text[:1] in ".,/" else " "
    if first[0].casefold() in SUSPENDED:
        return before, " "
    return (before if _keeps_hyphen(token, last[0], first[0], text, known) else before[:-1]), ""


def _keeps_hyphen(token: str, last: str, first: str, text: str, known: Words) -> bool:
    """Return whether a hyphen at the end of a line belongs to the word: RX-580, X-ray, ann-marie@example.org."""
    following = text.split(maxsplit=1)[0]
    if len(last) == 1 or any(char.isdigit() for char in last + first):
        return True
    if any(sign in token + following for sign in ("@", "://", "www.", "_", "/")):
        return True
    compound, whole = f"{last}-{first}".casefold(), f"{last}{first}".casefold()
    if compound in known.compounds:
        return True
    if whole in known.whole:
        return False
    if last.isupper() and first.isupper() and len(first) > 1:
        return False
    if first[0].isupper() or (last.isupper() and len(last) > 1) or last.casefold() in PREFIXES:
        return True
    both = {last.casefold(), first.casefold()}
    return min(map(len, both)) > 3 and both <= known.whole
