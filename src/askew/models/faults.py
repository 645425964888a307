"""Faults in what few cards have: steps after the pooling, and how a late-interaction model reads texts.

Each is a sentence without a full stop.
"""

from collections.abc import Iterator

from askew.models import cards
from askew.models import names as portable
from askew.models.cards import Card

MOST = 1 << 20
"""Largest maximum length in tokens."""
SKIPPED = 4096
"""Maximum number of tokens that are not compared."""


def late_interaction(card: Card) -> Iterator[str]:
    """Yield what is wrong with the table of a late-interaction model."""
    late = card.late_interaction
    if (card.kind == "late-interaction") != (late is not None):
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


def modules(card: Card) -> Iterator[str]:
    """Yield what is wrong with the steps after the pooling and with the transformer's folder."""
    for module in card.modules:
        if module.kind not in cards.STEPS:
            yield f"{module.kind[:40]!r} is no kind of module; a kind is one of {', '.join(cards.STEPS)}"
        if (module.kind != "normalize" or module.folder) and portable.path_fault(module.folder):
            yield f"the folder {module.folder[:80]!r} of a module {portable.path_fault(module.folder)}"
    if 0 < card.width < card.dim:
        yield f"width is {card.width}, less than dim"
    if card.root and (fault := portable.path_fault(card.root)):
        yield f"the folder {card.root[:80]!r} of the transformer {fault}"
