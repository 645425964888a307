"""Answers that a chat model writes from an index's own passages, and that are checked against them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from askew.context import Citation, Context


@dataclass(frozen=True)
class Grounded:
    """What came of a question. text: the answer as it was shown, with its [1]. citations: the sources that it cites, in
    the order of the context. unknown: the numbers it cites that are no source. abstained: nothing here answers, by the
    index's own measure or by the model's word. why: what is wrong with the answer, or why there is none; "" else.
    """

    text: str
    citations: tuple[Citation, ...]
    unknown: tuple[int, ...]
    abstained: bool
    why: str
    context: Context

    @property
    def grounded(self) -> bool:
        """It cites sources, and none that is not there."""
        return not self.abstained and bool(self.citations) and not self.unknown

    def as_json(self) -> Mapping[str, Any]:
        return {**asdict(self), "grounded": self.grounded}
