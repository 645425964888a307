"""Which sources an answer cites."""

import re

NUMBERS = re.compile(r"[\[【](?P<numbers>\d{1,4}(?:\s*[,;]\s*\d{1,4}|\s*[-–]\s*\d{1,4})*)[\]】](?!\()")
RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
WIDEST = 100  # numbers in one range; "[1-2000]" cites nothing that could be counted


def cited(answer: str) -> tuple[int, ...]:
    """The numbers in brackets, [1], [1, 3] and [2-4], each once, ascending. What links elsewhere, [1](…), is none."""
    found: set[int] = set()
    for bracket in NUMBERS.finditer(answer):
        for part in RANGE.finditer(bracket["numbers"]):
            first, last = int(part[1]), int(part[2] or part[1])
            found.update(range(first, last + 1) if first <= last < first + WIDEST else (first, last))
    return tuple(sorted(found))
