"""The result of a parser, and the text cleaning shared by all parsers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from askew.types import FEED, Metadata

LONGEST_TEXT = 50_000_000
LONGEST_TITLE = 300
# Controls, soft hyphens, zero-width spaces, marks of direction, and what is no character.
CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u2060-\u2064\ud800-\udfff\ufeff\ufffe\uffff]"
)
DEVICE = "".join(map(chr, (*range(8), *range(14, 27), *range(28, 32))))  # not ESC, which appears in coloured logs
LINES = str.maketrans({"\x0b": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n\n", "\u00a0": " "})
# Default titles written by programs.
PLACEHOLDERS = re.compile(
    r"(untitled|unbenannt|(word|pdf) document|word[- ]dokument|powerpoint[- ]pr[äe]sentation|presentation|document"
    r"|slide|folie|sheet|tabelle|feuil(?:le)?|hoja|foglio|munka|лист|blad|arkusz|工作表|シート|시트)[ -]?\d*"
    r"|(doc|dokument|book|mappe|classeur|libro|cartel) ?\d+|(document|presentation) title( text)?|title( text| slide)?"
    r"|pr[ée]sentation powerpoint|(presentación|apresentação|presentazione) (de|do|di) powerpoint"
    r"|презентация powerpoint|(new|neues?) microsoft .*|click to (add|edit) .*|\[[^\[\]]*\]",
    re.IGNORECASE,
)
FILE_NAME = re.compile(
    r".*\.(docx?|docm|dot[xm]?|rtf|od[tsp]|pptx?|ppsx?|xlsx?|xlsm|pdf|txt|indd|pages|wpd|pmd|qxd|tex|dvi)",
    re.IGNORECASE,
)
PROGRAM = re.compile(r"^Microsoft (Word|PowerPoint|Excel) - ")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)


BREAK = f"\n{FEED}\n"
"""Between two pages: every page but the last, even an empty one, ends with a form feed, so that the page of an offset
is 1 + the number of form feeds before it. A text with at most one page has none.
"""


class UnusableError(Exception):
    """An unusable file; the message is a phrase without full stop. Internal to `askew.documents`."""


@dataclass(frozen=True)
class Draft:
    """A document without an id. metadata: JSON-compatible.

    notes: how the file was read, such as "read as windows-1252". left_out: what of it was not read, such as
    "2 attachments". Both are phrases without full stop.
    """

    text: str
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Grid:
    """A sheet as rows of cells. rows: (number as the program shows it, cells); a date is a string in ISO 8601. stated:
    whether the first row is known to hold the names of the columns.
    """

    name: str
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    stated: bool = False


@dataclass(frozen=True)
class Grids:
    """Sheets, or a Parquet file, as rows. notes, left_out: see `Draft`."""

    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def draft(text: str, titles: Sequence[str] = (), **about: str) -> Draft:
    """Make a draft of a text without pages.

    titles: candidates; the first meaningful one is used, else the first heading. about: metadata; empty values are
    dropped.
    """
    return _draft(without_feeds(clean(text)).strip(), titles, about)


def paged(pages: Sequence[str], titles: Sequence[str] = (), **about: str) -> Draft:
    """Make a draft of a text with pages, including empty ones, so that page numbers stay correct."""
    whole = joined(clean(page).strip() for page in pages)
    return _draft(whole, titles, {**about, "pages": len(pages)})


def joined(pages: Iterable[str]) -> str:
    return BREAK.join(map(without_feeds, pages))


def without_feeds(text: str) -> str:
    """Replace form feeds in a text without pages, where they would be read as page breaks."""
    return text.replace(FEED, "\n")


def clean(text: str) -> str:
    """Remove invisible characters: controls, soft hyphens, zero-width spaces; end every line with a line feed."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(LINES)


def is_binary(text: str) -> bool:
    """Return whether more than 1 % of the characters are control characters (some programs append one)."""
    return sum(map(text.count, DEVICE)) * 100 > len(text)


def one_line(text: str) -> str:
    is_clean = text.isascii() and text.isprintable()
    return " ".join((text if is_clean else clean(text)).split())


def counted(number: int, noun: str, plural: str = "") -> tuple[str, ...]:
    """Return ("2 comments",) for `Draft.left_out`; () for none."""
    return (f"{number:,} {noun if number == 1 else plural or noun + 's'}",) if number else ()


def iso(moment: datetime | None) -> str:
    """Format as ISO 8601, to the second; "" for None."""
    return moment.replace(microsecond=0).isoformat() if moment else ""


def dated(text: str) -> str:
    """Normalise an ISO 8601 date; "" for anything else, because metadata must be comparable."""
    bare = text.strip()
    try:
        moment = iso(datetime.fromisoformat(bare))
    except ValueError:
        return ""
    return moment[: len(bare)] if len(bare) <= len("2024-01-31") else moment


def _draft(text: str, titles: Sequence[str], about: Mapping[str, str | int]) -> Draft:
    if not text.replace(FEED, "").strip():
        raise UnusableError("no text")
    if len(text) > LONGEST_TEXT:
        raise UnusableError(f"text is longer than {LONGEST_TEXT:,} characters")
    kept = {name: one_line(value) if isinstance(value, str) else value for name, value in about.items()}
    return Draft(text, _title([*titles, *_first_heading(text)]), {name: value for name, value in kept.items() if value})


def _first_heading(text: str) -> Iterable[str]:
    found = HEADING.search(text)
    return [found[1]] if found else []


def _title(candidates: Iterable[str]) -> str:
    for candidate in candidates:
        title = PROGRAM.sub("", one_line(candidate))[:LONGEST_TITLE].strip()
        if title and not PLACEHOLDERS.fullmatch(title) and not FILE_NAME.fullmatch(title):
            return title
    return ""
