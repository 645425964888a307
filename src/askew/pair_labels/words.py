"""Tokenised words of a text, with the properties that the rules need, and typos."""

import re
from functools import lru_cache
from typing import NamedTuple

from askew.pair_labels.lexicon import Lexicon, lexicon, units
from askew.text.normalise import raised_apart
from askew.text.sentences import sentences
from askew.text.stem import light_stem
from askew.text.words import LETTER, SPACELESS, folded

SPACED = r"""
    (?<![\w.,/+-])(?:
        \+\d[\d\ ()./-]{5,}\d                                # +1 (555) 010-2030
      | \((?:0\d+|\d{3})\)[\ /-]?\d[\d\ /-]{4,}\d           # (555) 010-2030
      | (?=0(?:\D?\d){6})0\d{1,4}[\ /-]\d{3}[\d\ /-]*\d      # 0171 1234567
      | \d{3}[.-]\d{3}[.-]\d{4}
      | 0\d(?:[\ .-]\d\d){4}
      | \d{4}(?:\ \d{4}){2,3}                               # a card
      | \d{1,3}(?:[\ \u00a0\u202f'’]\d{3})+                 # 1 000
    )(?![\w-]|[.,]\d)
"""
GROUPS = re.compile(SPACED, re.VERBOSE)
"""Telephone numbers and thousands, which are one number however it is spaced."""
DIGIT = re.compile(r"\d")
NO_DIGITS = re.compile(r"\D")
CHUNK = re.compile(rf"[{SPACELESS}]|{LETTER}++(?:[.,:/'’\-‐‑–]{LETTER}++)*+(?:[+#]{{1,2}}(?!\w))?|[%€$£¥₹°]")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d+/\d+")
ATTACHED = re.compile(r"(\d+(?:[.,]\d+)*)([^\W\d_]+)")
HYPHENS = re.compile(r"[-‐‑–]")
PART = re.compile(r"[^.,:/‐‑–-]+")
ONE = re.compile(
    r"(?:\w\.)+\w|\w+(?:\.[^\W\dA-Z_]+)+|(?:\w|[Nn]on|[Uu]n|[Rr]e|[Cc]o)[-‐‑.]\w+"
)  # U.S, askew.org, e-mail
INITIALS = re.compile(r"(?:\w\.)+\w+")  # U.S, B.Tech
SHORT_FORM = re.compile(r"([^\W\d_]+)\.(\d.*)")  # Rs.15000, No.5
APART = ",;:()–—"
SMALL = 3  # letters that may be part of a product code, as in A4-1200 or GTX-980


class Word(NamedTuple):
    """text[start:end]. first: it begins a sentence. apart: a comma or similar mark precedes it.

    form: lower case, NFKC. base: the stem of the base form; plain: the stem of the form. denies: it contains a negation
    (can't), which `base` omits. A tuple for speed, as there is one per word.
    """

    start: int
    end: int
    first: bool
    apart: bool
    form: str
    base: str
    plain: str
    capital: bool
    upper: bool
    digits: bool
    function: bool
    denies: bool


def words(text: str, known: Lexicon) -> tuple[Word, ...]:
    """Tokenise a text; punctuation and whitespace are skipped, signs of money, degrees and percent are words."""
    shouted = text.isupper()
    starts = iter(sorted({start for start, _ in sentences(text)}))
    following = next(starts, len(text))
    made: list[Word] = []
    for start, end in _stretches(text):
        first = start >= following
        while following <= start:
            following = next(starts, len(text) + 1)
        between = text[made[-1].end : start] if made else ""
        apart = between not in {"", " "} and any(mark in APART for mark in between)
        made.append(Word(start, end, first, apart, *_told(text[start:end], shouted, known.language)))
    return tuple(made)


@lru_cache(maxsize=1 << 16)
def _told(written: str, shouted: bool, language: str) -> tuple[str, str, str, bool, bool, bool, bool, bool]:
    """Return the context-free properties of a word. shouted: the whole text is in capitals."""
    known = lexicon(language)
    digits = any(character.isdigit() for character in written)
    form = NO_DIGITS.sub("", written) if digits and GROUPS.fullmatch(written) else folded(raised_apart(written))
    form = form.rstrip("+") if form[:1].isdigit() else form
    if not digits:
        form = HYPHENS.sub("", form)
        form = form.replace(".", "") if INITIALS.fullmatch(form) else form
    denied = _undenied(form, known)
    upper = len(written) > 1 and written.isupper() and not shouted
    grammar = (form in known.function or denied in known.auxiliaries) and not (upper and form in known.acronyms)
    stems = (form, form) if digits else (_base(denied, language), light_stem(denied, language))
    return (form, *stems, written[0].isupper() and not shouted, upper, digits, grammar, denied != form)


def _base(form: str, language: str) -> str:
    """Return the stem of the base form: "go" for "went" and "going"."""
    return light_stem(lexicon(language).irregular.get(form, form), language)


def _undenied(form: str, known: Lexicon) -> str:
    """Strip the negation: can't, isn't, and the common misspelling isnt."""
    if form in known.contracted:
        return known.contracted[form]
    return form[:-2] if form.endswith("nt") and form[:-2] in known.auxiliaries else form.removesuffix("n't")


def _stretches(text: str) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    end = 0
    for group in GROUPS.finditer(text) if DIGIT.search(text) else ():
        made += [*_chunks(text, end, group.start()), group.span()]
        end = group.end()
    return made + _chunks(text, end, len(text))


def _chunks(text: str, first: int, last: int) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for found in CHUNK.finditer(text, first, last):
        if found[0].isalpha():
            made.append(found.span())
        else:
            made += [(found.start() + start, found.start() + end) for start, end in _parts(found[0])]
    return made


def _parts(chunk: str) -> list[tuple[int, int]]:
    """Return the spans of the words in a chunk: "second-hand" is two, "e-mail" one, "65-litre" two, "A-1234" one."""
    whole = [(0, len(chunk))]
    if chunk.isalpha():
        return whole
    if not any(character.isdigit() for character in chunk):
        if ONE.fullmatch(chunk):
            return whole
        return [found.span() for found in PART.finditer(chunk)] if re.search(r"[.,:/‐‑–-]", chunk) else whole
    if DATE.fullmatch(chunk):
        return whole
    return _with_digits(chunk)


def _with_digits(chunk: str) -> list[tuple[int, int]]:
    if "/" in chunk:
        return _joined(chunk, "/")
    if short := SHORT_FORM.fullmatch(chunk):
        return [short.span(1), *((short.start(2) + a, short.start(2) + b) for a, b in _parts(short[2]))]
    pieces = HYPHENS.split(chunk)
    if len(pieces) > 1 and (_counted(pieces) or all(piece.isdigit() and len(piece) < 5 for piece in pieces[:3])):
        return _joined(chunk, chunk[len(pieces[0])])
    attached = ATTACHED.fullmatch(chunk)
    if attached and _unit(attached[2].casefold()):
        return [attached.span(1), attached.span(2)]
    return [(0, len(chunk))]


def _unit(form: str) -> bool:
    return form in units() or form in ("am", "pm", "uhr")


def _counted(pieces: list[str]) -> bool:
    """Return whether this is a number with words, such as 65-litre or 14-day, not a code."""
    return pieces[0].isdigit() and all(piece.isalpha() and len(piece) > SMALL - 1 for piece in pieces[1:])


def _joined(chunk: str, mark: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for piece in chunk.split(mark) if mark == "/" else HYPHENS.split(chunk):
        spans += [(start + a, start + b) for a, b in _parts(piece)] if piece else []
        start += len(piece) + 1
    return spans


@lru_cache(maxsize=1 << 14)
def slipped(a: str, b: str, most: int) -> bool:
    """Return whether the words differ by at most `most` typos; the first letter must match, as typos are rare there."""
    if a == b:
        return True
    return a[:1] == b[:1] and abs(len(a) - len(b)) <= most and _distance(a, b) <= most


def _distance(a: str, b: str) -> int:
    """Compute the optimal string alignment distance, row by row."""
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        oldest, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, oldest[j - 2] + 1)
            row.append(best)
    return row[-1]
