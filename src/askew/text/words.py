"""Word tokenisation in any script.

A word is a run of letters, digits and combining marks. Apostrophes and hyphens inside it belong to it (`don't`,
`e-mail`), as do the marks inside a number (`1.5`, `12:30`) and a trailing `+` or `#` (`C++`, `C#`). In scripts that
are written without spaces (Chinese, Japanese, Thai, Lao, Burmese, Khmer, Tibetan) every character is a word, since
segmenting them takes a dictionary; `word_count` allows for that.
"""

import re
import unicodedata
from collections.abc import Iterator

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
