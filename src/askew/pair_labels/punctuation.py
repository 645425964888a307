"""Punctuation, capitals and markup: most are harmless, but not No, refunds; ./run and /run; getName().

Asked last, about texts whose words all mean the same. Marks count where they stand beside a negation, part a name from
what is said of it, or stand in another place; addresses and code count as written.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from askew.pair_labels.details import Run
from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.tokens import OPERATORS, Token

PAUSE = re.compile(r",(?![-–—])|[;:.!?…—،؛。，、；：！？]|\s[-–]\s")  # not 15,- Euro
STOP = re.compile(r"[.!?…][\"”“»)]?\s|[。！？]")
QUOTE = re.compile(r"[\"“”„«»「」『』]")
OPENING = re.compile(r"[(\[{]")
BRACKET = re.compile(r"[()\[\]{}]")
DASH = re.compile(r"[-‐‑‒–—]")
NO = frozenset(
    """
    no non não nao nein nee nej nei nie ne ni не нет ні нi όχι hayır nunca jamás pas нельзя لا نه لم לא אל אין नहीं मत
    không đừng 아니 안 不 别 別 没 沒 否
    """.split()  # noqa: SIM905
)
"""Negations of languages without word lists that a comma sets apart: No, espere."""
GREETING = frozenset(
    """
    hi hello hey yes yep ok okay please thanks thank cheers sorry well dear anyway however therefore finally
    hallo ja bitte danke moin servus guten grüezi
    """.split()  # noqa: SIM905
)
"""Words that a comma may follow or precede, with no other meaning."""
RELATIVE = frozenset({"who", "which", "whose", "whom"})
LISTING = frozenset({"and", "or", "und", "oder"})
CLAUSE = LISTING | {"but", "aber"}
NEAR = 3  # words from a comma to the "and" of its list
LEAST = 3  # words of a text in which a comma may part the first or the last from the rest
WRITTEN = re.compile(
    r"""(?x)
    \S+://\S+
  | (?<![^\s"'(`])(?:~|\.{1,2})?/[\w.~-]\S*             # /etc/hosts, ./run
  | (?<![^\s"'(`])[A-Za-z]:\\\S+
  | [A-Za-z_][\w.-]*(?:/[\w.-]+){2,}
  | (?<!\w)[A-Za-z_][\w.]*(?=\()                        # name(
  | (?<![\w!?])!(?=[\w(])                               # !done
  | (?<!\S)(?:-[A-Za-z]|--[a-z][\w-]*)(?!\w)            # -r, --hard
  | (?<!\w)__\w+__(?!\w) | \w+__\w+
  | ^[ \t]*(?:[-+–−*][ \t]+(?=[\d.])|\#[ \t]+of\b)      # - 5 degrees is no item of a list
  | \)(?=\w) | (?<!\S)\((?=[$€£¥₹]?\s?\d[\d.,]*\s?[%€kKmMbBn]{0,2}\)(?!\s?\d))
    """,
    re.MULTILINE,
)
"""What counts as it is written: addresses, paths, calls, flags, a sign before a number, (500) for a loss."""
INSIDE = re.compile(r"[\w,)][\"”“„»«'(]*[ \t]+[\"”“„»«'(]*$")
UNIT = 3  # letters of a word such as pH, MiB
YEAR = re.compile(r"(?:19|20)\d\d")
X, Y = attrgetter("x"), attrgetter("y")
HOST = re.compile(r"^\w+://[^/\s]*")
TAG = re.compile(r"</?(?:p|br|b|i|em|strong|u|span|div|font|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""Tags that change nothing in what is said; those of a list, a link or a deletion do."""
SILENT = re.compile("[\u00ad\u200b\u2060\ufeff]")
WIDE = re.compile("[\uff01-\uff5e\uff66-\uff9f\ufb00-\ufb06]+")
NUMBERED = re.compile(r"^[ \t]*(\d{1,2})([.)])[ \t]", re.MULTILINE)
DENIED = re.compile("[不别別没沒否](?=[，,、])")
"""A negation that a comma sets apart, in a script without spaces."""
POWER = re.compile(r"(?<!\*)\*\*(?!\*)")


def plain(text: str) -> str:
    """Return a text without what only arranges it: tags, entities, soft hyphens, other widths of letters and digits."""
    if "&" in text or "<" in text:
        text = html.unescape(TAG.sub(" ", text))
    return text if text.isascii() else WIDE.sub(_narrow, SILENT.sub("", text))


def _narrow(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


class Gap(NamedTuple):
    """What stands between two words that both texts have. place: of the word after it, among the tokens of the first.

    x, y: the characters in the two texts.
    """

    place: int
    x: str
    y: str


def punctuated(a: str, b: str, tokens: Sequence[Token], held: Sequence[Run], language: str) -> str:
    """Return the first mark or capital that decides, as a phrase; "" if there is none.

    tokens: of the first text. held: those of both, aligned.
    """
    gaps = list(_gaps(a, b, held))
    return (
        _as_written(a, b, language)
        or _capitals(a, b, held, language)
        or _moved(gaps, QUOTE, "quotation marks")
        or _brackets(a, b, gaps, tokens, language)
        or _moved(gaps, PAUSE, "marks")
        or _moved(gaps, STOP, "full stops")
        or next(filter(None, (_pause(gap, gaps, tokens, language) for gap in gaps)), "")
        or next(filter(None, (_dash(gap, tokens, language) for gap in gaps)), "")
    )


def _gaps(a: str, b: str, held: Sequence[Run]) -> Iterator[Gap]:
    """Yield the gap before each token that the texts share, and the last one."""
    x = y = 0
    place = 0
    for run in held:
        if not run.equal and len(run.left) != len(run.right):
            continue
        for place, (one, other) in enumerate(zip(run.left, run.right, strict=True), run.start):
            yield Gap(place, a[x : one.start], b[y : other.start])
            x, y = one.end, other.end


def _as_written(a: str, b: str, language: str) -> str:
    left, right = _written(a), _written(b)
    if left != right:
        return f"“{min(left ^ right)}” in one only"
    if len(DENIED.findall(a)) != len(DENIED.findall(b)):
        return "a comma sets a negation apart in one only"
    if POWER.findall(a) != POWER.findall(b) and len(POWER.findall(a + b)) % 2:
        return "“**” in one only"
    numbers = [NUMBERED.findall(text) for text in (a, b)]
    ordinal = language != "en" and any(mark == "." for found in numbers for _, mark in found)
    if numbers[0] != numbers[1] and (all(numbers) or ordinal):
        return "numbered otherwise"
    return ""


def _written(text: str) -> frozenset[str]:
    found = (one[0].rstrip(".,;:!?)]'’\"”").rstrip("/") or one[0] for one in WRITTEN.finditer(text))
    return frozenset(HOST.sub(lambda host: host[0].casefold(), one).strip() for one in found)


def _capitals(a: str, b: str, held: Sequence[Run], language: str) -> str:
    """Return a word with other capitals within, as in a password, or initials; in German, a word that is no noun."""
    mine, theirs, both = list[str](), list[str](), list[str]()
    for run in held:
        if not run.equal:
            continue
        for one, other in zip(run.left, run.right, strict=True):
            x, y = a[one.start : one.end], b[other.start : other.end]
            if x != y and (_recased(x, y) or _initials(x, y) or _initials(y, x)):
                return f"“{x}” and “{y}”"
            if _inside(a, one) and _inside(b, other):
                held_by = both if x[0].isupper() and y[0].isupper() else mine if x[0].isupper() else theirs
                held_by += [x] if x[0].isupper() or y[0].isupper() else []
    if language == "de" and (mine or theirs) and (both or (mine and theirs)):
        return f"“{(mine or theirs)[0]}” has a capital in one only"
    return ""


def _inside(text: str, token: Token) -> bool:
    """Return whether a word begins no sentence, where any would have a capital."""
    return bool(INSIDE.search(text[: token.start]))


def _recased(x: str, y: str) -> bool:
    """Return whether a word has capitals within that differ: AbC and aBc, MiB and MIB."""
    if (x[1:] == y[1:] and len(x) > UNIT) or x.casefold() != y.casefold():
        return False
    return (_mixed(x) and (_mixed(y) or (y.isupper() and len(y) <= UNIT))) or (
        _mixed(y) and x.isupper() and len(x) <= UNIT
    )


def _initials(x: str, y: str) -> bool:
    return "." in x and x.replace(".", "").isupper() and y.islower() and "." not in y


def _mixed(word: str) -> bool:
    return any(map(str.isupper, word[1:])) and any(map(str.islower, word))


def _moved(gaps: Sequence[Gap], mark: re.Pattern[str], name: str) -> str:
    """Return whether both texts have marks, in other places."""
    left, right = ({gap.place for gap in gaps if mark.search(side(gap))} for side in (X, Y))
    return f"{name} in another place" if left - right and right - left else ""


def _brackets(a: str, b: str, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> str:
    """In a text with operators each bracket counts, in others their places do, and one before a negation."""
    if OPERATORS.isdisjoint(a) and OPERATORS.isdisjoint(b):
        for gap in gaps:
            negated = tokens[gap.place].key in _negations(language)
            if negated and bool(OPENING.search(gap.x)) != bool(OPENING.search(gap.y)):
                return f"“({tokens[gap.place].key}” in one only"
        return _moved(gaps, OPENING, "brackets")
    left, right = ([(gap.place, BRACKET.findall(side(gap))) for gap in gaps] for side in (X, Y))
    return "brackets in another place" if left != right else ""


def _pause(gap: Gap, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> str:
    """Return whether a mark that one text has decides where it stands."""
    marks = [found[0].strip() for found in map(PAUSE.search, (gap.x, gap.y)) if found]
    if len(marks) != 1 or not gap.place:
        return ""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    if {before, after} & _negations(language) or (marks[0] != "." and _parts(gap, gaps, tokens, language)):
        return f"“{marks[0]}” between “{before}” and “{after}” in one only"
    return ""


def _parts(gap: Gap, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> bool:
    """Return whether a comma parts what would belong together without it."""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    if len(tokens) < LEAST or GREETING & {before, after}:
        return False
    following = {token.key for token in tokens[gap.place + 1 : gap.place + 1 + NEAR]}
    alone = any(_only(other) and other.place == gap.place + 1 for other in gaps)  # eat, Grandma, in the house
    small = lexicon(language).function if language in LANGUAGES else frozenset[str]()
    return (
        (before[-1:].isdigit() and after[:1].isdigit() and not YEAR.fullmatch(after))
        or (gap.place == 1 and language in LANGUAGES and (before not in small or before in lexicon(language).questions))
        or (gap.place == len(tokens) - 1 and after not in small and not YEAR.fullmatch(after))
        or (alone and after not in small)
        or (bool(LISTING & following) and after not in LISTING)
        or (language == "en" and after in RELATIVE)
        or (after not in CLAUSE and any(token.key in _negations(language) for token in tokens[: gap.place]))
    )


def _only(gap: Gap) -> bool:
    return bool(PAUSE.search(gap.x)) != bool(PAUSE.search(gap.y))


@cache
def _negations(language: str) -> frozenset[str]:
    return lexicon(language).negators | lexicon(language).nominal | {"no"} if language in LANGUAGES else NO


def _dash(gap: Gap, tokens: Sequence[Token], language: str) -> str:
    """Return whether a dash that one text has decides: Monday-Friday, Monday, Friday; a man-eating shark."""
    if not gap.place:
        return ""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    for one, other in ((gap.x, gap.y), (gap.y, gap.x)):
        tight = bool(DASH.fullmatch(one))
        spans = bool(DASH.search(one)) and not DASH.search(other) and (_ends(before) and _ends(after))
        eats = tight and other.isspace() and language != "de" and after.endswith("ing")
        if (tight and "," in other) or spans or eats:
            return f"“{before}-{after}” in one only"
    return ""


def _ends(word: str) -> bool:
    """Return whether the word may be an end of a range: a weekday, a month, a letter."""
    return len(word) == 1 or any(word in lexicon(known).kinds or word in lexicon(known).months for known in LANGUAGES)
