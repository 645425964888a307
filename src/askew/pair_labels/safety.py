"""Harmless differences: whether two texts say the same beyond doubt, so that one may be removed without a person.

The burden of proof lies with the difference. Whatever is not known to be harmless counts, in every language: signs,
emoji, small words, suffixes, names, codes, the order of words. What a language adds (English and German) only excuses
differences: articles, contractions, plurals, spellings, the notation of numbers, dates and times.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.reading import reading
from askew.pair_labels.values import Value
from askew.text.language import language as detected

LONGEST = 2000
"""Tokens that are compared; of longer texts no difference is harmless."""
KEPT = 1 << 14
"""Texts whose tokens are kept: each is in as many pairs as it has neighbours."""

TOKEN = re.compile(
    r"[^\W_]+(?:[.,:'’/\u00a0\u202f](?=\d)[^\W_]+|['’.](?=[^\W\d_])[^\W_]+)*"  # words, numbers, codes
    r"|[\U0001f1e6-\U0001f1ff]{2}"  # flags
    r"|\S[\ufe0f\u200d\U0001f3fb-\U0001f3ff]*(?:\u200d\S\ufe0f?[\U0001f3fb-\U0001f3ff]*)*"  # other signs, emoji
)
HARMLESS = frozenset(".,;:!…\"“”„‟»«›‹‘’‚'`´()[]{}¿¡·•。、，；：！（）「」『』《》【】؛،।")
DASHES = frozenset("-‐‑‒–—")
OPERATORS = frozenset("+=<>*/^|~×÷±≠≤≥")
QUESTION = frozenset("?？؟")
TAIL = re.compile(r"[?!.。？！؟…]*$")
AFTER = " \t\r\n\"”“»«'’)]?!.？！"
CLOSED = re.compile(r"[\s\"”“»«'’)\]]*$")
MARKUP = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•–][ \t]+|\d{1,2}[.)][ \t]+)|\*\*|__|`", re.MULTILINE)
QUOTES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'"})
INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
ACRONYM = (2, 4)
"""Letters of an abbreviation that may be another word in lower case: US, IT, WHO."""

SPELLED_OUT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "can't": "can not",
        "cannot": "can not",
        "won't": "will not",
        "shan't": "shall not",
        "let's": "let us",
        **{f"{word}'s": f"{word} is" for word in "what who where how it that there here".split()},  # noqa: SIM905
        "whats": "what is",
        "i'm": "i am",
        "im": "i am",
        "gonna": "going to",
        "dont": "do not",
        "doesnt": "does not",
        "didnt": "did not",
        "isnt": "is not",
        "cant": "can not",
    },
    "de": {f"{word}'s": f"{word} es" for word in "gibt geht ist hab".split()},  # noqa: SIM905
}
ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will"}
ARTICLES: Mapping[str, frozenset[str]] = {
    "en": frozenset({"a", "an", "the"}),
    "de": frozenset("der die das den dem des ein eine einen einem einer eines".split()),  # noqa: SIM905
}
PLURALS: Mapping[str, frozenset[tuple[str, str]]] = {
    "en": frozenset({("", "s"), ("", "es"), ("y", "ies"), ("", "'s"), ("s", "'s")}),
    "de": frozenset(
        {("", ending) for ending in ("e", "en", "n", "s", "es")}
        | {("e", "en"), ("e", "er"), ("e", "es"), ("e", "em"), ("en", "er"), ("en", "es"), ("em", "en"), ("em", "er")}
        | {("er", "es")}
    ),
}
"""Endings that are exchanged without another meaning: a plural, a possessive, a case."""
SPELLINGS = (
    (re.compile(r"is(e[sdr]?|ing|ations?)$"), r"iz\1"),
    (re.compile(r"ys(e[sdr]?|ing)$"), r"yz\1"),
    (re.compile(r"(?<=[a-z]{3})our(s|ed|ing|able|ite|ites)?$"), r"or\1"),
    (re.compile(r"(?<=[bcdhlnt])re(s|d)?$"), r"er\1"),
)
"""British to American."""
SHORTEST = 6
"""Letters of a word whose spelling varies."""


class Token(NamedTuple):
    """text[start:end]. kind: word, sign or value. key: equal keys mean the same."""

    kind: str
    key: str
    start: int
    end: int


def difference(a: str, b: str) -> str:
    """Return the first difference of two texts that is not known to be harmless, as a phrase; "" if there is none."""
    if _squeezed(a) == _squeezed(b):
        return ""
    known = detected(f"{a}\n{b}")
    language = known if known in LANGUAGES else ""
    left, right = tokens(a, language), tokens(b, language)
    if max(len(left), len(right)) > LONGEST:
        return "the texts are long, and differ"
    if not left or not right:
        return "one has no words"
    return _asked(a, b) or _shouted(a, b, left, right, language) or _compared(a, b, left, right, language)


def _squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=KEPT)
def tokens(text: str, language: str) -> tuple[Token, ...]:
    """Return everything in a text that says something: words, values and signs, without articles and punctuation."""
    whole = MARKUP.sub(lambda found: " " * len(found[0]), text)
    values = _values(text, language)
    operators = any(character in OPERATORS for character in whole)
    made: list[Token] = []
    end = 0
    for found in TOKEN.finditer(whole):
        if found.start() < end:
            continue
        end = found.end()
        if found.start() in values:
            key, end = values[found.start()]
            made.append(Token("value", key, found.start(), end))
        elif found[0][0].isalnum():
            made += _words(found[0], found.start(), language)
        elif _says(whole, *found.span(), operators):
            made.append(Token("sign", unicodedata.normalize("NFC", found[0]).rstrip("\ufe0f"), *found.span()))
    return tuple(made)


def _values(text: str, language: str) -> Mapping[int, tuple[str, int]]:
    """Return the values of a text by where they start: what they mean, and where they end."""
    if language not in LANGUAGES:
        return {}
    read = reading(text, language)
    pairs = ((value, _meaning(value)) for value in read.values)
    return {read.words[value.first].start: (key, read.words[value.last].end) for value, key in pairs if key}


def _meaning(value: Value) -> str:
    """Return a key for numbers, dates and times that are certain; "" for others, which are compared word by word."""
    if value.kind == "number" and value.amount == value.amount and not value.rough:
        return f"{value.amount:.12g} {value.unit}".strip()
    if value.kind == "date" and len(value.days) == 1:
        [day] = value.days
        return f"date {day.year}-{day.month}-{day.day}"
    return f"time {value.amount:g} {value.key}" if value.kind == "time" else ""


def _words(written: str, start: int, language: str) -> Iterator[Token]:
    form = unicodedata.normalize("NFC", written).translate(QUOTES).casefold()
    if language == "en":
        form = "".join(one for one in unicodedata.normalize("NFD", form) if not unicodedata.combining(one)) or form
    articles = ARTICLES.get(language, frozenset())
    for part in _parts(form, language):
        if part not in articles:
            yield Token("word", part, start, start + len(written))


def _parts(form: str, language: str) -> list[str]:
    """Return a word as it is without contractions, and in one spelling."""
    if whole := SPELLED_OUT.get(language, {}).get(form):
        return whole.split()
    if language != "en":
        return [form]
    for ending, word in ENDINGS.items():
        if form.endswith(ending) and len(form) > len(ending):
            return [form.removesuffix(ending), word]
    if INITIALS.fullmatch(form):
        return [form.replace(".", "")]
    for pattern, other in SPELLINGS:
        form = pattern.sub(other, form) if len(form) >= SHORTEST else form
    return [form]


def _says(text: str, start: int, end: int, operators: bool) -> bool:
    """Return whether a sign says something where it stands. operators: the text has some, so that - may be one."""
    sign, before, after = text[start:end], text[start - 1 : start] if start else "", text[end : end + 1]
    if sign in DASHES:
        return operators or (after.isdigit() and (before.isdigit() or not before.isalnum()))  # a range, a minus
    if sign in QUESTION:
        return bool(text[end:].strip(AFTER))  # a mark at the end is compared apart
    if sign == "!":
        return after == "="
    if sign in "([{":
        return before.isalnum()  # f(x)
    if sign in ".,:;'":
        return before.isdigit() and (sign == "'" or after.isdigit())  # feet; what TOKEN leaves of a number
    if sign in '"”“':
        return before.isdigit() and sum(text.count(mark, 0, start) for mark in '"”“„') % 2 == 0  # inches
    return sign not in HARMLESS


def _asked(a: str, b: str) -> str:
    """A question differs from a statement; a mark that is missing says nothing."""
    marks = {_last_mark(a), _last_mark(b)}
    return "only one is a question" if marks in ({"?", "."}, {"?", "!"}) else ""


def _last_mark(text: str) -> str:
    bare = CLOSED.sub("", text)
    tail = TAIL.search(bare)
    marks = tail[0] if tail else ""
    if QUESTION & set(marks):
        return "?"
    return {"。": ".", "…": ".", "！": "!"}.get(marks[-1:], marks[-1:])


def _shouted(a: str, b: str, left: Sequence[Token], right: Sequence[Token], language: str) -> str:
    """US is not us, and IT not it, unless a whole text is in capitals."""
    if any(2 * sum(map(str.isupper, text)) > sum(map(str.isalpha, text)) for text in (a, b)):
        return ""
    for text, own, other, theirs in ((a, left, b, right), (b, right, a, left)):
        capital = {text[token.start : token.end] for token in own if token.kind == "word"}
        plain = {other[token.start : token.end].casefold() for token in theirs if token.kind == "word"}
        plain -= {other[token.start : token.end].casefold() for token in theirs if _is_acronym(other, token)}
        for word in sorted(capital):
            known = language not in LANGUAGES or word.casefold() in lexicon(language).function
            if _capital(word) and word.casefold() in plain and known:
                return f"“{word}” is an abbreviation in one only"
    return ""


def _is_acronym(text: str, token: Token) -> bool:
    return _capital(text[token.start : token.end])


def _capital(word: str) -> bool:
    return ACRONYM[0] <= len(word) <= ACRONYM[1] and word.isalpha() and word.isupper()


def _compared(a: str, b: str, left: Sequence[Token], right: Sequence[Token], language: str) -> str:
    keys, others = ([token.key for token in side] for side in (left, right))
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, keys, others, autojunk=False).get_opcodes():
        if kind != "equal" and not _excused(left[a1:a2], right[b1:b2], language):
            return _said(a, b, left[a1:a2], right[b1:b2])
    return ""


def _excused(left: Sequence[Token], right: Sequence[Token], language: str) -> bool:
    if not left or not right or any(token.kind != "word" for token in chain(left, right)):
        return False
    if "".join(token.key for token in left) == "".join(token.key for token in right):
        return True  # e-mail, email
    pairs = zip(left, right, strict=False)
    return len(left) == len(right) and all(x.key == y.key or _inflected(x.key, y.key, language) for x, y in pairs)


def _inflected(x: str, y: str, language: str) -> bool:
    if min(len(x), len(y)) < 4 or language not in LANGUAGES or {x, y} & lexicon(language).function:
        return False
    same = next((n for n, pair in enumerate(zip(x, y, strict=False)) if pair[0] != pair[1]), min(len(x), len(y)))
    ends = x[same:], y[same:]
    return same >= 3 and (ends in PLURALS[language] or ends[::-1] in PLURALS[language])


def _said(a: str, b: str, left: Sequence[Token], right: Sequence[Token]) -> str:
    one, other = (text[side[0].start : side[-1].end] if side else "" for text, side in ((a, left), (b, right)))
    return f"“{one}” and “{other}”" if one and other else f"only one has “{one or other}”"
