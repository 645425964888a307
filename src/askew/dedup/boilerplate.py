"""Boilerplate: footers, signatures and fixed lines that many texts share, left out of what is compared.

Two mails under one long footer are alike whatever they ask. What is left out are whole lines and sentences, as a run of
words within a sentence that many texts share is often what they ask about ("… the best way to learn the piano").
A text keeps all its words unless enough of its own is left, so rows of a template and edited copies stay as they are.
"""

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from askew.text.words import word_count

MANY = 20
"""Texts in which a line or sentence stands from which it is boilerplate, however many texts there are."""
SEVERAL, SHARE = 5, 0.2
"""The same if that is a large share of all texts: in fewer than five, it may be that a text was copied and edited."""
LEAST = 8
"""Words of a run from which it is boilerplate wherever it stands; below that, only the last lines of a text are."""
MOST = 200
"""Words of a run up to which it is boilerplate: a longer one is content, such as an article that was reprinted."""
OWN = 3
"""Words of a line or sentence from which it is a text's own content: fewer are a name or a number."""
TOGETHER = 2
"""Lines of one footer stand in about the same number of texts: a request above it stands in far fewer."""
EDITED = 0.5
"""Share of word pairs from a line of boilerplate from which another line is an edited copy of it."""
SHORT = 24  # characters: a text with less has no room for boilerplate
SHOWN = 100  # runs that are named

BORDER = re.compile(
    r"""[\n.!?…。！？।|•·_*=~-](?:
        (?<=[\n。！？।])
      | (?<=[.!?…])["'”’)\]]*+(?=\s)
      | (?<=\s[|•·])(?=\s)
      | (?<=\s[-_*=~])[-_*=~]++(?=\s)
    )""",
    re.VERBOSE,
)
"""Ends of lines and sentences, and signs that set off a signature. Unlike `askew.text.sentences`, it knows no
abbreviations: it need only split the same words in the same way, and fast, so it begins with a set of characters.
"""
SIGNS = " \t\r\n\f\v.,;:!?…-–—_*|•>\"'“”‘’()[]。！？।"
DIGIT = re.compile(r"\d")
MASK = "#"
COMMAS = ",，"
STOPS = ".!?…。！？।"

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Boilerplate:
    """What was left out of the comparison. texts: number of texts without their boilerplate. runs: the boilerplate,
    that of most texts first.
    """

    texts: int = 0
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """Texts as they are compared, and what was left out of them."""

    texts: Sequence[str]
    boilerplate: Boilerplate = field(default_factory=Boilerplate)


def without_boilerplate(texts: Sequence[str]) -> Compared:
    """Return the texts without the boilerplate that they share. A text of nothing else keeps all its words."""
    lines = _counted(texts)
    if not lines.fixed.any():
        return Compared(texts)
    copies = _EditedCopies(lines.long(texts))
    bare, named, often, cut = list(texts), dict[str, str](), Counter[str](), 0
    for place, parts, runs in lines.runs(texts):
        within = {number for run in runs for number in range(run.start, run.stop)}
        left = [part for number, part in enumerate(parts) if number not in within]
        if not any(part.is_own and not copies.has(part.key) for part in left):
            continue
        bare[place] = "\n".join(texts[place][part.start : part.end] for part in left)
        cut += 1
        for run in runs:
            key = " ".join(part.key for part in parts[run])
            often[key] += 1
            if key not in named:
                named[key] = " ".join(texts[place][parts[run][0].start : parts[run][-1].end].split())
    return Compared(bare, Boilerplate(cut, tuple(named[key] for key, _ in often.most_common(SHOWN))))


@dataclass(frozen=True, slots=True)
class _Part:
    """A line or sentence of a text.

    key: its words. times: the texts in which it stands, 0 if it cannot be boilerplate. fixed: whether many texts have
    it, perhaps with other values. begins: whether it begins a line. addresses: whether it ends like a
    salutation.
    """

    start: int
    end: int
    key: str
    times: int
    fixed: bool
    begins: bool
    addresses: bool

    @property
    def is_own(self) -> bool:
        """Return whether it is content: no value, name or salutation, and nothing that many texts have."""
        words = " ".join(word for word in self.key.split() if not DIGIT.search(word))
        return not self.fixed and not self.addresses and _words(words) >= OWN


@dataclass(frozen=True)
class _Lines:
    """The lines and sentences of texts.

    places: the texts with more than one. starts: where the parts of each begin. times: (m,) in how many texts each part
    stands. alike: the same with any values. first: one part of each wording. total: number of distinct texts.
    """

    places: Places
    starts: Places
    times: Places
    alike: Places
    first: Places
    total: int

    @property
    def least(self) -> int:
        """Return the number of texts from which a part of them is boilerplate."""
        return min(MANY, max(SEVERAL, math.ceil(SHARE * self.total)))

    @cached_property
    def fixed(self) -> NDArray[np.bool_]:
        """(m,) whether many texts have each part, perhaps with other values."""
        return self.alike >= self.least

    def long(self, texts: Sequence[str]) -> Iterator[str]:
        """Yield the words of each long part that many texts have."""
        shared = self.first[self.times[self.first] >= self.least]
        for part, owner in zip(
            shared.tolist(), (np.searchsorted(self.starts, shared, "right") - 1).tolist(), strict=True
        ):
            key = _split(texts[self.places[owner]])[part - int(self.starts[owner])][2]
            if _words(key) >= LEAST:
                yield key

    def runs(self, texts: Sequence[str]) -> Iterator[tuple[int, list[_Part], list[slice]]]:
        """Yield the texts with runs of boilerplate: their positions, their parts, and which parts each run has."""
        owners = np.unique(np.searchsorted(self.starts, np.flatnonzero(self.fixed), "right") - 1)
        for owner in owners.tolist():
            place, at = int(self.places[owner]), slice(int(self.starts[owner]), int(self.starts[owner + 1]))
            parts = self._parts(texts[place], at)
            runs = [run for run in _stretches(parts) if self._is_boilerplate(parts, run)]
            if runs:
                yield place, parts, runs

    def _parts(self, text: str, at: slice) -> list[_Part]:
        made, before, least = list[_Part](), 0, self.least
        counts = zip(_split(text), self.times[at].tolist(), self.alike[at].tolist(), strict=True)
        for (start, end, key), times, alike in counts:
            # A short line with a value of its own is what a text is about: "Order 4711", "It costs 20 euros".
            taken = times if times >= least else alike if alike >= least and _words(key) >= LEAST else 0
            about = ("\n" in text[before:start], text[end - 1] in COMMAS)
            made.append(_Part(start, end, key, taken, alike >= least, *about))
            before = end
        return made

    def _is_boilerplate(self, parts: Sequence[_Part], run: slice) -> bool:
        words, least = sum(_words(part.key) for part in parts[run]), min(part.times for part in parts[run])
        if words > MOST:
            return False
        closing = run.stop == len(parts) and parts[run.start].begins
        return words >= LEAST or (closing and least >= max(SEVERAL, SHARE * self.total))


class _EditedCopies:
    """Finds lines that are edited copies of boilerplate, by the word pairs that they share with one line of it."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._with = defaultdict[tuple[str, str], list[int]](list)
        for number, key in enumerate(keys):
            for both in set(pairwise(key.split())):
                self._with[both].append(number)

    def has(self, key: str) -> bool:
        own = set(pairwise(key.split()))
        shared = Counter(number for both in own for number in self._with.get(both, ()))
        return bool(shared) and max(shared.values()) >= EDITED * len(own)


def _counted(texts: Sequence[str]) -> _Lines:
    """Count the lines and sentences of all texts, by their hashes. Copies count once."""
    places, sizes, whole, exact, masked = (array("q") for _ in range(5))
    for place, text in enumerate(texts):
        if len(text) < SHORT or BORDER.search(text) is None:
            continue
        keys = [key for part in BORDER.split(text) if (key := _key(part))]
        if len(keys) < 2:
            continue
        hashes = [hash(key) for key in keys]
        places.append(place)
        sizes.append(len(keys))
        whole.append(hash(tuple(hashes)))
        exact.extend(hashes)
        masked.extend([hash(_masked(key)) for key in keys] if DIGIT.search(text) else hashes)
    counts = np.array(sizes, np.int64)
    distinct = np.zeros(len(counts), bool)
    distinct[np.unique(np.array(whole, np.int64), return_index=True)[1]] = True
    owner = np.repeat(np.arange(len(counts)), counts)
    (times, first), (alike, _) = (_times(np.array(one, np.int64), owner, distinct) for one in (exact, masked))
    starts = np.concatenate(([0], np.cumsum(counts)))
    return _Lines(np.array(places, np.int64), starts, times, alike, first, len(texts) - int((~distinct).sum()))


def _times(hashes: Places, owner: Places, counts: NDArray[np.bool_]) -> tuple[Places, Places]:
    """Return in how many of the texts that count each part stands, and where each wording stands first."""
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    once = np.unique((which * len(counts) + owner)[counts[owner]])
    return np.bincount(once // max(len(counts), 1), minlength=len(first))[which], first


def _split(text: str) -> list[tuple[int, int, str]]:
    """Return the lines and sentences that have words: start, end and words, without case and outer punctuation."""
    made, start = [], 0
    borders = ((border.start(), border.end()) for border in BORDER.finditer(text))
    for begin, end in (*borders, (len(text), len(text))):
        part = text[start : end if text[begin : begin + 1] in STOPS else begin]
        if key := _key(part):
            made.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip()), key))
        start = end
    return made


def _key(part: str) -> str:
    return " ".join(part.lower().split()).strip(SIGNS)


def _masked(key: str) -> str:
    return " ".join(MASK if DIGIT.search(word) else word for word in key.split()) if DIGIT.search(key) else key


def _stretches(parts: Sequence[_Part]) -> Iterator[slice]:
    """Yield the longest stretches of parts that may be boilerplate and stand in about the same number of texts."""
    start = least = most = 0
    for number, part in enumerate(parts):
        low, high = min(least, part.times), max(most, part.times)
        if number > start and high > TOGETHER * low:
            if least:
                yield slice(start, number)
            start, low, high = number, part.times, part.times
        elif number == start:
            low = high = part.times
        least, most = low, high
    if least:
        yield slice(start, len(parts))


def _words(key: str) -> float:
    return key.count(" ") + 1 if key.isascii() and key else word_count(key)
