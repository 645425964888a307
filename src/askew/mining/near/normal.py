"""Text normalisation for comparing texts: only words and meaningful signs remain.

- Compatibility forms and case are folded (Unicode NFKC and case folding: `ﬁ` becomes `fi`, full-width `Ａ` becomes `a`,
  `ß` becomes `ss`); soft hyphens, zero-width characters and variation selectors are removed.
- Punctuation and whitespace become one space. What carries meaning is kept: symbols (`$`, `+`, emoji), the signs `# % &
  @ § ‰`, and, before a digit, a separator within a number or a minus sign (`1.5`, `12:30`, `-5`).
- A text that is nothing but punctuation keeps it, without spaces: `?!` and `...` are different texts, and only blank
  texts become "". Scripts without spaces need no special rule: `你好，世界` and `你好 世界。` are the same text.
"""

import re
import unicodedata

MEANT = frozenset("#%&@§‰")
NUMBER = re.compile(r"([.,:/'-](?<=\d.)(?=\d)|-(?<!\S.)(?=\d))")
SIGNS = str.maketrans("‐‑‒–—−’", "------'")


class _Table(dict[int, str]):
    """Mapping for `str.translate`, computed lazily per character."""

    def __missing__(self, code: int) -> str:
        self[code] = _kept(chr(code))
        return self[code]


def normal(text: str) -> str:
    """Return the normal form of a text; texts are identical if their normal forms are equal."""
    folded = _folded(text)
    parts = NUMBER.split(folded)  # every second part is a sign within a number
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
