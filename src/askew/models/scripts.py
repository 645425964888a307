"""Script detection: notices queries in a script that the model was not trained on.

Scripts are recognised by the Unicode names of characters; the languages of each script come from CLDR.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from askew.models.cards import Card

MOST = 0.5
"""Share of a query's letters in unsupported scripts above which a note is shown."""
LISTED = 6
"""Maximum number of a model's languages to list; of more, only the count is shown."""


@dataclass(frozen=True)
class Script:
    """Writing system. shown: display name. language: the main one, for suggestions. languages: all that use it."""

    shown: str
    language: str
    languages: frozenset[str]


def _script(shown: str, languages: str) -> Script:
    codes = languages.split()
    return Script(shown, codes[0], frozenset(codes))


# Keys are the first word of the Unicode names of the letters.
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
"""Scripts that identify the language of a text with Chinese characters."""


def untaught(query: str, languages: Sequence[str]) -> str:
    """Return the key in SCRIPTS of the query's main script if none of these languages uses it, otherwise "".

    Also "" if a language is not in SCRIPTS, such as "any".
    """
    taught = {name for name, script in SCRIPTS.items() if script.languages & set(languages)}
    known = frozenset[str]().union(*(script.languages for script in SCRIPTS.values()))
    if not set(languages) <= known:
        return ""
    letters = [char for char in unicodedata.normalize("NFKC", query) if char.isalpha()]
    names = (unicodedata.name(char, "").partition(" ")[0].partition("-")[0] for char in letters)
    foreign = Counter(name for name in names if name in SCRIPTS and name not in taught)
    if foreign.total() <= MOST * len(letters):
        return ""
    telling = [name for name in NARROW if name in foreign]
    return telling[0] if telling else foreign.most_common(1)[0][0]


def script_note(query: str, card: Card, task: str) -> str:
    """Return a note for a query in a script that the model was not trained on, otherwise ""."""
    name = untaught(query, card.languages)
    if not name:
        return ""
    script, codes = SCRIPTS[name], card.languages
    taught = ", ".join(codes) if len(codes) <= LISTED else f"{len(codes)} languages that do not use it"
    return (
        f"The query is written in {script.shown}; {card.name} was trained on {taught}. "
        f"Find models that support it: askew models choose --task {task} --languages {script.language}"
    )
