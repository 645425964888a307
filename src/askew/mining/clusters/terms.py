"""Terms of a text: content words and pairs of adjacent ones, without stop words.

In scripts without spaces, where a word takes a dictionary to find, every two adjacent characters are a term.
"""

import re
import tomllib
from functools import cache
from importlib import resources

from askew.mining.verdicts.lexicon import LANGUAGES, lexicon
from askew.text.words import SPACELESS, spans

CHARACTER = re.compile(f"[{SPACELESS}]")
READ = 4000
"""Characters of a text read for its terms."""


def terms(text: str) -> list[str]:
    """Return distinct terms in lower case, in order of appearance; a pair counts if neither word is a stop word."""
    found: dict[str, None] = {}
    last, before = 0, ""
    for start, end in spans(text[:READ]):
        word = text[start:end].lower().removesuffix("'s").removesuffix("’s")
        word = word if _is_content(word) else ""
        if spaceless(word):
            if last == start and spaceless(before):
                found[before + word] = None
        elif word:
            found[word] = None
            if before and not spaceless(before) and text[last:start].isspace():
                found[f"{before} {word}"] = None
        last, before = end, word
    return list(found)


def spaceless(term: str) -> bool:
    """Return whether a term is of a script without spaces."""
    return bool(CHARACTER.match(term))


def _is_content(word: str) -> bool:
    return word[:1].isalpha() and word not in empty() and (len(word) > 2 or not word.isascii())


@cache
def empty() -> frozenset[str]:
    """Return the stop words."""
    data = tomllib.loads(resources.files("askew.mining.clusters").joinpath("common.toml").read_text("utf-8"))
    grammar = (lexicon(language).function | lexicon(language).negators for language in LANGUAGES)
    return frozenset().union(*grammar, *(words.split() for words in data.values()))
