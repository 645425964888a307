"""Words and scripts: tokenisation in any language, the writing systems of a text, and lists of function words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

HAN_KANA = (
    "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
"""Chinese characters and kana, for a character class."""
SOUTHEAST_ASIAN = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc-\u17ff"
)
"""Thai, Lao, Burmese and Khmer."""
TIBETAN = "\u0f00\u0f18-\u0f39\u0f3e-\u0fbc\u0fc6"
SPACELESS = HAN_KANA + SOUTHEAST_ASIAN + TIBETAN
"""All characters of scripts written without spaces, for a character class."""
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0903\u093a-\u094f"
    "\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3\u09fe\u0a01-\u0a03\u0a3c-\u0a51\u0a70-\u0a75"
    "\u0a81-\u0a83\u0abc-\u0acd\u0ae2\u0ae3\u0afa-\u0aff\u0b01-\u0b03\u0b3c-\u0b57\u0b62\u0b63\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04"
    "\u0c3c-\u0c56\u0c62\u0c63\u0c81-\u0c83\u0cbc-\u0cd6\u0ce2\u0ce3\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d62\u0d63"
    "\u0d81-\u0d83\u0dca-\u0df3\u135d-\u135f\u1ab0-\u1aff\u1cd0-\u1cfa\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
    "\u200c\u200d\u00ad"
)
"""Combining marks, which `\\w` leaves out though Hindi has them in almost every word; joiners; the soft hyphen."""
LETTER = rf"(?:[^\W_{SPACELESS}][{MARKS}]*+)"
WORD = re.compile(
    rf"[{SPACELESS}]|{LETTER}++(?:(?:['’ʼ\-‐‑]|(?<=\d)[.,:](?=\d)){LETTER}++)*+(?:[+#]{{1,2}}(?![\w+#]))?"
)
HAN_KANA_WORD, SOUTHEAST_ASIAN_WORD = 1.7, 4.5
"""Average number of characters in a word."""
_HAN_KANA, _SOUTHEAST_ASIAN = re.compile(f"[{HAN_KANA}]"), re.compile(f"[{SOUTHEAST_ASIAN}{TIBETAN}]")
_APOSTROPHES = str.maketrans("’ʼ‐‑", "''--", "\u00ad")


def words(text: str) -> list[str]:
    """Return the words in their folded form, in order."""
    if text.isascii():
        return WORD.findall(text.lower())  # as below, but folded once
    return [folded(match[0]) for match in WORD.finditer(text)]


def spans(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield where each word begins and ends."""
    for match in WORD.finditer(text, start, len(text) if end is None else end):
        yield match.span()


def folded(word: str) -> str:
    """Return the word with compatibility forms and case folded and plain apostrophes and hyphens."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold()).translate(_APOSTROPHES)


def word_count(text: str) -> float:
    """Estimate the number of words: exact where spaces separate them, from the number of characters elsewhere."""
    total = sum(1 for _ in WORD.finditer(text))
    if text.isascii():
        return total
    dense, joined = len(_HAN_KANA.findall(text)), len(_SOUTHEAST_ASIAN.findall(text))
    return total - dense - joined + dense / HAN_KANA_WORD + joined / SOUTHEAST_ASIAN_WORD


@dataclass(frozen=True)
class Script:
    """shown: for people. language: the most widely spoken. languages: all that are written in it."""

    shown: str
    language: str
    languages: frozenset[str]


def _script(shown: str, languages: str) -> Script:
    codes = languages.split()
    return Script(shown, codes[0], frozenset(codes))


SCRIPTS = MappingProxyType(
    {
        "LATIN": _script(
            "Latin letters",
            """en af az br bs ca ceb co cs cy da de eo es et eu fi fr fy ga gd gl ha haw hmn hr ht hu id ig is it jv ku
            la lb lt lv mg mi ms mt nb nl nn no ny om pl pt qu ro rw sk sl sm sn so sq sr st su sv sw tk tl tr uz vi
            wo xh yo zu""",
        ),
        "CYRILLIC": _script("Cyrillic", "ru az be bg kk ky mk mn sr tg tk tt uk uz"),
        "GREEK": _script("Greek", "el"),
        "ARMENIAN": _script("Armenian", "hy"),
        "GEORGIAN": _script("Georgian", "ka"),
        "HEBREW": _script("Hebrew", "he yi"),
        "ARABIC": _script("Arabic", "ar az fa ku ms ps sd ug ur uz"),
        "ETHIOPIC": _script("Ethiopic", "am"),
        "DEVANAGARI": _script("Devanagari", "hi mr ne sa sd"),
        "BENGALI": _script("Bengali", "bn as"),
        "GURMUKHI": _script("Gurmukhi", "pa"),
        "GUJARATI": _script("Gujarati", "gu"),
        "ORIYA": _script("Odia", "or"),
        "TAMIL": _script("Tamil", "ta"),
        "TELUGU": _script("Telugu", "te"),
        "KANNADA": _script("Kannada", "kn"),
        "MALAYALAM": _script("Malayalam", "ml"),
        "SINHALA": _script("Sinhala", "si"),
        "THAI": _script("Thai", "th"),
        "LAO": _script("Lao", "lo"),
        "MYANMAR": _script("Burmese", "my"),
        "KHMER": _script("Khmer", "km"),
        "TIBETAN": _script("Tibetan", "bo"),
        "MONGOLIAN": _script("Mongolian", "mn"),
        "CJK": _script("Chinese characters", "zh ja ko"),
        "HIRAGANA": _script("Japanese kana", "ja"),
        "KATAKANA": _script("Japanese kana", "ja"),
        "HANGUL": _script("Hangul", "ko"),
    }
)
NARROW = ("HIRAGANA", "KATAKANA", "HANGUL")
"""Among Chinese characters, these identify the language."""
FOREIGN = 0.25
"""Share of letters from which another script than Latin decides: Greek texts quote Latin names, seldom the reverse."""
NARROW_SHARE = 0.1
"""Share of kana or Hangul among the letters from which Chinese characters are Japanese or Korean."""


def script(text: str) -> str:
    """Return the name in SCRIPTS of the text's script, "" if it has no letters of any."""
    found = letters(text)
    others = Counter({name: count for name, count in found.items() if name != "LATIN" and name in SCRIPTS})
    if others and others.total() >= FOREIGN * found.total():
        if others["HIRAGANA"] + others["KATAKANA"] > NARROW_SHARE * others.total():
            return "HIRAGANA"
        if others["HANGUL"] > NARROW_SHARE * others.total():
            return "HANGUL"
        return others.most_common(1)[0][0]
    return "LATIN" if found["LATIN"] else ""


def letters(text: str) -> Counter[str]:
    """Count the text's letters by script, also scripts that are not in SCRIPTS."""
    if text.isascii():
        count = sum(map(str.isalpha, text))
        return Counter({"LATIN": count}) if count else Counter()
    return Counter(script_of(char) for char in unicodedata.normalize("NFKC", text) if char.isalpha())


@lru_cache(maxsize=1 << 14)
def script_of(char: str) -> str:
    """Return the first word of the character's name in Unicode, which for letters is their script."""
    return unicodedata.name(char, "").partition(" ")[0].partition("-")[0]


@dataclass(frozen=True)
class WordLists:
    """The lists of `languages.toml`, which says what each is for."""

    code: str
    words: frozenset[str]
    asks: frozenset[str]
    within: frozenset[str]
    told: frozenset[str]
    self: frozenset[str]


@cache
def word_lists() -> Mapping[str, WordLists]:
    """Return the word lists by language code."""
    import tomllib
    from importlib import resources

    text = resources.files("askew.text").joinpath("languages.toml").read_text("utf-8")
    names = ("words", "asks", "within", "told", "self")
    return {
        code: WordLists(code, *(frozenset(lists.get(name, "").split()) for name in names))
        for code, lists in tomllib.loads(text).items()
    }
