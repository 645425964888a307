"""Sentence segmentation: the ends of sentences, paragraphs, list items and table rows.

Rule-based, without a model: a missed or misplaced boundary only moves the edge of a passage. Every pattern runs in
linear time: possessive quantifiers (`*+`) prevent backtracking.
"""

import re
from collections.abc import Iterator

WIDE = "。！？｡"  # not followed by a space
ONLY_WIDE = frozenset(WIDE)
MARKS = ".!?…।॥؟۔։።။។" + WIDE
CLOSERS = "\"'”’»›)\\]}*_`」』）】》〉"
STOP = re.compile(rf"(?P<marks>[{MARKS}][{MARKS}{CLOSERS}]*+)(?P<space>\s*+)")
BREAK = re.compile(r"\f|\n(?:[ \t\r]*+\n\s*+|(?=[ \t]*+(?:[-*+•·–][ \t]|\d{1,3}[.)][ \t]|\|)))")

OPENERS = "\"'“‘„‚«‹([{*_`¿¡-–—/"
INITIALS = re.compile(r"(?:\w{1,2}\.)*[^\W\d_]")  # J. Smith, U.S., e.g., z.B., Ph.D.
LONGEST = 16  # characters examined before a full stop
ORDINAL = 3  # up to this many digits before a full stop are an ordinal: "am 5. Mai", "12. Step twelve"

ABBREVIATIONS = frozenset(
    """
    mr mrs ms mx dr prof st jr sr rev hon gov sen rep gen col lt sgt capt messrs vs al cf viz ca approx est
    dept inc ltd corp bros ed eds trans resp incl excl tel ext
    bzw ggf evtl inkl exkl vgl sog str hr fr dipl ing mio mrd nachf
    mme mlle mgr sra srta dra ud uds sig dott avv dhr mevr bijv
    """.split()  # noqa: SIM905
)
# Abbreviations only if a number follows; otherwise they end a sentence, as "No." does.
NUMBERED = frozenset(
    """
    no nos nr nrn num núm fig figs abb tab eq eqs vol bd p pp pg pág s sec art abs ch cap chap kap par ref refs tab
    jan feb mar apr jun jul aug sep sept oct okt nov dec dez
    """.split()  # noqa: SIM905
)
MONTHS = frozenset("jan feb mar apr jun jul aug sep sept oct okt nov dec dez".split())  # noqa: SIM905
STREET = "str"  # Hauptstr. 5
TITLES = frozenset("dr prof dipl mag lic cand stud".split())  # noqa: SIM905
DEGREE = 6  # letters of what follows a title: med., phil., habil.


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Split text[start:end] into non-empty spans, dropping only the white space around them."""
    end = len(text) if end is None else end
    borders = {end, *_stops(text, start, end), *(found.start() for found in BREAK.finditer(text, start, end))}
    result = []
    for border in sorted(borders):
        first, last = stripped(text, start, border)
        if first < last:
            result.append((first, last))
        start = border
    return result


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """Strip white space around text[start:end] and return the new span; (start, start) if nothing is left."""
    part = text[start:end]
    bare = part.lstrip()
    if not bare:
        return start, start
    start += len(part) - len(bare)
    return start, start + len(bare.rstrip())


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    for found in STOP.finditer(text, start, end):
        following = text[found.end() : min(found.end() + 1, end)]
        if _ends(text, found, following):
            yield found.end("marks")


def _ends(text: str, stop: re.Match[str], following: str) -> bool:
    marks = stop["marks"]
    if not ONLY_WIDE.isdisjoint(marks):
        return marks[-1] in WIDE or following not in ("と", "っ")  # 「元気？」と聞いた。
    if (following and not stop["space"]) or following.islower():
        return False
    if marks != "." and (marks[0] != "." or any(mark in MARKS for mark in marks[1:])):
        return True
    return not _abbreviated(text[max(0, stop.start() - LONGEST) : stop.start()], following)


def _abbreviated(before: str, following: str) -> bool:
    """Return whether the full stop after `before` is part of an abbreviation or ordinal."""
    if not before or before[-1].isspace():
        return False
    words = before.split()
    word = words[-1].lstrip(OPENERS).casefold()
    if word in NUMBERED or word.endswith(STREET):
        return following.isdecimal()
    if word.isdecimal():  # an ordinal, unless it is the number of something: "Hauptstr. 5.", "Fig. 3."
        return len(word) <= ORDINAL and not _numbered(words[-2] if len(words) > 1 else "")
    return word in ABBREVIATIONS or bool(INITIALS.fullmatch(word)) or ("." in before and _degree(words))


def _degree(words: list[str]) -> bool:
    """Return whether the last word belongs to a title: Dr. med., Dr. rer. nat."""
    while len(words) > 1 and words[-1].islower() and len(words[-1].rstrip(".")) <= DEGREE and words[-2].endswith("."):
        words = words[:-1]
        if words[-1].lstrip(OPENERS).rstrip(".").casefold() in TITLES:
            return True
    return False


def _numbered(word: str) -> bool:
    """Return whether a number that follows this word is part of it."""
    word = word.lstrip(OPENERS).casefold()
    bare = word.removesuffix(".")
    return bare != word and (bare in NUMBERED - MONTHS or bare.endswith(STREET))
