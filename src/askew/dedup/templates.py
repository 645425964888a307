"""Template blocks: texts that differ only in numbers, codes and dates, such as notifications about parcels.

Every two texts of a block are alike, so n of them are n²/2 pairs, and all but a few say other values. A large block is
therefore handled by its values: texts whose values mean the same are pairs, all others are counted and not listed.
Between a block and all other texts, nothing changes.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.tokens import tokens
from askew.text.language import likeliest

LEAST = 256
"""Texts of one template from which they are a block: fewer make so few pairs that each may be listed."""
MOST = 32
"""Blocks, the largest: each is compared with the rest by itself."""
SEVERAL = 8  # texts of a block that tell its language
DIGIT = re.compile(r"\d")
MASK = "#"

Blocks = NDArray[np.int64]
"""(n,) the block of each text, from 0 on; -1 for a text in none."""
Keys = NDArray[np.int64]


@dataclass(frozen=True)
class Templates:
    """Texts that fill a template: blocks, the distinct texts in them, and their pairs with other values, not listed."""

    blocks: int = 0
    texts: int = 0
    pairs: int = 0


def blocks(forms: Sequence[str]) -> Blocks:
    """Return the block of each text. forms: normal forms, no two of which are equal."""
    template = [blake2b(_masked(form), digest_size=8).digest() if DIGIT.search(form) else b"" for form in forms]
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, key in enumerate(template):
        if key:
            found[key].append(place)
    large = sorted((places for places in found.values() if len(places) >= LEAST), key=len, reverse=True)
    made = np.full(len(forms), -1, np.int64)
    for number, places in enumerate(large[:MOST]):
        made[places] = number
    return made


def members(block: Blocks) -> list[NDArray[np.int64]]:
    """Return the places of the texts of each block."""
    return [np.flatnonzero(block == number) for number in range(int(block.max(initial=-1)) + 1)]


def of_one_value(texts: Sequence[str], places: NDArray[np.int64]) -> Keys:
    """Return the pairs of these places, (m, 2), whose texts, all of one block, may say the same values."""
    language = likeliest(texts[:SEVERAL], LANGUAGES)
    classes: defaultdict[str, list[int]] = defaultdict(list)
    for place, text in zip(places.tolist(), texts, strict=True):
        # Joined, as A-12 is A12: what is no such pair gets its label like any other.
        classes["".join(token.key for token in tokens(text, language) if token.kind != "article")].append(place)
    pairs = [pair for same in classes.values() for pair in combinations(same, 2)]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _masked(form: str) -> bytes:
    return _varying().sub(MASK, form).encode("utf-8", "surrogatepass")


@cache
def _varying() -> re.Pattern[str]:
    """Match what a template is filled with: words with a digit, and names of months and weekdays."""
    known = [lexicon(language) for language in LANGUAGES]
    words = {word for one in known for word in one.months}
    words |= {word for one in known for word, (kind, _) in one.kinds.items() if kind == "weekday"}
    longest = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest)})\b|\S*\d\S*")
