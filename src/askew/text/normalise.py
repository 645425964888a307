"""The normal form of a text: two texts are identical if their normal forms are equal.

Case, spacing, compatibility forms (`ﬁ`, full-width `Ａ`), variants of quotes and dashes, punctuation between and after
words, soft hyphens, zero-width characters, variation selectors and trade marks make no difference. Everything else
stays, since a duplicate may be removed: symbols and emoji (`<`, `€`, `👍`), `# % & @ § ‰ /`, signs that belong to a
number (`1.5`, `12:30`, `-3`, `.5`, `10 - 5`, `5"`) or a name (`.NET`, `-v`), operators, and punctuation that is itself
the subject (`[]`, `";"`). A text of punctuation alone keeps it, so only blank texts have the normal form "".
"""

import re
import unicodedata
from typing import Final

MEANINGFUL: Final = frozenset("#%&@§‰/")
"""Punctuation by category that carries meaning wherever it occurs."""
MARKETING: Final = frozenset("®©")
PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("‐‑‒−﹣－", "-"),
        **dict.fromkeys("‘’‚‛ʼ′", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        "〜": "~",
        "⁄": "/",
        "™": None,
        "℠": None,
        "ـ": None,
    }
)
DASH = re.compile(r"(?:(?<=\d)|(?<!\S))[–—](?=\d)")
OPERATOR = re.compile(r"(?<=\d)[ \t\xa0]+([-–*·×:])[ \t\xa0]+(?=\d)")
SPACED = re.compile(r"[-–*·×:][ \t\xa0]")
"""A sign between two numbers, however it is spaced, and whether the text may have one."""
MEGA = re.compile(r"M(?:(?<=\dM)|(?<=\d\sM))(?=(?:W|V|A|J|N|Hz|Pa|Ω|Wh)\b)")
"""In `5 MW` and `5 mW` case is a factor of a billion."""
RAISED = re.compile(r"(?<=\d)(?=[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])|(?<=\d)(?=[¼-¾⅐-⅞])|(?<=\d)(?=[₀-₉①-⑳])")
"""Where NFKC would run two numbers together: 10² is not 102, nor 2½ 21/2."""
KEPT = re.compile(
    r"""(
    [.,:'·*-](?<=\d.)(?=\d)                                  # within a number
  | [.-](?<![^\s"'(\[{<>=,;:].)-?(?=\w)                     # -5, .5, .NET, -v, --all
  | ["'](?<=\d.)(?![\w"'])                                  # feet and inches, unless it closes a quotation
  | !(?==) | \(\) | \[\] | \{\}                             # !=, and empty brackets
  | \*(?<=[^\s*][ ]\*)(?=[ ][^\s*])                         # an operator, not a bullet
  | ["'`(](?<!\w.)[^\w\s"'`()]{1,3}["'`)](?!\w)              # quoted punctuation
    )""",
    re.VERBOSE,
)
"""Every alternative begins with its character, so that the scan is fast."""
OPENED = {mark: re.compile(rf"(?<![^\s(\[]){mark}(?=\S)") for mark in "\"'"}


class _Table(dict[int, str]):
    """A table for `str.translate` that is filled on demand."""

    def __missing__(self, code: int) -> str:
        self[code] = _replacement(chr(code))
        return self[code]


def normalise(text: str) -> str:
    """Return the normal form of the text."""
    plain = _folded(text)
    parts = KEPT.split(plain)  # every second part is kept as it is
    if len(parts) > 1:
        parts[1::2] = _without_closing_quotes(parts)
    parts[::2] = [part.translate(_TABLE) for part in parts[::2]]
    words = "".join(parts).split()
    return " ".join(words) if words else _punctuation(plain)


def _folded(text: str) -> str:
    text = MEGA.sub("mega", text)
    if not text.isascii():
        text = raised_apart(text.translate(PLAIN))
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(PLAIN)
        text = DASH.sub("-", text)
    text = text.lower() if text.isascii() else text
    return OPERATOR.sub(_tight, text) if SPACED.search(text) else text


def raised_apart(text: str) -> str:
    """Return the text with raised and lowered digits and fractions apart from the digits before them."""
    return RAISED.sub(_separator, text)


def _separator(found: re.Match[str]) -> str:
    following = found.string[found.end()]
    return "^" if following in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻" else " "


def _tight(found: re.Match[str]) -> str:
    return "-" if found[1] == "–" else found[1]


def _without_closing_quotes(parts: list[str]) -> list[str]:
    """Return the kept parts; a quotation mark after a number is dropped if a quotation is open."""
    kept, before = [], ""
    for text, sign in zip(parts[::2], parts[1::2], strict=False):
        before += text
        mark = OPENED.get(sign)
        kept.append(" " if mark and mark.search(before) else sign)
        before += sign
    return kept


def _replacement(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or character in MARKETING or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return ""
    arranges = category[0] in "PZ" and character not in MEANINGFUL
    return " " if arranges or category == "Cc" else character


def _punctuation(plain: str) -> str:
    return "".join(character for character in plain if unicodedata.category(character)[0] == "P")


_TABLE = _Table()
