"""Late interaction: how a model with a vector per token reads queries and documents, as its card says."""

from collections.abc import Iterator
from dataclasses import dataclass

MOST = 1 << 20
"""Largest maximum length in tokens."""
SKIPPED = 4096
"""Maximum number of tokens that are not compared."""


@dataclass(frozen=True)
class LateInteraction:
    """How queries and documents become token vectors (Khattab and Zaharia 2020, arXiv 2004.12832, section 3.2).

    query_tokens, document_tokens: maximum lengths, special tokens included. query_marker, document_marker: the token
    after the first special token that tells queries from documents, "" for none. expanded: number of tokens to which a
    shorter query is filled up with the token `filler`, 0 if it is not. attended: the other tokens attend to those.
    skipped: tokens of documents that are not compared.
    """

    query_tokens: int
    document_tokens: int
    query_marker: str = ""
    document_marker: str = ""
    expanded: int = 0
    filler: str = ""
    attended: bool = False
    skipped: tuple[str, ...] = ()


def faults(kind: str, late: LateInteraction | None) -> Iterator[str]:
    """Yield what is wrong with this part of a card of some kind, as sentences without a full stop."""
    if (kind == "late-interaction") != (late is not None):
        yield "a card of the kind late-interaction, and no other, has a table late_interaction"
    if late is None:
        return
    for name in ("query_tokens", "document_tokens"):
        if not 1 <= getattr(late, name) <= MOST:
            yield f"{name} must be from 1 to {MOST}"
    if not 0 <= late.expanded <= late.query_tokens:
        yield "expanded must be from 0 to query_tokens"
    if bool(late.expanded) != bool(late.filler):
        yield "a query is expanded with the token filler: give both expanded and filler, or neither"
    if len(late.skipped) > SKIPPED:
        yield f"skipped has more than {SKIPPED} tokens"
    shown = (late.query_marker, late.document_marker, late.filler, *late.skipped)
    if unprintable := next((token for token in shown if not token.isprintable()), ""):
        yield f"{unprintable[:60]!r} contains a control character"
