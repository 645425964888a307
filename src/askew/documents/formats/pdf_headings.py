"""Headings, titles and running heads of a PDF: from its bookmarks, otherwise from size, weight, capitals and numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from askew.documents.formats.pdf_layout import rows
from askew.documents.formats.pdf_prose import NUMBERING, Part, key, mark_of
from askew.documents.formats.pdf_text import Piece

LARGER = 1.15  # least size of a heading, relative to the body
SLIGHTLY = 1.04  # enough if it is bold or numbered
LEVELS = 4  # number of distinct styles told apart; smaller ones get the last level
LONGEST = 200  # characters
LONGEST_BOLD = 120
MOST_LINES = 3
MOST_TEXT = 0.3  # share of all characters; if more text is large, size does not indicate headings
LEAST_MARKED = 3  # bookmarks found; fewer, such as one of the title, do not tell what the headings are
MOST_ALIKE = 3  # headings with the same words; more are labels
DECIMAL = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)\.?\s+[^\W\d_]")
CAPTION = re.compile(
    r"^(?i:fig(?:ure)?|tab(?:le)?|abb(?:ildung)?|tabelle|chart|tableau|box|exhibit|listing|algorithm)\.?\s*(?:\d|[IVX]+\b|[A-Z]\.?\d)"
)
STAMP = re.compile(
    r"(?:strictly |streng )?(?:draft|confidential|copy|sample|specimen|void|entwurf|vertraulich|muster|kopie|internal"
    r"|do not (?:copy|distribute)|for review only|preprint|arxiv:.*|original|approved|final)[ !.-]*",
    re.IGNORECASE,
)
OPENER = re.compile(r"[\[<{]|\((?!\w{1,3}\) )")
FILE_NAME = re.compile(
    r"\S.*\.(?:docx?|dotx?|odt|rtf|txt|pdf|tex|dvi|ps|eps|indd|qxd|fm|pm\d|p65|xlsx?|pptx?|cdr|ai|wpd|html?)$", re.I
)
NO_TITLE = re.compile(
    r"(?:untitled|unbenannt|\(?anonymous\)?|\(?unspecified\)?|.*\(use style.*|title|titel|none|null|no ?name|blank|template|vorlage|layout|page|print(?:ing)?|scan(?:ned)?"
    r"|document|dokument|presentation|powerpoint[- ]pr\S+|slide|folie|about:blank|microsoft word.*|\W*)[ _-]*\d*",
    re.IGNORECASE,
)
DIGITS = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")
ROMAN = re.compile(r"^[ivxlc]+$", re.IGNORECASE)


@dataclass(frozen=True)
class Bookmark:
    """A PDF bookmark. page: from 0. level: from 1."""

    page: int
    level: int
    title: str


def headed(pages: Sequence[Sequence[Part]], bookmarks: Sequence[Bookmark]) -> list[list[Part]]:
    """Give the headings of a document their levels."""
    marked = _by_bookmarks(pages, bookmarks)
    styles = _styles(pages, marked)
    return [
        _united([replace(part, level=styles.get((number, place), 0)) for place, part in enumerate(page)])
        for number, page in enumerate(pages)
    ]


def keys(mark: Bookmark) -> frozenset[str]:
    """Return the keys of a bookmark's title, with and without its numbering."""
    return frozenset(filter(None, (key(mark.title), key(NUMBERING.sub("", mark.title.strip())))))


def _united(page: Sequence[Part]) -> list[Part]:
    """Join the lines of a heading that were taken for paragraphs, such as centred ones."""
    result: list[Part] = []
    for part in page:
        last = result[-1] if result else None
        if last and last.level == part.level and part.level and last.lines and _follows(last, part):
            result[-1] = replace(last, text=f"{last.text} {part.text}", lines=[*last.lines, *part.lines])
        else:
            result.append(part)
    return result


def _follows(heading: Part, part: Part) -> bool:
    step = heading.lines[-1].base - part.lines[0].base
    whole = len(heading.text) + len(part.text) < LONGEST and len(heading.lines) + len(part.lines) <= MOST_LINES
    return heading.size == part.size and 0 < step < 1.5 * part.size and whole and not NUMBERING.match(part.text)


def sensible(title: str) -> str:
    """Return a title from the metadata; "" if it is a file name or a template's word."""
    bare = re.sub(r"^Microsoft (?:Office )?(?:Word|PowerPoint|Excel) - ", "", " ".join(title.split()))
    poor = NO_TITLE.fullmatch(bare) or FILE_NAME.fullmatch(bare) or STAMP.fullmatch(bare)
    code = " " not in bare and ("_" in bare or any(map(str.isdigit, bare)))
    if poor or code or sum(map(str.isalpha, bare)) < 3:
        return ""
    return bare


def largest(pages: Sequence[Sequence[Part]]) -> str:
    """Return the largest text on the first page with text as a title candidate; "" if it is hardly larger."""
    first = next((page for page in pages if any(part.text for part in page)), [])
    body = _body(pages)
    usable = [part for part in first if _is_title(part)]
    if not usable:
        return ""
    size = max(part.size for part in usable)
    start = next(number for number, part in enumerate(usable) if part.size > 0.97 * size)
    found = [usable[start]]
    for part in usable[start + 1 :]:
        if part.size < 0.97 * size or NUMBERING.match(part.text):
            break
        found.append(part)
    text = " ".join(part.text for part in found)
    if size >= LARGER * body[0] and sum(len(part.lines) for part in found) <= MOST_LINES + 1 and len(text) <= LONGEST:
        return text
    return found[0].text if size >= LARGER * body[0] and len(found[0].text) <= LONGEST else ""


def _is_title(part: Part) -> bool:
    text = part.text
    return (
        not part.turned
        and bool(part.lines)
        and not STAMP.fullmatch(text)
        and sum(map(str.isalpha, text)) > 2
        and sum(map(str.isalnum, text)) * 2 > len(text)
    )


def _by_bookmarks(pages: Sequence[Sequence[Part]], bookmarks: Sequence[Bookmark]) -> dict[tuple[int, int], int]:
    """Find the parts that match a bookmark of their page, with or without its numbering."""
    found: dict[tuple[int, int], int] = {}
    for mark in bookmarks:
        if mark.page >= len(pages) or not key(mark.title):
            continue
        wanted = keys(mark)
        for place, part in enumerate(pages[mark.page]):
            if (mark.page, place) in found or part.turned or part.rows or len(part.lines) > MOST_LINES:
                continue
            if wanted & {key(part.text), key(NUMBERING.sub("", part.text))}:
                found[mark.page, place] = mark.level
                break
    return found


def _body(pages: Sequence[Sequence[Part]]) -> tuple[float, bool]:
    """Return the style of most characters: size and weight."""
    styles = Counter[tuple[float, bool]]()
    for part in (part for page in pages for part in page):
        for line in part.lines:
            styles[line.size, line.bold] += len(line.text)
    return max(styles, key=lambda style: styles[style]) if styles else (0.0, False)


Style = tuple[float, int]
"""Size and kind: 3 large, 2 bold, 1 in capitals, 0 only numbered."""


def _styles(pages: Sequence[Sequence[Part]], marked: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Find headings by their looks. Bookmarked headings, if any, tell which looks are headings, and of what level."""
    found = dict(_candidates(pages))
    if len(marked) >= LEAST_MARKED:
        shared: dict[Style, Counter[int]] = defaultdict(Counter)
        for place, level in marked.items():
            if place in found:
                shared[found[place]][level] += 1
        return {
            place: marked.get(place) or max(shared[style], key=lambda level: shared[style][level])
            for place, style in found.items()
            if style in shared
        } | dict(marked)
    found |= {place: (0.0, 0) for place in marked if place not in found}
    ranks = {style: rank for rank, style in enumerate(sorted(set(found.values()), reverse=True), 1)}
    depths: dict[Style, int] = {}
    for (number, place), style in found.items():
        depth = _depth(pages[number][place].text)
        if depth:
            depths[style] = min(depths.get(style, depth), depth)
    return {
        (number, place): min(
            min(ranks[style], LEVELS) + max(0, _depth(pages[number][place].text) - depths.get(style, 9)), LEVELS + 2
        )
        for (number, place), style in found.items()
    }


def _depth(text: str) -> int:
    found = DECIMAL.match(text)
    return found[1].count(".") + 1 if found else 0


def _candidates(pages: Sequence[Sequence[Part]]) -> Iterator[tuple[tuple[int, int], Style]]:
    body, bold = _body(pages)
    usable = [
        ((number, place), part)
        for number, page in enumerate(pages)
        for place, part in enumerate(page)
        if body and _may_be_heading(page, place)
    ]
    total = sum(len(part.text) for page in pages for part in page) or 1
    first = next((number for number, page in enumerate(pages) if page), 0)
    large = sum(len(part.text) for page in pages for part in page if part.size >= LARGER * body)
    kinds = {place: _kind(part, body, bold) for place, part in usable}
    many_large = large > MOST_TEXT * total
    texts = Counter(part.text.casefold() for _, part in usable)
    often = Counter(kind for kind in kinds.values() if kind is not None)
    share = Counter[int]()
    for where, part in usable:
        share[kinds[where] or 0] += len(part.text)
    for place, part in usable:
        kind = kinds[place]
        if kind is None or (kind == 3 and many_large) or (kind < 3 and share[kind] > MOST_TEXT * total):
            continue
        if kind < 2 and often[kind] < 2:
            continue
        if texts[part.text.casefold()] > MOST_ALIKE and (kind < 3 or texts[part.text.casefold()] > 2 * MOST_ALIKE):
            continue
        if kind == 3 and place[0] == first and _are_names(part.text):
            continue
        yield place, (round(part.size * 2) / 2 if kind == 3 else 0.0, kind)


def _are_names(text: str) -> bool:
    """Return whether this may be a list of authors: short items between commas, all with capitals."""
    names = [name.strip(" *∗†‡§¶#$¹²³⁴⁵⁶⁷⁸⁹⁰") for name in re.split(r",| and | und |&|;", text)]
    words = [word for name in names for word in name.split()]
    return len(names) > 2 and all(word[:1].isupper() or len(word) < 4 for word in words) and len(words) < 5 * len(names)


def _may_be_heading(page: Sequence[Part], place: int) -> bool:
    part = page[place]
    text = part.text
    return (
        0 < len(part.lines) <= MOST_LINES
        and not part.turned
        and len(text) <= LONGEST
        and not any(line.apart for line in part.lines)
        and sum(map(str.isalpha, text)) * 2 > len(text)
        and not CAPTION.match(text)
        and not STAMP.fullmatch(text)
        and "@" not in text
        and "=" not in text
        and " … " not in text
        and (sum(map(str.isalpha, text)) > 2 or not text.isascii())
        and not text.endswith((",", ";"))
    )


def _kind(part: Part, body: float, bold: bool) -> int | None:
    """Return how a part looks like a heading; None if it does not."""
    text, size = part.text, part.size
    numbered = bool(DECIMAL.match(text) or NUMBERING.match(text))
    if size >= LARGER * body and not (text.endswith(".") and len(text.split()) > 12):
        return 3
    if text.endswith((".", ":")) or OPENER.match(text) or len(text) > LONGEST_BOLD or text[:1].islower():
        return None
    heavier = part.bold and not bold
    if size >= SLIGHTLY * body and (heavier or DECIMAL.match(text)):
        return 3 if heavier else 2
    if size < 0.95 * body or (mark_of(text) and not heavier):
        return None
    if heavier:
        return 2
    if len(part.lines) == 1 and text.isupper() and sum(map(str.isalpha, text)) > 4 and len(text) < 80:
        return 1
    return 0 if numbered and DECIMAL.match(text) and len(part.lines) == 1 and len(text) < 70 else None


@dataclass(frozen=True)
class Running:
    """What repeats on the pages. dropped: by page, the orders of pieces that leave the text. once: those kept."""

    dropped: Mapping[int, frozenset[int]]
    once: Mapping[int, frozenset[int]]
    heads: int
    feet: int


EDGE_ROWS = 2
MOST_PARTS = 3  # of a running head; a row with more is a table's
PAGE_WORDS = frozenset("page seite side pagina page of von de sur p s".split())  # noqa: SIM905
SHARE = 0.4


def running(pages: Sequence[Sequence[Piece]]) -> Running:
    """Find running heads and feet, and page numbers: the same text, but for its figures, at the same place."""
    edges = {number: list(_edges(page)) for number, page in enumerate(pages) if page}
    places: dict[tuple[int, str], list[tuple[int, Piece]]] = defaultdict(list)
    for number, found in edges.items():
        for zone, piece in found:
            places[zone, _modulo(piece.text)].append((number, piece))
    least = 2 if len(edges) == 2 else max(3, round(SHARE * min(len(edges), 20)))
    repeated: dict[tuple[int, str], list[tuple[int, Piece]]] = {}
    for key, seen in places.items():
        same = _same_place(seen) if len(seen) >= least else []
        if len({number for number, _ in same}) >= least and len(edges) > 1 and _counts_pages(same):
            repeated[key] = same
    slots = _slots(repeated, len(edges))
    beside: dict[tuple[int, str], list[tuple[int, Piece]]] = defaultdict(list)
    for number, found in edges.items():
        for zone, piece in found:
            key = zone, _modulo(piece.text)
            if key not in repeated and any(zone == slot and abs(piece.base - base) < 1.5 for slot, base in slots):
                beside[key].append((number, piece))
    return _parted(pages, {**repeated, **beside})


def _edges(page: Sequence[Piece]) -> Iterator[tuple[int, Piece]]:
    """Yield the pieces of the first and last rows, with 1 for the head and -1 for the foot of the page."""
    found = rows([piece for piece in page if not piece.turned])
    half = max(1, len(found) // 2)
    for zone, near in (
        (1, found[: min(EDGE_ROWS, half)]),
        (-1, found[-min(EDGE_ROWS, half) :] if len(found) > 1 else []),
    ):
        for row in near:
            if len(row) <= MOST_PARTS:
                for piece in row:
                    yield zone, piece
    for piece in page:
        if piece.turned:
            yield 0, piece


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
    for (zone, key), seen in repeated.items():
        if zone and (key == "#" or "#" in key):
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
    for (zone, key), seen in repeated.items():
        found = set(re.findall(r"[^\W_]+", key)) - PAGE_WORDS
        if any(word not in said for word in found):
            number, piece = seen[0]
            gone[number].discard(piece.order)
            once[number].add(piece.order)
            seen = seen[1:]
            said += " " + key
        if found:
            (heads if zone >= 0 else feet).update(number for number, _ in seen)
    return Running(
        {number: frozenset(orders) for number, orders in gone.items()},
        {number: frozenset(orders) for number, orders in once.items()},
        len(heads),
        len(feet),
    )
