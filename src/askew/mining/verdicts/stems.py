"""Rule-based stemmer, so that "returns", "returned" and "returning" have one stem.

Coarser than a dictionary: stems only have to unite the forms of a word, and are never displayed.
"""

from functools import lru_cache

from askew.mining.verdicts.lexicon import lexicon

GERMAN = ("sten", "tet", "ten", "est", "ern", "em", "en", "er", "es", "te", "st", "e", "n", "s", "t")
PLAIN = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
KEPT = 4  # least number of letters left of a German word


@lru_cache(maxsize=1 << 16)
def base(form: str, language: str) -> str:
    """Return the stem of the base form: "go" for "went" and "going"."""
    return stem(lexicon(language).irregular.get(form, form), language)


@lru_cache(maxsize=1 << 16)
def stem(form: str, language: str) -> str:
    return _german(form) if language == "de" else _english(form)


def _english(form: str) -> str:
    word = form.removesuffix("'s").removesuffix("'")
    word = _ended(_singular(word))
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 5 and word.endswith("is"):
        word = word[:-1] + "z"  # recognise, recognize
    if len(word) > 4 and word.endswith("our"):
        word = word[:-2] + "r"  # colour, color
    return _single(word)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _ended(word: str) -> str:
    if len(word) > 4 and word.endswith("ied"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and not word.endswith("eed") and any(vowel in rest for vowel in "aeiouy"):
            return rest
    return word


def _single(word: str) -> str:
    """Drop a final double letter (cancelled, canceled); as all words do, call and calling still agree."""
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _german(form: str) -> str:
    word = form.translate(PLAIN)
    if len(word) > 7 and word.startswith("ge") and word.endswith(("t", "en")):
        word = word.removeprefix("ge")  # gemietet, mieten
    while True:
        shorter = next((word[: -len(end)] for end in GERMAN if word.endswith(end) and len(word) - len(end) >= KEPT), "")
        if not shorter:
            return word
        word = shorter
