"""Index terms: what search by words looks up, the same for every script.

A word is indexed in each form that a person may type: `RX-580` also as `rx580`, `München` as `munchen` and `muenchen`,
`U.S.A.` as `usa`, `1,250` as `1250`; `3.5` stays whole. Scripts without spaces are indexed by sequences of two or three
characters, and so are Korean words besides the word. docs/decisions/0028-lexical-analysis.md has the measurements.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

from askew.text.words import HAN_KANA, MARKS, SOUTHEAST_ASIAN, SPACELESS, TIBETAN, word_lists

Alternatives = tuple[str, ...]
"""Forms of one word; in a query the best of them counts, so that a word with two forms does not count twice."""

LONGEST = 128
"""Characters of a term: what is longer is found by its beginning."""
_HANGUL = "가-힣"
_LETTER = rf"[\w{MARKS}{SPACELESS}]"
_SIGNED = r"(?:[+#]{1,2}(?![\w+#]))?"
_DOTTED = r"(?<![^\s(])\."
TOKEN = re.compile(rf"{_LETTER}+(?:[-.,'@&·]{_LETTER}+)*+{_SIGNED}|{_DOTTED}{_LETTER}+|§")
"""A word with all that is joined to it without a space: `RX-580`, `C++`, `.NET`."""
PLAIN = re.compile(rf"[a-z0-9_]+(?:[-.,'@&][a-z0-9_]+)*+{_SIGNED}|{_DOTTED}[a-z0-9_]+")
"""TOKEN for ASCII text in lower case."""
PART = re.compile(rf"(?:[^\W_]|[{MARKS}{SPACELESS}])+")
RUN = re.compile(
    rf"(?P<han>[{HAN_KANA}]+)|(?P<joined>[{SOUTHEAST_ASIAN}{TIBETAN}][{SOUTHEAST_ASIAN}{TIBETAN}{MARKS}]*)"
    rf"|(?P<hangul>[{_HANGUL}]+)|(?P<other>[^{SPACELESS}{_HANGUL}]+)"
)
NUMBER = re.compile(r"\d++(?:([.,'])\d++)(?:[.,']\d++)*+")
GROUPED = re.compile(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
"""A number with a separator every three digits."""
LETTERS_DIGITS = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
ACRONYM = re.compile(r"\b[A-Z]{2,}\b|(?<=\S )A\b")
"""What is no function word: WHO, vitamin A."""
LATIN = re.compile("[a-z\u00df-\u024f\u0300-\u036f\u1e00-\u1eff]+")
LATIN_OR_DIGITS = re.compile("[a-z0-9\u00df-\u024f\u0300-\u036f\u1e00-\u1eff]+")
GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]+")
TONAL = re.compile("[\u1ea0-\u1ef9ơưđăâêô]")
"""Vietnamese letters, whose marks tell words apart."""

SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒﹣", "-"),
        **dict.fromkeys("’ʼ׳‘", "'"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeffـ״", None),
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىی", "ي"),
        "ة": "ه",
        "ک": "ك",
        "ؤ": "و",
        "ئ": "ي",
        "ё": "е",
    }
)
"""Hyphens and apostrophes, what is not seen, and letters of Arabic and Russian that are written in two ways."""
SILENT = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc]+"
)
"""Accents that NFKC leaves apart, and the vowel marks of Hebrew and Arabic."""
STROKES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"})
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


class _Chunks(dict[str, str]):
    """The terms of what stands between two spaces, filled on demand: most of a text are the same few thousand."""

    def __missing__(self, chunk: str) -> str:
        made = chunk.lstrip("([\"'").rstrip(".,;:!?)]\"'").lower()
        if not (made.isascii() and made.isalpha()):
            made = " ".join(form for token in _tokens(chunk) for forms in _forms(token, asked=False) for form in forms)
        if len(chunk) <= LONGEST_KEPT:
            if len(self) >= KEPT:
                self.clear()
            self[chunk] = made
        return made


KEPT, LONGEST_KEPT = 1 << 17, 32
_chunks = _Chunks()


def terms(text: str) -> str:
    """Return the index terms of a text, separated by spaces; a word may have several."""
    return " ".join(map(_chunks.__getitem__, text.split()))


def query_terms(text: str) -> list[Alternatives]:
    """Return the terms to look up for a query, without function words unless there are no others."""
    tokens = _tokens(text)
    function, meant = _function_words(tokens), set(map(str.lower, ACRONYM.findall("" if text.isupper() else text)))
    telling = [token for token in tokens if token not in function or token in meant]
    return [alternatives for token in telling or tokens for alternatives in _forms(token, asked=True)]


def _function_words(tokens: Sequence[str]) -> frozenset[str]:
    """Return those of the language that has most of them in the query, English first."""
    best: frozenset[str] = frozenset()
    most = 0
    for lists in word_lists().values():
        found = lists.words | lists.asks | lists.within | lists.self
        hits = sum(token in found for token in tokens)
        if hits > most:
            best, most = found, hits
    return best


def words_apart(name: str) -> str:
    """Return a file name with its words apart, where case is all that separates them."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)


def _tokens(text: str) -> list[str]:
    if text.isascii():
        return PLAIN.findall(text.lower())
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(SIGNS)
    return TOKEN.findall(SILENT.sub("", plain))


def _forms(token: str, asked: bool) -> Iterator[Alternatives]:
    core = token.rstrip("+#")
    if core != token or core[0] == ".":
        yield (token,)  # C++, C#, .NET
        core = core.lstrip(".")
    if core == "§":
        yield (core,)
    elif NUMBER.fullmatch(core):
        yield from _number(core)
    else:
        parts = PART.findall(core)
        if len(parts) == 1 or (asked and "'" in core):  # İstanbul'da, l'eau: parts as they stand alone elsewhere
            yield from _words(parts, asked)
        else:
            yield from _compound(parts, asked)


def _number(core: str) -> Iterator[Alternatives]:
    grouped = GROUPED.fullmatch(core)
    if grouped:
        mark = grouped[1]
        whole = core.replace(mark, "").replace(",", ".")
        either = core.count(mark) == 1 and whole.isdecimal() and mark != "'"
        yield (whole, core.replace(",", ".")) if either else (whole,)  # 1.250 may be a decimal
        return
    plain = core.replace(",", ".").replace("'", ".")
    yield (plain,)
    if plain.count(".") > 1:  # a date, a version, an address
        yield from ((part,) for part in plain.split("."))


def _compound(parts: list[str], asked: bool) -> Iterator[Alternatives]:
    """Yield the parts and what they are without what joins them; of initials only that."""
    joined = "".join(parts)
    if not LATIN_OR_DIGITS.fullmatch(joined):
        yield from _words(parts, asked)
        return
    joined = _bare(joined)[:LONGEST]
    if max(map(len, parts)) == 1:
        yield (joined,)
        return
    forms = list(_words(parts, asked))
    if asked and joined.isalpha():  # e-mail: counts once, and best where it is whole
        longest = max(range(len(forms)), key=lambda place: len(forms[place][0]))
        forms[longest] = (*forms[longest], joined)
    else:
        forms.append((joined,))
    yield from forms


def _words(parts: Sequence[str], asked: bool) -> Iterator[Alternatives]:
    return chain.from_iterable(_word(part, asked) for part in parts)


def _word(word: str, asked: bool) -> Iterator[Alternatives]:
    for run in RUN.finditer(word):
        found = run[0]
        if run.lastgroup == "han":
            yield from _sequences(found, 2, 1, asked)
        elif run.lastgroup == "joined":
            yield from _sequences(found, 3, 2, asked)
        elif run.lastgroup == "hangul":
            yield (found,)
            if len(found) > 2:
                yield from _sequences(found, 2, 2, asked)
        else:
            pieces = LETTERS_DIGITS.split(found)
            yield _alternatives(found)
            if len(pieces) > 1 and not asked:
                yield from map(_alternatives, pieces)


def _sequences(run: str, size: int, least: int, asked: bool) -> Iterator[Alternatives]:
    """Yield the sequences of `size` characters, in a text also the shorter ones, for queries that have no longer."""
    size = min(size, len(run))
    for length in (size,) if asked else range(min(least, size), size + 1):
        yield from ((run[place : place + length],) for place in range(len(run) - length + 1))


def _alternatives(word: str) -> Alternatives:
    """Return a word without accents, with umlauts written out, and as it is where accents tell words apart."""
    word = word[:LONGEST]
    if word.isascii():
        return (word,)
    found = [_bare(word)]
    if LATIN.fullmatch(word):
        found.append(_bare(word.translate(UMLAUTS)))
        if TONAL.search(word):
            found.insert(0, word)
    return tuple(dict.fromkeys(found))


def _bare(word: str) -> str:
    if word.isascii() or not (LATIN_OR_DIGITS.fullmatch(word) or GREEK.fullmatch(word)):
        return word
    return unicodedata.normalize("NFC", SILENT.sub("", unicodedata.normalize("NFD", word.translate(STROKES))))
