"""Token budget of an answer, estimated, because an assistant's tokenizer is not on this machine."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from askew.encoders.hosted import pieces
from askew.search.context import Counter

BUDGET = 20_000
"""Default. Claude Code, the strictest client known, refuses answers above 25,000 tokens."""
MOST = 25_000


def tokens(answer: Mapping[str, Any]) -> int:
    """Return the tokens of an answer as the JSON text that is sent."""
    return pieces.count(as_text(answer))


def as_text(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


COUNTER = Counter("estimate", lambda text: pieces.count(json.dumps(text, ensure_ascii=False)))


def cut(text: str, budget: int, form: Callable[[str], str]) -> str:
    """Return the beginning of a text that has at most so many tokens in this form, as JSON."""

    def fits(length: int) -> bool:
        return COUNTER.count(form(text[:length])) <= budget

    low, high = 0, len(text)
    if fits(high):
        return text
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return text[:low]
