"""Typos: a wrong, missing, additional or transposed letter."""

from functools import lru_cache


@lru_cache(maxsize=1 << 14)
def slipped(a: str, b: str, most: int) -> bool:
    """Return whether the words differ by at most `most` typos; the first letter must match, as typos are rare there."""
    if a == b:
        return True
    return a[:1] == b[:1] and abs(len(a) - len(b)) <= most and _distance(a, b) <= most


def _distance(a: str, b: str) -> int:
    """Compute the optimal string alignment distance, row by row."""
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        oldest, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, oldest[j - 2] + 1)
            row.append(best)
    return row[-1]
