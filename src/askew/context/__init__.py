"""The best passages for a question, packed into a budget of tokens, each with a number to cite it by."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

K = 20
"""Of so many stretches, passages side by side being one, a context is made, unless another number is asked for."""


@dataclass(frozen=True)
class Citation:
    """A stretch of a document, `document.text[start:end]`, as it stands in a context under its number.

    document: its id. page: from 1 on, 0 where the document has no pages. score: of the best passage in the stretch.
    cut: whether the stretch ends before its passage does, to fit into the budget.
    """

    number: int
    document: str
    title: str
    source: str
    page: int
    heading: str
    start: int
    end: int
    score: float
    cut: bool = False


@dataclass(frozen=True)
class LeftOut:
    """How many of the passages found are not in a context: no room in the budget, or said in it already."""

    budget: int = 0
    repeated: int = 0


@dataclass(frozen=True)
class Context:
    """text: ready for a prompt; "" where nothing was found or nothing fits. Its length, headers included, is `tokens`
    as `tokenizer` counts them, never more than `budget`. citations: in the order of the text, numbered from 1 on.
    """

    text: str
    citations: tuple[Citation, ...]
    tokens: int
    budget: int
    tokenizer: str
    left_out: LeftOut = field(default_factory=LeftOut)

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)
