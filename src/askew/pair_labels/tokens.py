"""Tokens of a text: the words, values and signs that say something, each with a key that equals in another notation.

What a language adds (English and German) only makes notations equal: contractions, spellings, numbers, dates, times.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from askew.pair_labels.lexicon import LANGUAGES
from askew.pair_labels.numbers import THOUSANDS
from askew.pair_labels.reading import reading
from askew.pair_labels.values import CURRENCIES, Value
from askew.text.words import SPACELESS

EXACT, EXACT_DIGITS = 2.0**53, 12
"""Numbers from which not every digit is kept, and digits from which those of a fraction are not."""
BREAK = re.compile(r"[,;:.!?]\s")
DAY = re.compile(r"(?<=\d)\.\s|(?:(?<=\d)|(?<=\d[a-z]{2})),\s+(?=(?:19|20)\d\d$)")
"""5. Mai; May 5, 2024"""
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{2}|\d{4}))?")
MONTHS = 12
PADDED = re.compile(r"0\d")
UNSURE_UNIT = re.compile(r"[\d.,]+ ?[kKGMS]")
"""4K TVs, 300 K, a 5G phone."""
SPACED = re.compile(r"\d{1,3} \d{3}\D*")
DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")
THOUSAND = 1000
KEPT = 1 << 14
"""Texts whose tokens are kept: each is in as many pairs as it has neighbours."""

TOKEN = re.compile(
    r"[^\W_]+(?:[.,:'’/\u00a0\u202f](?=\d)[^\W_]+|['’.](?=[^\W\d_])[^\W_]+)*"  # words, numbers, codes
    r"|[\U0001f1e6-\U0001f1ff]{2}"  # flags
    r"|(?<!\w)[:;=]['’]?-?[()\[\]DP](?![\w)])|[:;=]['’]?-?[()\[\]](?=\s|$)"  # emoticons
    r"|\S[\ufe0f\u200d\U0001f3fb-\U0001f3ff]*(?:\u200d\S\ufe0f?[\U0001f3fb-\U0001f3ff]*)*"  # other signs, emoji
)
RUN = re.compile(f"[{SPACELESS}]")
HARMLESS = frozenset(".,;:!…\"“”„‟»«›‹‘’‚'`´()[]{}¿¡·•。、，；：！（）「」『』《》【】؛،।")
DASHES = frozenset("-‐‑‒–—")
OPERATORS = frozenset("+=<>*/^|~×÷±≠≤≥")
AMOUNT = re.compile(r"(?:[A-Z]{0,3}[$€£¥₹₽₩₿]\s?|[A-Z]{3} ?)?[.,]?[\d½¼¾∞]|[a-z]+\(")
"""What a minus stands before: 5, .5, $5, US$5, USD 5, ∞, cos(x)."""
LEADING = re.compile(r"(?<!\d)[.,]\d")
"""A decimal point without a digit before it, which values do not see: $.50"""
STANDS = re.compile(r"\s+[\"“”„«»'‘’(\[*_`]*\w")
"""What follows an article: another word."""
RANGE = re.compile(r"\d[.,:]?\s?[^\W_]{0,9}[.%€°]?\s*$")
"""What a dash stands behind in a range: 10, 8 am, 1 March."""
GRADE = re.compile(r"(?<!\w)[A-F]$")
QUESTION = frozenset("?？؟")
AFTER = " \t\r\n\"”“»«'’)]?!.？！"
MARKUP = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•–][ \t]+|\d{1,2}[.)][ \t]+)|\*\*|__|`", re.MULTILINE)
QUOTES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'"})
INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
INITIALLED = frozenset({"a.m", "e.g", "i.e", "p.m", "p.s", "u.k", "u.s"})
"""Abbreviations in small letters that are also written without full stops; x.y is none."""

SPELLED_OUT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "can't": "can not",
        "cannot": "can not",
        "won't": "will not",
        "shan't": "shall not",
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
LOANWORDS = frozenset(
    """
    aperitif applique apres attache blase brulee cafe canape cliche cooperate coordinate cortege creche creme crepe
    debacle debut decor deja denouement detente doppelganger eclair elite emigre entree epee etude facade fete fiance
    fiancee flambe habitue hotel ingenue jalapeno macrame matinee melee menage naive naively naivete negligee nino noel
    papier passe pina pinata precis premiere protege protegee puree regime reelect resume risque role rose roue saute
    sauteed seance senor senora soiree souffle tete touche uber vis voila zoology expose lame mate ole pate pique sake
    """.split()  # noqa: SIM905
)
"""English words that are written with an accent or without, as a rule with one meaning."""
SPELLINGS = (
    (re.compile(r"is(e[sdr]?|ing|ations?)$"), r"iz\1"),
    (re.compile(r"ys(e[sdr]?|ing)$"), r"yz\1"),
    (
        re.compile(
            r"^(un|dis|mis)?(arm|behavi|cand|clam|col|demean|endeav|fav|ferv|flav|harb|hon|hum|lab|misdemean|neighb|od"
            r"|parl|ranc|rig|rum|savi|sav|splend|tum|val|vap|vig)our(s|ed|ing|able|ite|ites|ly|hood|hoods|less|ful)?$"
        ),
        r"\1\2or\3",
    ),
    (re.compile(r"(cent|theat|fib|calib|somb|spect|lust|meag|sab|och|mit|met|lit|timb)re(s?)$"), r"\1er\2"),
    (re.compile(r"(cent|mit)red$"), r"\1ered"),
    (
        re.compile(
            r"^(cancel|channel|counsel|dial|fuel|initial|label|level|marvel|model|panel|quarrel|shovel|signal|total|travel|tunnel)"
            r"l(ed|ing|ers?|ors?)$"  # not any word: filled is not filed
        ),
        r"\1\2",
    ),
)
"""British to American."""
UNWILLED = frozenset("help forget hear know refuse remember resist say see think trust believe".split())  # noqa: SIM905
"""What one can or cannot do, which another question asks than how it is done."""
SHORTEST = 6
"""Letters of a word whose spelling varies."""


class Token(NamedTuple):
    """text[start:end]. kind: word, article, sign or value. key: equal keys mean the same."""

    kind: str
    key: str
    start: int
    end: int


@lru_cache(maxsize=KEPT)
def tokens(text: str, language: str) -> tuple[Token, ...]:
    """Return everything in a text that says something: words, values and signs, without punctuation."""
    whole = MARKUP.sub(lambda found: " " * len(found[0]), text)
    values = _values(text, language)
    operators = not OPERATORS.isdisjoint(whole)
    made: list[Token] = []
    end = 0
    while found := TOKEN.search(whole, end):  # a value may end within what looks like one word: 10mg/5ml
        end = found.end()
        if found.start() in values:
            key, end = values[found.start()]
            made.append(Token("value", key, found.start(), end))
        elif found[0][0].isalnum():
            spoken = "" if "@" in (whole[found.start() - 1 : found.start()], whole[end : end + 1]) else language
            words = _words(found[0], spoken)
            if words[0][0] == "article" and _is_no_article(whole, *found.span(), language):
                words = (("word", words[0][1]),)
            made += [Token(kind, key, found.start(), end) for kind, key in words]
        elif _says(whole, *found.span(), operators):
            sign = "-" if found[0] in DASHES else unicodedata.normalize("NFC", found[0]).rstrip("\ufe0f")
            made.append(Token("sign", sign, *found.span()))
    return tuple(_asking(made) if language == "en" else made)


def _is_no_article(text: str, start: int, end: int, language: str) -> bool:
    """Return whether what looks like an article is none: Å, a-cyclic, and a capital A but for the beginning of a
    sentence (vitamin A). Where most words have capitals it may be one.
    """
    if not text[start:end].isascii() or not STANDS.match(text, end):
        return True
    before = text[max(start - 20, 0) : start].rstrip(" \t")
    is_within = before[-1:].isalnum() or before[-1:] in {":", "(", ",", "/"}
    return text[start:end] == "A" and language == "en" and is_within and not is_title(text)


@lru_cache(maxsize=64)
def is_title(text: str) -> bool:
    """Return whether most words have capitals."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    return bool(2 * sum(word[0].isupper() for word in words) > len(words))


def _asking(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens; how can I and how do I ask the same, but not of what somebody cannot help."""
    last = ""
    for place, token in enumerate(tokens):
        same = last == "how" and token.kind == "word" and token.key in {"can", "could"}
        same = same and not any(other.key in UNWILLED for other in tokens[place + 1 : place + 4])
        yield token._replace(key="do") if same else token
        last = token.key


def _values(text: str, language: str) -> Mapping[int, tuple[str, int]]:
    """Return the values of a text by where they start: what they mean, and where they end."""
    if language not in LANGUAGES:
        return {}
    read = reading(text, language)
    found: dict[int, tuple[str, int]] = {}
    for value in read.values:
        start, end = read.words[value.first].start, read.words[value.last].end
        is_below_zero = value.unit == "celsius" and text[start - 1 : start] in {*DASHES, "−"}
        unsure = is_below_zero or LEADING.search(text, start, end) or _is_unsure(text[start:end], value, language)
        if not unsure and (key := _meaning(value)):
            found[start] = key, end
    return found


def _is_unsure(written: str, value: Value, language: str) -> bool:
    """Return whether a value could be read otherwise as it is written, so that its words count: across a comma or the
    end of a sentence, with a zero that only a name has, a version that looks like a date, 300 K, 2,3 in English.
    """
    if value.soft or BREAK.search(DAY.sub(" ", written) if value.kind == "date" else written):
        return True
    if value.kind == "date":
        if not (dotted := DOTTED.fullmatch(written)):
            return False
        american = language == "en" and max(int(dotted[1]), int(dotted[2])) <= MONTHS
        return american or len(dotted[3] or "") != len("2024")
    if value.kind != "number":
        return False
    long = sum(map(str.isdigit, written)) > EXACT_DIGITS and not value.amount.is_integer()
    english = language == "en" and (DECIMAL_COMMA.fullmatch(written) or SPACED.fullmatch(written))
    return bool(long or english or PADDED.match(written) or UNSURE_UNIT.fullmatch(written))


def _meaning(value: Value) -> str:
    """Return a key for numbers, dates and times that are certain; "" for others, which are compared word by word."""
    if value.kind == "number" and value.amount == value.amount and not value.rough:
        if value.unit in CURRENCIES and value.raw < THOUSAND and THOUSANDS.fullmatch(value.key):
            return ""  # $3.459 is a price of fuel as well as three thousand
        return f"{_digits(value.amount)} {value.unit}".strip() if value.amount < EXACT else ""
    if value.kind == "date" and len(value.days) == 1:
        [day] = value.days
        return f"date {day.year}-{day.month}-{day.day}"
    return f"time {value.amount:g} {value.key}" if value.kind == "time" else ""


def _digits(amount: float) -> str:
    """Write a number: of a long one each digit counts, of a converted one not the last."""
    return str(int(amount)) if amount.is_integer() else f"{amount:.12g}"


@lru_cache(maxsize=1 << 16)
def _words(written: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return the kind and key of each word that a word as written stands for."""
    form = unicodedata.normalize("NFC", written).translate(QUOTES).casefold()
    if language == "en":
        bare = "".join(one for one in unicodedata.normalize("NFD", form) if not unicodedata.combining(one))
        form = bare if bare.removesuffix("s").removesuffix("'") in LOANWORDS else form
    articles = ARTICLES.get(language, frozenset())
    return tuple(("article" if part in articles else "word", part) for part in _parts(written, form, language))


def _parts(written: str, form: str, language: str) -> list[str]:
    """Return a word as it is without contractions, and in one spelling."""
    if whole := SPELLED_OUT.get(language, {}).get(form):
        return whole.split()
    if language != "en":
        return [form]
    for ending, word in ENDINGS.items():
        if form.endswith(ending) and len(form) > len(ending):
            return [form.removesuffix(ending), word]
    if INITIALS.fullmatch(form):
        return [form.replace(".", "")] if written.isupper() or form in INITIALLED else [form]
    for pattern, other in SPELLINGS:
        form = pattern.sub(other, form) if len(form) >= SHORTEST else form
    return [form]


def _says(text: str, start: int, end: int, operators: bool) -> bool:
    """Return whether a sign says something where it stands. operators: the text has some, so that - may be one."""
    sign, before, after = text[start:end], text[start - 1 : start] if start else "", text[end : end + 1]
    if sign in DASHES:
        if before.isspace() and text[end : end + 1].isspace():
            spans = AMOUNT.match(text[end : end + 20].lstrip()) and RANGE.search(text[max(start - 20, 0) : start])
            return operators or bool(spans)  # 10 - 15
        apart = not before.isalnum() or RUN.match(before)
        grade = not after.isalnum() and GRADE.search(text, max(start - 1, 0), start)
        return operators or bool(grade or (AMOUNT.match(text, end) and (before.isdigit() or apart)))  # a range, a minus
    if sign in QUESTION:
        return bool(text[end:].strip(AFTER))  # a mark at the end is compared apart
    if sign == "!":
        return after == "=" or (before.isdigit() and bool(text[end:].strip(AFTER)))  # 5!
    if sign in "([{":
        return before.isalnum()  # f(x)
    if sign == "." and after.isalpha() and not before.isalnum() and before not in {".", ")"}:
        return True  # .NET
    if sign in ".," and after.isdigit() and not before.isalnum() and before not in {".", ",", ")"}:
        return True  # .5
    if sign in ".,:;'":
        prime = sign == "'" and before.isalpha() and not text[max(start - 2, 0) : start - 1].isalnum()  # f', y'
        return (prime and not after.isalnum()) or (before.isdigit() and (sign == "'" or after.isdigit()))  # feet
    if sign in '"”“':
        return before.isdigit() and sum(text.count(mark, 0, start) for mark in '"”“„') % 2 == 0  # inches
    return sign not in HARMLESS
