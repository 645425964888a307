"""In which languages are these texts? By their scripts, and among languages of one script by words of grammar.

No model: the shares are of texts that say enough to tell. A text of two words mostly does not.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from askew.models.scripts import SCRIPTS

READ = 600
"""Characters of a text that are read for its language."""
ENOUGH = 2
"""Words of grammar, at the least, before a text counts for a language of a script that several are written in."""
LEAST = 0.05
"""Languages with a smaller share of the texts are taken for names and slips."""
WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
# A language that is told among those of its script by words of grammar; the others follow from their script alone.
KANA = frozenset({"HIRAGANA", "KATAKANA"})


@dataclass(frozen=True)
class Tongue:
    """The lists of `languages.toml`. Where no spaces stand between words, `within` holds stretches of characters."""

    code: str
    words: frozenset[str]
    asks: frozenset[str]
    within: frozenset[str]
    told: frozenset[str]
    self: frozenset[str]


@cache
def tongues() -> Mapping[str, Tongue]:
    text = resources.files("askew.recommend").joinpath("languages.toml").read_text("utf-8")
    names = ("words", "asks", "within", "told", "self")
    return {
        code: Tongue(code, *(frozenset(lists.get(name, "").split()) for name in names))
        for code, lists in tomllib.loads(text).items()
    }


def languages(texts: Sequence[str]) -> dict[str, float]:
    """Each language's share of the texts that tell theirs, the most frequent first; empty where none does."""
    found = Counter(code for code in map(language, texts) if code)
    return {code: count / found.total() for code, count in found.most_common() if count >= LEAST * found.total()}


def language(text: str) -> str:
    """The code of the text's language, "" where it does not say enough."""
    start = unicodedata.normalize("NFKC", text[:READ])
    scripts = Counter(script_of(char) for char in start if char.isalpha())
    script = scripts.most_common(1)[0][0] if scripts else ""
    if script not in SCRIPTS:
        return ""
    if script == "CJK" or script in KANA:
        return "ja" if sum(scripts[kana] for kana in KANA) > 0.1 * scripts.total() else "zh"
    written = [code for code in tongues() if code in SCRIPTS[script].languages]
    if len(written) < 2:
        return SCRIPTS[script].language
    forms = [form.lower() for form in WORD.findall(start)]
    counts = {code: sum(form in tongues()[code].words for form in forms) for code in written}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= ENOUGH else ""


@cache
def script_of(char: str) -> str:
    """The first word of the letter's name in Unicode, as `askew.models.scripts` names scripts."""
    return unicodedata.name(char, "").partition(" ")[0].partition("-")[0]
