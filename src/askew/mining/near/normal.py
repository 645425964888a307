"""The normal form of a text: what is left of it when spelling is set aside, and only its words and signs count.

- Compatibility forms and case are evened out (Unicode NFKC and case folding: `ﬁ` is `fi`, full-width `Ａ` is `a`, `ß`
  is `ss`); soft hyphens, zero-width characters and variation selectors go.
- Punctuation and whitespace become one space. What carries meaning stays: symbols (`$`, `+`, emoji), the signs
  `# % & @ § ‰`, and, before a digit, a sign within a number or the minus of one (`1.5`, `12:30`, `-5`).
- A text of nothing but punctuation keeps it, without its spaces: `?!` and `...` are two texts, and only blank ones
  are "". Scripts without spaces need no rule of their own: `你好，世界` and `你好 世界。` are one text.
"""

import re
import unicodedata

MEANT = frozenset("#%&@§‰")
NUMBER = re.compile(r"([.,:/'-](?<=\d.)(?=\d)|-(?<!\S.)(?=\d))")
SIGNS = str.maketrans("‐‑‒–—−’", "------'")


class _Table(dict[int, str]):
    """For `str.translate`: what becomes of a character, worked out where it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _kept(chr(code))
        return self[code]


def normal(text: str) -> str:
    """Two texts are identical where their normal forms are equal."""
    folded = _folded(text)
    parts = NUMBER.split(folded)  # every second part is a sign of a number
    parts[::2] = [part.translate(_TABLE) for part in parts[::2]]
    words = "".join(parts).split()
    return " ".join(words) if words else _punctuation(folded)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).translate(SIGNS)


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return ""
    arranges = category[0] in "PZ" and character not in MEANT
    return " " if arranges or category == "Cc" else character


def _punctuation(folded: str) -> str:
    return "".join(character for character in folded if unicodedata.category(character)[0] == "P")


_TABLE = _Table()
