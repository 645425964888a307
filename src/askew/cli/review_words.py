"""Which words of two texts differ."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from askew.types import Span

WORD = re.compile(r"\w+(?:['’]\w+)*")
MOST = 2000  # words that are compared one by one, beyond what both texts begin and end with: the work is quadratic


def differing(a: str, b: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Of each text the stretches of words that the other does not have there; case and punctuation do not count."""
    left, right = list(WORD.finditer(a)), list(WORD.finditer(b))
    first, second = [word[0].casefold() for word in left], [word[0].casefold() for word in right]
    parts = _parts(first, second)
    return (
        tuple(_span(left, start, end) for start, end, _, _ in parts if end > start),
        tuple(_span(right, start, end) for _, _, start, end in parts if end > start),
    )


def _parts(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Stretches a[i1:i2] and b[j1:j2] that stand in each other's place."""
    begin = _alike(zip(a, b, strict=False))
    end = _alike(zip(reversed(a[begin:]), reversed(b[begin:]), strict=False))
    left, right = a[begin : len(a) - end], b[begin : len(b) - end]
    if max(len(left), len(right)) > MOST:
        return [(begin, begin + len(left), begin, begin + len(right))]
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return [(begin + i, begin + j, begin + k, begin + m) for tag, i, j, k, m in codes if tag != "equal"]


def _alike(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for x, y in pairs:
        if x != y:
            break
        count += 1
    return count


def _span(words: Sequence[re.Match[str]], start: int, end: int) -> Span:
    return Span(words[start].start(), words[end - 1].end())
