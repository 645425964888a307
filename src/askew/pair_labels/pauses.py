"""Pauses: whether a comma, a full stop or another mark that only one of two texts has parts what belongs together.

Within a sentence it does, unless it is known that it need not: behind a greeting, an adverb or a date at the beginning,
before a conjunction, in a date.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.tokens import INITIALLED, Token

PAUSE = re.compile(r",(?![-–—])|[;:.!?…—،؛。，、；：！？]|[^\S\n][-–]\s")  # not 15,- Euro
NO = frozenset(
    """
    no non não nao nein nee nej nei nie ne ni не нет ні нi όχι hayır nunca jamás pas нельзя لا نه لم לא אל אין नहीं मत
    không đừng 아니 안 不 别 別 没 沒 否
    """.split()  # noqa: SIM905
)
"""Negations of languages without word lists that a comma sets apart: No, espere."""
SHORTENED = frozenset(
    """
    st mr mrs ms dr prof jr sr vs etc inc ltd co approx eu bzw ca nr str usw ggf inkl zzgl abs art bd hr fr
    """.split()  # noqa: SIM905
) | {form.replace(".", "") for form in INITIALLED}
"""Abbreviations with a full stop or without."""
GREETING = frozenset(
    """
    hi hello hey yes yep ok okay please thanks thank cheers sorry dear bonjour hola
    hallo ja bitte danke moin servus guten grüezi
    """.split()  # noqa: SIM905
)
"""Words that a comma may follow or precede, with no other meaning."""
ASKING = frozenset("what how why where who which when wie was warum".split())  # noqa: SIM905
LISTING = frozenset({"and", "or", "und", "oder"})
CLAUSE = LISTING | {"but", "aber"}
SUBORDINATE = frozenset(
    """
    if when while because since although though unless until after before whether so
    dass ob weil wenn falls damit obwohl während bevor nachdem sobald solange um ohne statt sondern
    """.split()  # noqa: SIM905
)
"""Words that begin a clause, before which a comma is a matter of taste, or of German rules."""
OBJECTS = frozenset({"ob", "dass"})
"""German words that begin what a verb says, denied or not: ich weiß nicht, ob."""
ADVERBS = frozenset(
    """
    yesterday today tomorrow also first second third then unfortunately currently recently sometimes usually therefore
    finally gestern heute leider außerdem zuerst manchmal
    """.split()  # noqa: SIM905
)
TEMPORAL = frozenset({"in", "on", "since", "at", "im", "am", "seit"})
STARTING = frozenset(
    """
    i you we they he she it this these there my your our their his her please what how why where who which when can
    could should would will do does did is are am may must
    ich du wir sie er es man kann können soll muss darf ist sind wird werden hat haben was wie warum
    """.split()  # noqa: SIM905
)
"""Words with which the rest of a sentence goes on after such a clause."""
RELATIVE = frozenset({"who", "which", "whose", "whom"})
MANY = 60
"""Words of a text from which a comma or a full stop that is left out is a slip, unless it surely parts."""
REACH = 12
"""Words of a long text in which a negation may reach a comma."""
NEAR = 3  # words from a comma to the "and" of its list
LEAST = 3  # words of a text in which a comma may part the first or the last from the rest
YEAR = re.compile(r"(?:19|20)\d\d")


class Gap(NamedTuple):
    """What stands between two words that both texts have. place: of the word after it, among the tokens of the first.

    x, y: the characters in the two texts.
    """

    place: int
    x: str
    y: str


def parting(gap: Gap, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> str:
    """Return whether a mark that one text has decides where it stands."""
    marks = [found[0].strip() for found in map(PAUSE.search, (gap.x, gap.y)) if found]
    if not gap.place or gap.place == len(tokens):
        return ""
    if len(marks) != 1:
        return ""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    if marks[0] == "." and (before in SHORTENED or tokens[gap.place - 1].key.startswith("time")):
        return ""  # 5 p.m.
    if len(tokens) > MANY:
        parts = marks[0] not in ".!?" and _surely_parts(gap, gaps, tokens, language)
    elif marks[0] in ".!?":
        parts = after not in STARTING - ASKING and after not in GREETING
        parts = parts or any(token.key in negations(language) | {"stop"} for token in tokens[: gap.place])
    else:
        parts = _parts(gap, gaps, tokens, language)
    if after not in OBJECTS and (parts or {before, after} & negations(language)):
        return f"“{marks[0]}” between “{before}” and “{after}” in one only"
    return ""


def _parts(gap: Gap, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> bool:
    """Return whether a comma parts what would belong together without it: unless it is known that it need not."""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    if len(tokens) < LEAST:
        return False
    if any(_only(other) and other.place == gap.place + 1 < len(tokens) for other in gaps):
        return True  # eat, Grandma, in the house
    if YEAR.fullmatch(after) and not before[-1:].isalpha():
        return False  # May 5, 2024
    if _opens(gap.place, tokens) or after in OBJECTS or (after in GREETING and gap.place + 2 >= len(tokens)):
        return False
    following = {token.key for token in tokens[gap.place + 1 : gap.place + 1 + NEAR]}
    denied = any(token.key in negations(language) for token in tokens[: gap.place])
    if after in CLAUSE:
        return bool(LISTING & following) and after not in LISTING
    if denied or LISTING & following:
        return True
    return not (after in SUBORDINATE or (tokens[0].key in SUBORDINATE and after in STARTING))  # not "the": eat the fish


def _surely_parts(gap: Gap, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> bool:
    """Return whether a comma is in a place where it is known to part, as is asked of long texts."""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    following = {token.key for token in tokens[gap.place + 1 : gap.place + 1 + NEAR]}
    alone = any(_only(other) and other.place == gap.place + 1 for other in gaps)
    small = lexicon(language).function if language in LANGUAGES else frozenset[str]()
    near = tokens[max(gap.place - REACH, 0) : gap.place]
    return (
        (before[-1:].isdigit() and after[:1].isdigit() and not YEAR.fullmatch(after))
        or (alone and after not in small)
        or (bool(LISTING & following) and after not in LISTING)
        or (language == "en" and after in RELATIVE)
        or (after not in CLAUSE and any(token.key in negations(language) for token in near))
    )


def _opens(place: int, tokens: Sequence[Token]) -> bool:
    """Return whether a comma ends a greeting, or an adverb or a date at the beginning, before the sentence itself."""
    first, before, after = tokens[0].key, tokens[place - 1].key, tokens[place].key
    starts = after in STARTING or tokens[place].kind == "article"
    greets = (first in GREETING and (place == 1 or (place <= NEAR and starts))) or (
        before in GREETING and place <= NEAR
    )
    dated = first in TEMPORAL and (
        after in ASKING or (before[-1:].isdigit() and (starts or bool(YEAR.fullmatch(before))))
    )
    return greets or dated or (place == 1 and first in ADVERBS and starts)


def _only(gap: Gap) -> bool:
    return bool(PAUSE.search(gap.x)) != bool(PAUSE.search(gap.y))


@cache
def negations(language: str) -> frozenset[str]:
    return lexicon(language).negators | lexicon(language).nominal | {"no"} if language in LANGUAGES else NO
