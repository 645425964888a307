"""Writing systems: which script a text is in, and which languages are written in it.

Names of scripts follow Unicode's names of characters; the languages of each are CLDR's.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType


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
