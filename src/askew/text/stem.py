"""Stemming: Snowball for topics and search, a light stemmer for telling whether two words are forms of one.

Snowball also removes derivational suffixes, so that `animals` and `anime`, `electric` and `electricity` share a stem.
That is right for the names of topics and wrong where a shared stem makes two texts duplicates: `light_stem` removes
inflection only. docs/decisions/0016-snowball-stemmer.md has the measurements.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from types import MappingProxyType

SNOWBALL = MappingProxyType(
    {
        "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
        "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
        "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
        "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish",
        "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish",
        "ta": "tamil", "tr": "turkish", "yi": "yiddish",
    }
)  # fmt: skip
"""Snowball's algorithm for each language."""
INFLECTION = MappingProxyType(
    {
        "en": ("ings", "ing", "ed", "es", "s", "e"),
        "de": ("sten", "tet", "ten", "est", "ern", "em", "en", "er", "es", "te", "st", "et", "e", "n", "s", "t"),
    }
)
"""Inflectional endings, longest first."""
CHANGED = MappingProxyType({"i": ("y", "ying", "yings"), "e": ("ing", "ings")})
"""By the last letter of an English stem, endings that replace it: deliver(i) and delivery, hop(e) and hoping."""
DOUBLING = ("ed", "ing", "ings")
SINGULAR = ("ss", "us", "is")
KEPT = MappingProxyType({"en": 3, "de": 4})
"""Letters that a light stem has at least."""
PARTICIPLE = 7
"""Letters above which a German word `ge…t` or `ge…en` is taken for a participle."""
_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """Return the Snowball stem of a word in lower case; the word itself if the language has no stemmer."""
    return _snowball(SNOWBALL[language])(word) if language in SNOWBALL else word


@lru_cache(maxsize=1 << 16)
def light_stem(word: str, language: str) -> str:
    """Return what the inflected forms of a word share; other languages than English and German: the Snowball stem.

    Irregular forms (`went`) take a word list and are up to the caller.
    """
    if language == "en":
        return _inflected(_american(word.removesuffix("'s").removesuffix("'")), language)
    if language == "de":
        plain = word.translate(_UMLAUTS)
        participle = len(plain) > PARTICIPLE and plain.startswith("ge") and plain.endswith(("t", "en"))
        return _inflected(plain.removeprefix("ge") if participle else plain, language)
    return stem(word, language)


def _inflected(word: str, language: str) -> str:
    """Return the Snowball stem if it only lacks an inflectional ending, else the word without one."""
    found = stem(word, language)
    if _is_form(word, found, language):
        return found
    for ending in INFLECTION[language]:
        if word.endswith(ending) and len(word) - len(ending) >= KEPT[language] and not word.endswith(SINGULAR):
            word = word.removesuffix(ending)
            break
    return f"{word[:-1]}i" if language == "en" and word.endswith("y") else word  # ability, abilities


def _is_form(word: str, found: str, language: str) -> bool:
    """Return whether the word is the stem and at most an inflectional ending."""
    shared = next((n for n, (a, b) in enumerate(zip(word, found, strict=False)) if a != b), min(len(word), len(found)))
    rest, own = word[shared:], found[shared:]
    if own:
        return language == "en" and rest in CHANGED.get(own, ())
    if not rest or rest in INFLECTION[language]:
        return True
    doubled = rest[0] == found[-1] and rest[1:] in DOUBLING  # plan, planned
    return language == "en" and (doubled or (rest == "d" and found[-1] == "e"))


def _american(word: str) -> str:
    """Return the American spelling: recognize, color."""
    for british, american in (
        ("isation", "ization"),
        ("ising", "izing"),
        ("ised", "ized"),
        ("ises", "izes"),
        ("ise", "ize"),
    ):
        if len(word) > len(british) + 3 and word.endswith(british):
            return word.removesuffix(british) + american
    for ending in ("ours", "oured", "ouring", "our"):
        if len(word) > len(ending) + 1 and word.endswith(ending):
            return word.removesuffix(ending) + "or" + ending[3:]
    return word


@cache
def _snowball(algorithm: str) -> Callable[[str], str]:
    import snowballstemmer

    make: Callable[[str], str] = snowballstemmer.stemmer(algorithm).stemWord
    return make
