"""Terms of a text: content words and pairs of adjacent ones, without stop words."""

import re
import tomllib
from functools import cache
from importlib import resources

from askew.mining.verdicts.lexicon import LANGUAGES, lexicon
from askew.mining.verdicts.stems import stem

WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’\-][^\W_]+)*")
"""Starts with a letter; may contain digits, hyphens and apostrophes."""
READ = 4000
"""Characters of a text read for its terms."""


def terms(text: str) -> list[str]:
    """Return distinct terms in lower case, in order of appearance; a pair counts if neither word is a stop word."""
    silent = empty()
    found: dict[str, None] = {}
    end, before = -1, ""
    for match in WORD.finditer(text[:READ].lower()):
        word = match[0].removesuffix("'s").removesuffix("’s")
        speaks = word not in silent and (len(word) > 2 or not word.isascii())
        if speaks:
            found[word] = None
            if before and text[end : match.start()].isspace():
                found[f"{before} {word}"] = None
        end, before = match.end(), word if speaks else ""
    return list(found)


def root(word: str) -> str:
    """Return a common stem for the forms of a word in any supported language."""
    return stem(stem(word, "en"), "de") if len(word) > 4 else stem(word, "en")


@cache
def empty() -> frozenset[str]:
    """Return the stop words."""
    data = tomllib.loads(resources.files("askew.mining.clusters").joinpath("common.toml").read_text("utf-8"))
    grammar = (lexicon(language).function | lexicon(language).negators for language in LANGUAGES)
    return frozenset().union(*grammar, *(words.split() for words in data.values()))
