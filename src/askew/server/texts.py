"""Texts of requests before they are encoded: from token ids, and truncated where the client asks for it."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from askew.errors import InputError
from askew.server.models import ServedModel

Truncate = Literal["NONE", "START", "END"]
"""What happens to a text that the model cannot read whole: refused, or without its beginning or its end."""


@runtime_checkable
class Decoding(Protocol):
    """An encoder that knows the text of token ids."""

    def decoded(self, ids: Sequence[int]) -> str:
        """Raises InputError unless tokenising the text gives these ids again."""


def from_ids(model: ServedModel, ids: Sequence[Any]) -> str:
    """Return the text of token ids. Raises InputError if they are not those of this model's tokenizer."""
    encoder = model.queue.encoder
    if not isinstance(encoder, Decoding):
        raise InputError(f"{model.card.name} takes texts, not token ids. Send strings.")
    return encoder.decoded(ids)


def fitted(model: ServedModel, texts: Sequence[str], room: int, truncate: Truncate) -> Sequence[str]:
    """Return texts without what is too much at their beginning; at their end, the encoder itself truncates."""
    if truncate != "START":
        return texts
    spans = model.queue.encoder.spans(texts)
    return [
        text[int(span[len(span) - room][0]) :] if len(span) > room else text
        for text, span in zip(texts, spans, strict=True)
    ]
