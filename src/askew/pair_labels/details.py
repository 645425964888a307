"""Details of words that decide: differences that are harmless as a rule, and not in these words.

A plural is harmless, but glasses are not glass; so are articles, but few are not a few; a compound in two words, but a
black bird is no blackbird. Asked last, about texts whose differences are all excused.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from askew.pair_labels.alignment import Hole, gaps
from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.reading import reading
from askew.pair_labels.tokens import RUN, Token, is_title

PLURALS = frozenset(
    """
    accommodation air arm authorit beside belonging blind blue brain brief cloth colour color compass content custom
    damage draught drawer due earning effect force fund future good glass green ground head honour honor indoor interest
    letter look manner mean minute moral odd outdoor pain paper part people premise proceeding quarter remain respect
    return right saving securit scale short sometime spectacle spirit stair stock surrounding talk term tight time trunk
    ware water wood work
    """.split()  # noqa: SIM905
)
"""English words that mean something else with an s: glass, glasses; damage, damages."""
SUBJECTS = re.compile(r"(?!topic|clinic|critic|picnic|fabric|graphic).*ic")
"""English words of which the one with an s is a subject: economic, economics."""
ACCENTED = frozenset("expose lame mate ole pate pique resume rose sake".split())  # noqa: SIM905
"""English words that are other words with an accent."""
SHARP = ("busse", "bussen", "floss", "geschoss", "geschosse", "masse", "massen", "schoss")
"""Ends of German words that are other words with ß."""
SINGULAR = frozenset({"is", "was", "has", "does"})
"""English verbs before which a word with an s is no plural but another one: the drawers was lost."""
IDIOMS = frozenset(
    """
    air bed board call case charge church course court duty end fact fire front hand hold hospital line mind office
    order place point power prison question record rule school sea short stock time top track trial way whole
    """.split()  # noqa: SIM905
)
"""English words that an article makes something else behind a preposition: in charge, in the charge of."""
BEFORE_IDIOMS = frozenset(
    "in of by at on out to take takes took taken make makes made lose lost keep kept have has".split()  # noqa: SIM905
)
MASS = frozenset("room time change iron paper glass cold rest light chicken business work hair".split())  # noqa: SIM905
"""English words for a stuff, which an article makes a thing."""
WORDS = frozenset("art kost last macht mark rat recht schuld wahl".split())  # noqa: SIM905
"""German words whose plural says something else: Schuld, Schulden."""
STATED = frozenset("the this that these those my your his her our their its".split())  # noqa: SIM905
"""English words behind which a plural is stated: delete my account, my accounts."""
VERBS = frozenset(
    """
    add back black break build buy buzz call cash check clean clear cut dine drop fall fill flip follow get give hand
    hang hold kick lay lead lock log look make mark mix opt pay phase pick pin play plug pop print pull push read ring
    roll run sell set show shut sign spin stand start step take throw tie time trade try tune turn type walk warm wash
    work write zip
    """.split()  # noqa: SIM905
)
"""English verbs that are written as one with their particle: log in, login; not Rob in, Robin."""
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
FURTHER = re.compile(r"[-‐‑]|\s+\w+s\b")
BETWEEN = re.compile(r"(?<=\w)[\s-](?=\w)")
WHOLE = re.compile(r"[\w\s'’-]+")
SPACE = re.compile(r"(?<![0-9A-Za-z\s])[ \t\u3000]+(?![0-9A-Za-z\s])")
COUNTING = frozenset(
    "few little lot number only most more less least half same other last next past rest future paar".split()  # noqa: SIM905
)
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
DETERMINER = re.compile(
    r"der|die|das|de[mns]|im|am|zum|zur|vom|beim|ins|alle[nrs]?|viele[nr]?|einige[nr]?|mehrere[nr]?"
    r"|(?:k?ein|mein|dein|sein|ihr|unser|euer)(?:e[mnrs]?)?|(?:dies|jed|welch|solch|jen)e[mnrs]?"
)
"""What stands before a German noun and tells its number or case: der, keine, zum."""
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
                if x == y:
                    continue
                if _apart(x, y, one, left[run.start + n + 1 :], language) or _hyphenated(a, b, one, other):
                    return f"“{x}” and “{y}”"
        elif said := _replaced(a, b, run, language):
            return said
    return _articles(left, right, held, language)


def _apart(x: str, y: str, token: Token, after: Sequence[Token], language: str) -> bool:
    """Return whether two spellings of a word or number with one meaning as a rule have two here."""
    sharp = ("ß" in x) != ("ß" in y) and not (x.isupper() or y.isupper())
    x, y = x.casefold(), y.casefold()
    if token.kind == "value":
        padded = any(PADDED.fullmatch(one) and _padded(one, token.key) for one in (x, y))
        named = padded and NUMBER.fullmatch(token.key) and x != y
        return bool(named) or bool(CENT.search(x)) != bool(CENT.search(y))
    if language == "en" and token.key == "do" and {x, y} <= ABLE:
        asks = bool(after) and after[0].key in {"i", "we"}
        return x != y and not (asks and not (len(after) > 1 and after[1].key == "have"))
    if x == y:
        return sharp and token.key.endswith(SHARP) and language in ("", "de")
    return language == "en" and ({_bare(x), _bare(y)} <= ACCENTED or token.key in SPELT)


def _hyphenated(a: str, b: str, one: Token, other: Token) -> bool:
    """Return whether a number in words has its hyphens elsewhere, beside more of them: twenty four-hour sessions,
    twenty-four hour sessions.
    """
    x, y = a[one.start : one.end], b[other.start : other.end]
    if one.kind != "value":
        return False
    gaps, others = (BETWEEN.findall(text) for text in (x, y))
    further = len(gaps) > 1 or any(FURTHER.match(text, end) for text, end in ((a, one.end), (b, other.end)))
    return len(gaps) == len(others) and bool(further) and gaps != others


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
        if one.key != other.key and language and _other_form(a, b, one, other, language):
            return f"“{a[one.start : one.end]}” and “{b[other.start : other.end]}”"
    return ""


def _one_word(text: str, parts: Sequence[Token], language: str) -> bool:
    """Return whether words may be joined: with a hyphen, before a particle, in a number, or one of a list."""
    written = text[parts[0].start : parts[-1].end]
    joined = "".join(part.key for part in parts)
    if joined in ONE_WORD or HYPHEN.search(written) or joined.isdigit() or _runs_on(joined, written):
        return True
    phrasal = parts[-1].key in PARTICLES and parts[0].key in VERBS
    return language in ("", "en") and (phrasal or joined.removesuffix("s") in ONE_WORD)


def _runs_on(joined: str, written: str) -> bool:
    """Return whether words of a script without spaces are divided by a line end, or beside other letters."""
    return bool(RUN.match(joined) and WHOLE.fullmatch(written) and not SPACE.search(written))


def _other_form(a: str, b: str, one: Token, other: Token, language: str) -> bool:
    if language == "en":
        base = min(one.key, other.key, key=len).removesuffix("y")
        if base in PLURALS or SUBJECTS.fullmatch(base):
            return True
        if any(_is_name(text, token) for text, token in ((a, one), (b, other))):
            return True  # a capital within a sentence: a name
        if all(_preceding(text, token) in STATED for text, token in ((a, one), (b, other))):
            return True
        if all(_following(text, token) in SINGULAR for text, token in ((a, one), (b, other))):
            return True
    if any(lexicon(language).kinds.get(token.key, ("", 0))[0] == "weekday" for token in (one, other)):
        return True  # on Friday, on Fridays
    possessive = any(token.key.endswith("'s") for token in (one, other))
    if not possessive and _names(a, one, language) and _names(b, other, language):
        return True
    return language == "de" and _other_ending(a, b, one, other)


def _is_name(text: str, token: Token) -> bool:
    """Return whether a first capital within a sentence makes the word a name, in a text that is no title."""
    return _noun(text, token) and not text[token.start : token.end].isupper() and not is_title(text)


def _following(text: str, token: Token) -> str:
    found = re.match(r"\s+(\w+)", text[token.end : token.end + 20])
    return found[1].casefold() if found else ""


def _preceding(text: str, token: Token) -> str:
    found = re.search(r"(\w+)\s+$", text[max(token.start - 20, 0) : token.start])
    return found[1].casefold() if found else ""


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
        if short[: len(short) - (short[-1] == "e")] in WORDS or short in WORDS:
            return True
        return (short.endswith("er") and ends == ("", "n")) or not (_determined(a, one) and _determined(b, other))
    before_noun = all(_following_is_noun(text, token) for text, token in ((a, one), (b, other)))
    return ends not in ADJECTIVES or (ends == ("", "e") and (short.endswith("t") or not before_noun))


def _determined(text: str, token: Token) -> bool:
    """Return whether a small word stands before a German noun, without which its number or case is unknown: Schuld,
    Schulden; Hunden folgen Katzen.
    """
    return bool(DETERMINER.fullmatch(_preceding(text, token)))


def _following_is_noun(text: str, token: Token) -> bool:
    found = re.match(r"\s+(\w)", text[token.end : token.end + 5])
    return bool(found and found[1].isupper())


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
        alone = _alone(left, run.start, run.left, language) or _alone(right, run.other, run.right, language)
        if x != y and alone:
            return f"“{alone}” in one only"
        bare = language == "en" and not (x and y)
        if x != y and (found := _beside(left, run.start, run.left, bare) or _beside(right, run.other, run.right, bare)):
            return f"the article before “{found}”"
        if language == "de" and any(p != q and frozenset((p, q)) not in AGREEING for p, q in zip(x, y, strict=False)):
            return f"“{' '.join(x)}” and “{' '.join(y)}”"
        only[0].extend(x)
        only[1].extend(y)
    moved = set(only[0]) & set(only[1])
    return f"“{min(moved)}” in another place" if moved else ""


def _alone(tokens: Sequence[Token], start: int, run: Sequence[Token], language: str) -> str:
    """Return a word that looks like an article without its noun: er kauft ein, ich mag das nicht, solve for a in."""
    if language not in LANGUAGES:
        return ""
    known = lexicon(language)
    for place, token in enumerate(run, start):
        following = tokens[place + 1].key if place + 1 < len(tokens) else ""
        small = following in known.function | known.prepositions | known.conjunctions | known.negators
        if token.kind == "article" and (not following or (small and following not in COUNTING)):
            return token.key
    return ""


def _beside(tokens: Sequence[Token], start: int, run: Sequence[Token], bare: bool) -> str:
    """Return the word beside an article that makes it decide. bare: the other text has none there."""
    for place, token in enumerate(run, start):
        if token.kind == "article":
            following = tokens[place + 1].key if place + 1 < len(tokens) else ""
            before = tokens[place - 1].key if place else ""
            idiom = (following in IDIOMS and before in BEFORE_IDIOMS) or (bare and following in MASS)
            if following in COUNTING or before in JOINING or idiom:
                return following
    return ""
