"""Language identification, names of languages, and whether a text asks a question."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from askew.errors import UnknownNameError
from askew.text.words import SCRIPTS, script, word_lists, words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier
import re

from askew.text.sentences import sentences

UNKNOWN = ""
READ = 400
"""Characters of a text that are read."""
SURE = 0.6
"""Probability from which the model's answer counts."""
QUICK = frozenset({"en", "de"})
QUICK_HITS, QUICK_LEAD = 3, 2
"""Function words that identify these without the model, and how many more than of any other language."""
RARE = 0.2
"""Prior of a language without a word list, relative to one with a list."""
MINOR = 0.05
"""Languages of a smaller share of the texts are names and errors."""
FOLD = {"nb": "no", "nn": "no", "yue": "zh", "wuu": "zh", "arz": "ar", "ary": "ar", "sdh": "ku"}
"""Varieties to the code that is used for them."""


@lru_cache(maxsize=4096)
def language(text: str) -> str:
    """Return the ISO 639-1 code of the text's language, UNKNOWN if there is too little evidence."""
    start = text[:READ]
    name = script(start)
    if not name:
        return UNKNOWN
    if name == "CJK":
        return SCRIPTS[name].language  # Japanese and Korean were recognised by their own letters
    if len(SCRIPTS[name].languages) == 1:
        return SCRIPTS[name].language
    return (name == "LATIN" and _by_function_words(start)) or _by_model(start, name)


def languages(texts: Sequence[str]) -> dict[str, float]:
    """Return each language's share of the texts whose language is known, most frequent first; without minor ones."""
    found = Counter(code for code in map(language, texts) if code)
    return {code: count / found.total() for code, count in found.most_common() if count >= MINOR * found.total()}


def language_code(name: str) -> str:
    """Return the code of a language by its code, with or without a region, its English or its own name.

    Raises UnknownNameError with similar names.
    """
    wanted = name.strip().casefold()
    known = {spelling.casefold(): code for code, names in _names().items() for spelling in (code, *names)}
    base = wanted.replace("_", "-").partition("-")[0]
    for spelling in (wanted, FOLD.get(base, base)):
        if spelling in known:
            return known[spelling]
    raise UnknownNameError("language", name, [names[0] for names in _names().values()])


def language_name(code: str) -> str:
    """Return the English name of a language; the code itself if none is known."""
    return _names().get(FOLD.get(code, code), (code,))[0]


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Return each language's names by its code, the English one first."""
    import tomllib

    text = resources.files("askew.text").joinpath("language_names.toml").read_text("utf-8")
    return {code: tuple(names) for code, names in tomllib.loads(text).items()}


def likeliest(texts: Sequence[str], among: Sequence[str]) -> str:
    """Return which of these languages has most function words in the texts; the first if there are none."""
    counts = [_counted(text[:READ]) for text in texts]
    return max(among, key=lambda code: sum(count[code] for count in counts))


@lru_cache(maxsize=4096)
def _counted(text: str) -> Counter[str]:
    return _hits(words(text))


def _by_function_words(text: str) -> str:
    top = _hits(set(words(text))).most_common(2)
    if not top or top[0][0] not in QUICK or top[0][1] < QUICK_HITS:
        return UNKNOWN
    return top[0][0] if len(top) < 2 or top[0][1] >= top[1][1] + QUICK_LEAD else UNKNOWN


def _hits(found: Iterable[str]) -> Counter[str]:
    known = _languages_of()
    return Counter(code for word in found for code in known.get(word, ()))


@cache
def _languages_of() -> Mapping[str, tuple[str, ...]]:
    """Return each function word's languages."""
    made: dict[str, tuple[str, ...]] = {}
    for code, lists in word_lists().items():
        for word in lists.words | lists.asks | lists.self:
            made[word] = (*made.get(word, ()), code)
    return made


def _by_model(text: str, script: str) -> str:
    model = _model(script)
    weights = dict.fromkeys(model.codes.values(), 0.0)
    for label, probability in model.identifier.rank(text):
        code = model.codes[label]
        weights[code] += probability if code in model.listed else RARE * probability
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] >= SURE * sum(weights.values()) else UNKNOWN


@dataclass(frozen=True)
class _Model:
    """The model for the languages of one script. codes: of its labels. listed: codes with a word list."""

    identifier: "LanguageIdentifier"
    codes: Mapping[str, str]
    listed: frozenset[str]


@cache
def _model(script: str) -> _Model:
    whole = _whole_model()
    possible = SCRIPTS[script].languages
    codes = {label: FOLD.get(label, label) for label in whole.labels if FOLD.get(label, label) in possible}
    part = copy(whole)  # shares all but the columns that it keeps
    part.set_languages(codes)
    return _Model(part, codes, frozenset(word_lists()))


@cache
def _whole_model() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


MARKS = "?？؟՞⸮፧\u037e"
"""Question marks."""
STOPS = ".!。！।۔…:"
"""Marks at the end of a sentence that is no question."""
CLOSERS = "\"'”’»›)]}*_`」』）】》〉 \t\n"
"""What may follow the last mark of a sentence."""
GREEK = re.compile(r"[\u0370-\u03ff]")
SUBSTRINGS = frozenset({"zh", "ja", "ko", "th"})
"""Languages whose question words are searched for as strings, since spaces do not separate words."""
EDGE = 16
"""Characters from either end of a sentence in which such a string counts."""
NEAR_EDGE = 3
"""Words from either end in which a question word counts in the other languages."""


def is_question(text: str, languages: Sequence[str]) -> bool:
    """Return whether a text asks: its last sentence does, or at least half of them do.

    A question with its answer therefore does not, nor does an article with a question in it.
    languages: codes of the languages that the text may be in.
    """
    found = [asks(text[start:end], languages) for start, end in sentences(text)]
    return bool(found) and (found[-1] or sum(found) * 2 >= len(found))


def is_question_with_answer(text: str, languages: Sequence[str]) -> bool:
    """Return whether the first sentence asks and at least two that do not ask follow."""
    first, *rest = [text[start:end] for start, end in sentences(text)] or [""]
    return len(rest) > 1 and asks(first, languages) and not any(asks(sentence, languages) for sentence in rest)


def asks(sentence: str, languages: Sequence[str]) -> bool:
    """Return whether one sentence is a question; one that ends in a full stop is not."""
    bare = sentence.rstrip(CLOSERS)
    if not bare:
        return False
    if bare[-1] in MARKS or (bare[-1] == ";" and GREEK.search(bare)):
        return True
    return bare[-1] not in STOPS and any(_asks_by_words(bare, code) for code in languages)


def _asks_by_words(sentence: str, code: str) -> bool:
    lists = word_lists().get(code)
    forms = words(sentence)
    if lists is None or not forms:
        return False
    if forms[0] in lists.asks:
        return True
    if code in SUBSTRINGS:
        ends = sentence[:EDGE] + "\n" + sentence[-EDGE:]
        return any(string in ends for string in lists.within)
    return any(form in lists.within for form in (*forms[:NEAR_EDGE], *forms[-NEAR_EDGE:]))
