"""Harmless differences: whether two texts say the same beyond doubt, so that one may be removed without a person.

The burden of proof lies with the difference. Whatever is not known to be harmless counts, in every language: signs,
emoji, small words, suffixes, names, codes, the order of words. What a language adds (English and German) only excuses
differences: articles, contractions, plurals, spellings, the notation of numbers, dates and times.
"""

import re
import textwrap
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise, product

from askew.pair_labels.alignment import gaps
from askew.pair_labels.details import ONE_WORD, PARTICLES, decisive, runs
from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.pauses import GREETING
from askew.pair_labels.punctuation import HOMOGRAPHS, SECRET, TAG, laid_out, plain, punctuated
from askew.pair_labels.tokens import KEPT, QUESTION, Token, tokens
from askew.text.language import asks
from askew.text.language import language as detected
from askew.text.sentences import sentences

LONGEST = 2000
"""Tokens that are compared; of longer texts no difference is harmless."""
TAIL = re.compile(r"[?!.。？！؟…।॥۔։።]*$")
CLOSED = re.compile(r"[\s\"”“»«'’)\]*_`]*$")
STOPS = {"।": ".", "॥": ".", "۔": ".", "։": ".", "።": ".", "。": ".", "…": ".", "！": "!"}
"""Full stops of other scripts."""
ACRONYM = 4
"""Most letters of an abbreviation that may be another word in lower case: US, IT, WHO."""
SHOUTED = 0.75
"""Share of capitals from which a whole text is in capitals, which then say nothing."""
ABBREVIATED = frozenset(
    """
    acid aid aids arm basic bat cad cap cat cobra cop dim fat gap gas hip ice jet lamp lap lead led lime mad map mat med
    mop nice nod oil pad pan par pet pin pit pop ram rap rat rest rip rod sad sap sat scan soap spa spam stem sun swat
    swift tag tan tap tar tin tip top van war win yak zip
    """.split()  # noqa: SIM905
)
"""English words that are something else in capitals."""
DECLINED = frozenset({"de"})
"""Languages in which another form of an article is another case: who bites whom."""
POLITE = frozenset("Sie Ihnen Ihr Ihre Ihrem Ihren Ihrer Ihres".split())  # noqa: SIM905
"""German words that mean you with a capital, and they or she without."""
UNIT = re.compile(r"(?<=\d)[ \u00a0\u202f]?([^\W\d_]{1,4})\b")
ONE_CASE = frozenset("kg km cm ml cl dl l h min am pm eur usd gbp chf kwh hz mhz ghz".split())  # noqa: SIM905
"""Units that have one meaning in any case; 5 Mb and 5 MB, 5 mW and 5 MW, 5 m and 5 M have two."""
BEGINNING = re.compile(rf"^(?:[\W\d_]|(?:{'|'.join(sorted(GREETING))})\b(?: \w+)?,)+", re.IGNORECASE)
"""What may stand before the words that ask: signs, numbers, a greeting."""
WORD = re.compile(r"\w+")
END = re.compile(r"(?<=\w)[.!?…]*\s*$")
TELLING = re.compile(r"[^\w\s.,;:!?()'’-]|(?<!\w)-{1,2}\w|_|\w\(|[ğĞşŞıİ]|\w:\w|(?<!^)(?<![.!?] )\bA\b")
"""Signs, codes, and a capital A that is no article: with one of them, capitals are looked at word by word."""
MIXED = re.compile(r"[^\W\d_A-Z][^A-Z]*[A-Z]|\d[^A-Z]*[A-Z].*[^\W\d_A-Z]")
"""In a word with a digit: a capital after a small letter or between a digit and one: a key, a hash, an id (aB3x)."""
QUANTITY = re.compile(r"\d+[^\W\d_]{1,4}")
"""A number with its unit, 5kWh, whose case is judged with the other units."""
UNIFORM = frozenset({"kb", "mb", "gb", "tb", "mg", "mm"})
"""Units of which 5 MB and 5 mb are one, 5 Mb another."""
MEGA = frozenset({"mbps", "mohm", "mcal", "mbit", "meva"})
"""Units of four letters of which a capital is mega and a small letter milli."""
CODE = re.compile(
    r"""
    (?:^|\s)--[a-z][\w-]*                              # an option: --force
    | (?<=[\w./'"])\s-[A-Za-z]{1,3}(?=\s|$)            # ls -la
    | (?:^|\s)(?:~|\.\.?)?/[\w.@-]+/                   # a path: /etc/hosts, ./build/
    | (?:^|\s)(?:~|\.\.?)/?(?=\s\S|$)(?<!\s\.)         # cd .., cd ~
    | ==|!=|=>|->|&&|\|\||\w::\w|[{};]\s*$|\$[A-Za-z_{(]
    | ^\s*[A-Za-z_][\w.]*\([^()]*\)\s*$                # a call: print(a)
    | ^\s*[A-Za-z_][\w.]*\s*[-+*/|]?=\s*\S             # an assignment
    """,
    re.VERBOSE,
)
"""What a line of a program or a command has, and a sentence has not."""
PREFIXES = frozenset({"re", "co", "un", "non", "pre", "ex"})
"""re-sign is not resign, re-cover not recover."""
PLURALS: Mapping[str, frozenset[tuple[str, str]]] = {
    "en": frozenset({("y", "ies"), ("", "'s")}),
    "de": frozenset(
        {("", ending) for ending in ("e", "en", "n", "s", "es")}
        | {("e", "en"), ("e", "er"), ("e", "es"), ("e", "em"), ("en", "er"), ("en", "es"), ("em", "en"), ("em", "er")}
        | {("er", "es")}
    ),
}
"""Endings that are exchanged without another meaning: a plural, a possessive, a case."""
SIBILANTS = ("s", "x", "z", "ch", "sh", "o")
"""Endings of English words with a plural in -es."""


def difference(a: str, b: str) -> str:
    """Return the first difference of two texts that is not known to be harmless, as a phrase; "" if there is none."""
    if (_is_code(a) or _is_code(b)) and _code_lines(a) != _code_lines(b):
        return "in code every character counts"
    tags = [TAG.findall(text) for text in (a, b)]
    if all(tags) and tags[0] != tags[1] and len(tags[0]) == len(tags[1]):
        return "the tags differ"
    a, b = plain(a), plain(b)
    if ("\n" in a or "\n" in b or "\t" in a) and (said := laid_out(a, b)):
        return said
    if _squeezed(a) == _squeezed(b) or surely_same(a, b):
        return ""
    return compared(a, b)


def surely_same(a: str, b: str) -> bool:
    """Return whether two texts differ in nothing but their end and capitals that say nothing, which is seen at once:
    most copies are such. One of them is wholly in small letters or in capitals, and the other has no word of which a
    capital could tell.
    """
    x, y = END.sub("", a), END.sub("", b)
    if not x or x.lower() != y.lower() or "?" in a[len(x) :] + b[len(y) :]:
        return False
    if x == y:
        return True
    if SECRET.search(a):
        return False
    plain, mixed = (x, y) if x in {x.lower(), x.upper()} else (y, x)
    if plain not in {plain.lower(), plain.upper()} or TELLING.search(mixed):
        return False
    words = WORD.findall(mixed)
    pairs = zip(("", *words), words, WORD.findall(plain), strict=False)
    return all(word == other or (_plainly_cased(word) and not before.isdigit()) for before, word, other in pairs)


def _plainly_cased(word: str) -> bool:
    """Return whether a word means the same in small letters and in a text of capitals."""
    small = word.lower()
    if len(word) == 1:
        return small in {"a", "i"}
    return word.isalpha() and small not in HOMOGRAPHS and word in {small, small.capitalize()}


def compared(a: str, b: str) -> str:
    """Return the first difference of two texts in one of their words, signs and marks that is not known to be harmless;
    "" if there is none.
    """
    known = detected(f"{a}\n{b}")
    language = known if known in LANGUAGES else ""
    left, right = tokens(a, language), tokens(b, language)
    if max(len(left), len(right)) > LONGEST:
        return "the texts are long, and differ"
    if not left or not right:
        return "one has no words"
    return (
        _asked(a, b, known)
        or _capitals(a, b, left, right, language)
        or _compared(a, b, left, right, language)
        or _unit_case(a, b)
        or _code_case(a, b)
        or _decided(a, b, left, right, language)
    )


def _decided(a: str, b: str, left: Sequence[Token], right: Sequence[Token], language: str) -> str:
    """Return a detail that decides although differences of its kind are excused."""
    held = runs(left, right)
    return (
        _compared(b, a, right, left, language)  # where words repeat, another alignment
        or decisive(a, b, left, right, held, language)
        or punctuated(a, b, left, held, language)
        or punctuated(b, a, right, runs(right, left), language)
    )


@lru_cache(maxsize=KEPT)
def _is_code(text: str) -> bool:
    """Return whether most lines of a text are those of a program or a shell."""
    lines = [line for line in text.splitlines() if line.strip()]
    return 2 * sum(CODE.search(line) is not None for line in lines) > len(lines)


def _code_lines(text: str) -> list[str]:
    """Return the lines without what no language reads: blank lines, spaces at their ends, a common indentation."""
    return [line.rstrip() for line in textwrap.dedent(text).splitlines() if line.strip()]


def _squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _asked(a: str, b: str, language: str) -> str:
    """A question differs from a statement; a mark that is missing says nothing where the words ask."""
    marks = _last_mark(a), _last_mark(b)
    if "?" not in marks or marks[0] == marks[1]:
        return ""
    other = a if marks[1] == "?" else b
    start, end = sentences(other)[-1]
    last = BEGINNING.sub("", other[start:end])
    asking = "" in marks and asks(last, (language or LANGUAGES[0],))
    return "" if asking else "only one is a question"


@lru_cache(maxsize=KEPT)
def _last_mark(text: str) -> str:
    bare = CLOSED.sub("", text)
    tail = TAIL.search(bare)
    marks = tail[0] if tail else ""
    if QUESTION & set(marks):
        return "?"
    return STOPS.get(marks[-1:], marks[-1:])


def _capitals(a: str, b: str, left: Sequence[Token], right: Sequence[Token], language: str) -> str:
    """Capitals are harmless, but for abbreviations and the German Sie."""
    written = all(text != text.lower() for text in (a, b))
    if written and language == "de" and (polite := _polite(a) ^ _polite(b)):
        return f"“{min(polite)}” has a capital in one only"
    return _shouted(a, b, left, right, language)


def _polite(text: str) -> frozenset[str]:
    """Return the words of POLITE that are within a sentence, where the capital says something."""
    words = list(re.finditer(r"\w+", text))
    inner = (word[0] for last, word in pairwise(words) if not set(text[last.end() : word.start()]) & set('.!?:„“"\n'))
    return POLITE.intersection(inner)


def _unit_case(a: str, b: str) -> str:
    """Return a unit that two texts write in another case with another meaning: 5 Mb and 5 MB."""
    left, right = ([unit for unit in UNIT.findall(text) if unit.casefold() not in ONE_CASE] for text in (a, b))
    in_order = zip(left, right, strict=True) if len(left) == len(right) else ()
    apart = product(sorted({*left} - {*right}), sorted({*right} - {*left}))
    for one, other in (*in_order, *apart):
        uniform = all(unit in {unit.lower(), unit.upper()} for unit in (one, other))
        known = _spelled(one) or (uniform and one.casefold() in UNIFORM)
        if one != other and one.casefold() == other.casefold() and not known:
            return f"“{one}” and “{other}”"
    return ""


def _code_case(a: str, b: str) -> str:
    """Return a code that two texts write in another case: capitals are part of a key, a hash or a short link."""
    left, right = _mixed(a), _mixed(b)
    if left == right:
        return ""
    for codes, other in ((left - right, b), (right - left, a)):
        written = {word.casefold(): word for word in re.findall(r"\w+", other)}
        for code in sorted(codes):
            if (found := written.get(code.casefold(), code)) != code:
                return f"“{code}” and “{found}”"
    return ""


@lru_cache(maxsize=KEPT)
def _mixed(text: str) -> frozenset[str]:
    words = (word for word in WORD.findall(text) if word.upper() != word != word.lower())
    codes = (word for word in words if any(map(str.isdigit, word)) and MIXED.search(word))
    return frozenset(code for code in codes if not QUANTITY.fullmatch(code))


def _spelled(unit: str) -> bool:
    """A number may be followed by a word: 5 DAYS. Those of four letters are words."""
    return len(unit) == 4 and unit.casefold() not in MEGA | {"gbps", "kbps"}


def _shouted(a: str, b: str, left: Sequence[Token], right: Sequence[Token], language: str) -> str:
    """US is not us, and the SWIFT not Swift, unless a whole text is in capitals."""
    for text, own, other, theirs in ((a, left, b, right), (b, right, a, left)):
        if not _has_capitals(text, language):
            continue
        if any(sum(map(str.isupper, side)) > SHOUTED * sum(map(str.isalpha, side)) for side in (a, b)):
            return ""
        capital = {word: bare for word, bare in _bare(text, own).items() if _capital(word)}
        plain = {word.casefold(): bare for word, bare in _bare(other, theirs).items() if not _capital(word)}
        for word in sorted(capital.keys() - set(UNIT.findall(text))):
            if (found := plain.get(word.casefold())) is None:
                continue
            short = language not in LANGUAGES and len(word) <= ACRONYM
            known = short or word.casefold() in ABBREVIATED or _is_small(word, language)
            if known or found != capital[word]:  # an article makes one of them a common noun
                return f"“{word}” is an abbreviation in one only"
    return ""


def _is_small(word: str, language: str) -> bool:
    return language in LANGUAGES and len(word) <= ACRONYM and word.casefold() in lexicon(language).function


@lru_cache(maxsize=KEPT)
def _has_capitals(text: str, language: str) -> bool:
    return any(_capital(text[token.start : token.end]) for token in tokens(text, language))


def _bare(text: str, tokens: Sequence[Token]) -> dict[str, bool]:
    """Return whether a word, as written, has no article before it."""
    return {
        text[token.start : token.end]: place == 0 or tokens[place - 1].kind != "article"
        for place, token in enumerate(tokens)
        if token.kind == "word"
    }


def _capital(word: str) -> bool:
    return len(word) > 1 and word.isupper() and word.isalpha()


def _compared(a: str, b: str, left: Sequence[Token], right: Sequence[Token], language: str) -> str:
    keys, others = ([token.key for token in side] for side in (left, right))
    for hole in gaps(keys, others):
        x, y = left[hole.a1 : hole.a2], right[hole.b1 : hole.b2]
        if not _excused(x, y, language):
            return _said(a, b, x, y)
    return ""


def _excused(left: Sequence[Token], right: Sequence[Token], language: str) -> bool:
    if language in DECLINED and _declined(left, right):
        return False
    left, right = ([token for token in side if token.kind != "article"] for side in (left, right))
    if not left and not right:
        return True
    if not left or not right or any(token.kind != "word" for token in chain(left, right)):
        return False
    if "".join(token.key for token in left) == "".join(token.key for token in right):
        finer = _edges(left) <= _edges(right) or _edges(right) <= _edges(left)  # not men swear, mens wear
        return finer and _joins(left, language) and _joins(right, language)  # e-mail, email
    pairs = zip(left, right, strict=False)
    return len(left) == len(right) and all(x.key == y.key or _inflected(x.key, y.key, language) for x, y in pairs)


def _edges(words: Sequence[Token]) -> set[int]:
    """Return where words end in all of their letters."""
    return set(accumulate(len(word.key) for word in words))


def _declined(left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Return whether an article has two forms: der Hund, den Hund. Articles may be left out, or be indefinite."""
    forms = ({token.key for token in side if token.kind == "article"} for side in (left, right))
    one, other = ({form for form in side if form[0] == "d"} for side in forms)
    return bool(one and other and one != other)


def _joins(words: Sequence[Token], language: str) -> bool:
    """Return whether words may be written as one, unlike 1 2, no body and re-sign."""
    if len(words) == 1:
        return True
    parts = [word.key for word in words]
    if all(map(str.isdigit, parts)):
        return language != "en" and len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])  # 1 000
    if "".join(parts) in ONE_WORD:
        return True
    known = lexicon(language) if language in LANGUAGES else None
    small: Collection[str] = {*known.function, *known.negators} if known else ()
    inner = parts[:-1] if parts[-1] in PARTICLES and len(parts[0]) >= 3 else parts
    return parts[0] not in PREFIXES and all(map(str.isalpha, parts)) and not any(part in small for part in inner)


def _inflected(x: str, y: str, language: str) -> bool:
    if min(len(x), len(y)) < 4 or language not in LANGUAGES or {x, y} & lexicon(language).function:
        return False
    same = next((n for n, pair in enumerate(zip(x, y, strict=False)) if pair[0] != pair[1]), min(len(x), len(y)))
    ends = x[same:], y[same:]
    if language == "en" and {*ends} in ({"", "s"}, {"", "es"}):
        base = min(x, y, key=len)
        return base.endswith(SIBILANTS) if "es" in ends else not base.endswith("s")  # princess is no plural
    return same >= 3 and (ends in PLURALS[language] or ends[::-1] in PLURALS[language])


def _said(a: str, b: str, left: Sequence[Token], right: Sequence[Token]) -> str:
    one, other = (text[side[0].start : side[-1].end] if side else "" for text, side in ((a, left), (b, right)))
    return f"“{one}” and “{other}”" if one and other else f"only one has “{one or other}”"
