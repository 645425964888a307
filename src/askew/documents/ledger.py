"""What becomes of texts longer than the model can see, and the account of what it saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askew.errors import InputError

NAMED = 5
"""So many of the documents that are refused are listed."""


class Policy(StrEnum):
    """`chunk`: split into passages, nothing is lost. `warn`: cut at the model's length, and said. `error`: refused,
    and nothing is stored. `accept`: cut, and counted.
    """

    CHUNK = "chunk"
    WARN = "warn"
    ERROR = "error"
    ACCEPT = "accept"


@dataclass(frozen=True)
class Seen:
    """Of one document: `tokens` that it has, and of those the `seen` that reached the model."""

    document: str
    tokens: int
    seen: int

    @property
    def lost(self) -> int:
        return self.tokens - self.seen


def refuse_loss(accounts: Sequence[Seen]) -> None:
    """InputError that names the documents of which the model would lose something."""
    cut = sorted((account for account in accounts if account.lost > 0), key=lambda account: -account.lost)
    if not cut:
        return
    rows = [f"\n  {a.document}: {a.tokens:,} tokens, {a.lost:,} would be lost" for a in cut[:NAMED]]
    more = f"\n  … and {len(cut) - NAMED:,} more" if len(cut) > NAMED else ""
    count = "1 document is" if len(cut) == 1 else f"{len(cut):,} documents are"
    raise InputError(
        f"{count} longer than the model can see, and the policy is error: nothing was added. "
        f"Split them, or build the index with --policy chunk.{''.join(rows)}{more}"
    )
