"""Details of words that decide: differences that are harmless as a rule, and not in these words.

A plural is harmless, but glasses are not glass; so are articles, but few are not a few; a compound in two words, but a
black bird is no blackbird. Asked last, about texts whose differences are all excused.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from askew.pair_labels.alignment import Hole, gaps
from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.reading import reading
from askew.pair_labels.tokens import RUN, Token

PLURALS = frozenset(
    """
    accommodation air arm authorit beside belonging blue brain cloth colour color compass content custom damage
    draught due earning effect force fund future good glass green ground honour honor indoor interest letter look
    manner mean minute moral odd outdoor pain paper part premise proceeding quarter respect return right saving
    securit scale short sometime spectacle spirit stair surrounding term time trunk ware water wood work
    """.split()  # noqa: SIM905
)
"""English words that mean something else with an s: glass, glasses; damage, damages."""
SUBJECTS = re.compile(r"(?!topic|clinic|critic|picnic|fabric|graphic).*ic")
"""English words of which the one with an s is a subject: economic, economics."""
ACCENTED = frozenset("expose lame mate ole pate pique resume rose sake".split())  # noqa: SIM905
"""English words that are other words with an accent."""
SHARP = frozenset("busse bussen masse massen schoss".split())  # noqa: SIM905
"""German words that are other words with ß."""
SPELT = frozenset("timber prized prizes prizing".split())  # noqa: SIM905
"""What two English words would be in one spelling: timber and timbre, prized and prised."""
ONE_WORD = frozenset(
    """
    barcode checkbox database desktop email feedback filename healthcare homepage keyboard laptop lifetime newsletter
    offline online payroll screenshot smartphone timetable timezone touchscreen username voicemail webpage website
    wifi workflow
    """.split()  # noqa: SIM905
)
"""English compounds that are also written in two words, and mean the same."""
PARTICLES = frozenset({"in", "on", "up", "out", "off"})
"""Small words that end a verb: log in, login."""
HYPHEN = re.compile(r"\w[-‐‑‒–]\w")
COUNTING = frozenset("few little lot number only most more less least half same other paar".split())  # noqa: SIM905
"""Words before which an article decides: few, a few; a number, the number."""
JOINING = frozenset({"and", "or", "nor", "und", "oder"})
"""A red and blue coat is one, a red and a blue coat are two."""
AGREEING = frozenset(
    frozenset(pair.split("-"))
    for pair in "der-ein der-einer die-eine das-ein dem-einem den-einen des-eines".split()  # noqa: SIM905
)
"""German articles, definite and indefinite, of one case."""
PADDED = re.compile(r"0\d+|\d+[.,]\d*0")
CENT = re.compile(r"(?<!per )\bcents?\b")
"""A hundredth of a euro, or of a dollar."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")
ABLE = frozenset({"can", "could", "do"})
SENTENCE = ".!?:…„“”\"'»«›‹\n"
ADJECTIVES = frozenset({("", "e"), ("e", "er"), ("e", "es")})
"""Endings of German adjectives that depend on the article; others tell the case."""


class Run(NamedTuple):
    """Tokens of two texts in the same place. start, other: the place of the first of each."""

    equal: bool
    left: Sequence[Token]
    right: Sequence[Token]
    start: int
    other: int


def runs(left: Sequence[Token], right: Sequence[Token]) -> tuple[Run, ...]:
    """Align the tokens of two texts."""
    keys, others = ([token.key for token in side] for side in (left, right))
    made: list[Run] = []
    a = b = 0
    for hole in (*gaps(keys, others), Hole(len(left), len(left), len(right), len(right))):
        if a < hole.a1:
            made.append(Run(True, left[a : hole.a1], right[b : hole.b1], a, b))
        if hole.size:
            made.append(Run(False, left[hole.a1 : hole.a2], right[hole.b1 : hole.b2], hole.a1, hole.b1))
        a, b = hole.a2, hole.b2
    return tuple(made)


def decisive(a: str, b: str, left: Sequence[Token], right: Sequence[Token], held: Sequence[Run], language: str) -> str:
    """Return the first detail of a word that decides, as a phrase; "" if there is none.

    held: the tokens of both texts, aligned.
    """
    for run in held:
        if run.equal:
            for n, (one, other) in enumerate(zip(run.left, run.right, strict=True)):
                x, y = a[one.start : one.end], b[other.start : other.end]
                if x != y and _apart(x, y, one, left[run.start + n + 1 :], language):
                    return f"“{x}” and “{y}”"
        elif said := _replaced(a, b, run, language):
            return said
    return _articles(left, right, held, language)


def _apart(x: str, y: str, token: Token, after: Sequence[Token], language: str) -> bool:
    """Return whether two spellings of a word or number with one meaning as a rule have two here."""
    x, y = x.casefold(), y.casefold()
    if token.kind == "value":
        padded = any(PADDED.fullmatch(one) and _padded(one, token.key) for one in (x, y))
        named = padded and NUMBER.fullmatch(token.key) and x != y
        return bool(named) or bool(CENT.search(x)) != bool(CENT.search(y))
    if language == "en" and token.key == "do" and {x, y} <= ABLE:
        asks = bool(after) and after[0].key in {"i", "we"}
        return x != y and not (asks and not (len(after) > 1 and after[1].key == "have"))
    if x == y:
        return token.key in SHARP and language in ("", "de")
    return language == "en" and ({_bare(x), _bare(y)} <= ACCENTED or token.key in SPELT)


def _bare(word: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))


def _padded(written: str, key: str) -> bool:
    """Return whether a number has a zero that only a name has: version 3.10, code 007; not 1.000 for a thousand."""
    return "".join(filter(str.isdigit, written)) != key


def _replaced(a: str, b: str, run: Run, language: str) -> str:
    """Return words that are excused as another form or a compound, but are other words."""
    left, right = ([token for token in side if token.kind != "article"] for side in (run.left, run.right))
    if len(left) != len(right):
        for text, side in ((a, left), (b, right)):
            if len(side) > 1 and not _one_word(text, side, language):
                return f"“{text[side[0].start : side[-1].end]}” in one word"
        return ""
    for one, other in zip(left, right, strict=True):
        if one.key != other.key and _other_form(a, b, one, other, language):
            return f"“{a[one.start : one.end]}” and “{b[other.start : other.end]}”"
    return ""


def _one_word(text: str, parts: Sequence[Token], language: str) -> bool:
    """Return whether words may be joined: with a hyphen, before a particle, in a number, or one of a list."""
    written = text[parts[0].start : parts[-1].end]
    joined = "".join(part.key for part in parts)
    if HYPHEN.search(written) or joined.isdigit() or RUN.match(joined):
        return True
    return language in ("", "en") and (parts[-1].key in PARTICLES or joined.removesuffix("s") in ONE_WORD)


def _other_form(a: str, b: str, one: Token, other: Token, language: str) -> bool:
    if language == "en":
        base = min(one.key, other.key, key=len).removesuffix("y")
        if base in PLURALS or SUBJECTS.fullmatch(base):
            return True
    if any(lexicon(language).kinds.get(token.key, ("", 0))[0] == "weekday" for token in (one, other)):
        return True  # on Friday, on Fridays
    possessive = any(token.key.endswith("'s") for token in (one, other))
    if not possessive and _names(a, one, language) and _names(b, other, language):
        return True
    return language == "de" and _other_ending(a, b, one, other)


def _names(text: str, token: Token, language: str) -> bool:
    """Return whether a word belongs to a name, of which another ending makes another: Robert, Roberts."""
    read = reading(text, language)
    inside = any(
        name.surely and read.words[name.first].start <= token.start < read.words[name.last].end for name in read.names
    )
    place = next((n for n, word in enumerate(read.words) if word.start == token.start), 0)
    return inside or (place > 0 and read.words[place - 1].form in read.lexicon.titles)


def _other_ending(a: str, b: str, one: Token, other: Token) -> bool:
    """Return whether a German ending tells tense, person or case: macht, machte; komme, kommen; Kinder, Kindern."""
    short, long = sorted((one.key, other.key), key=len)
    same = next((n for n, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    ends = short[same:], long[same:]
    if _noun(a, one) or _noun(b, other):
        return short.endswith("er") and ends == ("", "n")
    return ends not in ADJECTIVES or (ends == ("", "e") and short.endswith("t"))


def _noun(text: str, token: Token) -> bool:
    """Return whether a capital makes the word a noun, as it begins no sentence."""
    before = text[: token.start].rstrip(" \t")[-1:]
    return text[token.start].isupper() and bool(before) and before not in SENTENCE


def _articles(left: Sequence[Token], right: Sequence[Token], held: Sequence[Run], language: str) -> str:
    """Return an article that decides: beside a word that counts, of another case, or in another place."""
    only: tuple[list[str], list[str]] = ([], [])
    for run in held:
        if run.equal:
            continue
        x, y = ([token.key for token in side if token.kind == "article"] for side in (run.left, run.right))
        if language == "de" and "ein" in {*x} ^ {*y} and any(map(_particle, (left, right), (run.start, run.other))):
            return "“ein” in one only"
        if x != y and (found := _beside(left, run.start, run.left) or _beside(right, run.other, run.right)):
            return f"the article before “{found}”"
        if language == "de" and any(p != q and frozenset((p, q)) not in AGREEING for p, q in zip(x, y, strict=False)):
            return f"“{' '.join(x)}” and “{' '.join(y)}”"
        only[0].extend(x)
        only[1].extend(y)
    moved = set(only[0]) & set(only[1])
    return f"“{min(moved)}” in another place" if moved else ""


def _particle(tokens: Sequence[Token], start: int) -> bool:
    """Return whether the next ein belongs to a verb, as no noun follows it: er kauft ein."""
    place = next((n for n in range(start, min(start + 2, len(tokens))) if tokens[n].key == "ein"), -1)
    if place < 0:
        return False
    known = lexicon("de")
    following = tokens[place + 1].key if place + 1 < len(tokens) else ""
    return not following or following in known.function | known.prepositions | known.conjunctions


def _beside(tokens: Sequence[Token], start: int, run: Sequence[Token]) -> str:
    for place, token in enumerate(run, start):
        if token.kind == "article":
            following = tokens[place + 1].key if place + 1 < len(tokens) else ""
            if following in COUNTING or (place and tokens[place - 1].key in JOINING):
                return following
    return ""
