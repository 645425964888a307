"""Headings, titles and running heads of a PDF: from bookmarks, otherwise from size, weight, capitals and numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from askew.documents.formats.pdf.prose import NUMBERING, Part, key, mark_of

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
    r"^(?i:fig(?:ure)?|tab(?:le)?|abb(?:ildung)?|tabelle|chart|tableau|box|exhibit|listing|algorithm)\.?\s*"
    r"(?:\d|[IVX]+\b|[A-Z]\.?\d)"
)
STAMP = re.compile(
    r"(?:strictly |streng )?(?:draft|confidential|copy|sample|specimen|void|entwurf|vertraulich|muster|kopie|internal"
    r"|do not (?:copy|distribute)|for review only|preprint|arxiv:.*|original|approved|final)[ !.-]*",
    re.IGNORECASE,
)
OPENER = re.compile(r"[\[<{]|\((?!\w{1,3}\) )")
FILE_NAME = re.compile(
    r"\S.*\.(?:docx?|dotx?|odt|rtf|txt|pdf|tex|dvi|ps|eps|indd|qxd|fm|pm\d|p65|xlsx?|pptx?|cdr|ai|wpd|html?)$",
    re.IGNORECASE,
)
NO_TITLE = re.compile(
    r"(?:untitled|unbenannt|\(?anonymous\)?|\(?unspecified\)?|.*\(use style.*|title|titel|none|null|no ?name|blank"
    r"|template|vorlage|layout|page|print(?:ing)?|scan(?:ned)?|document|dokument|presentation|powerpoint[- ]pr\S+"
    r"|slide|folie|about:blank|microsoft word.*|\W*)[ _-]*\d*",
    re.IGNORECASE,
)


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
        return _like(found, marked)
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


def _like(found: Mapping[tuple[int, int], Style], marked: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Return the bookmarked headings, and those that look like them."""
    shared: dict[Style, Counter[int]] = defaultdict(Counter)
    for place, level in marked.items():
        if place in found:
            shared[found[place]][level] += 1
    usual = {style: levels.most_common(1)[0][0] for style, levels in shared.items()}
    return {place: usual[style] for place, style in found.items() if style in usual} | dict(marked)


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
    for where, piece in usable:
        share[kinds[where] or 0] += len(piece.text)
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
