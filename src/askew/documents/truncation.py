"""Truncation policy for texts longer than the model's maximum length, and token accounting."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askew.errors import InputError

NAMED = 5
"""Number of documents listed in the error."""


class Policy(StrEnum):
    """What to do with long texts. chunk: split into passages, nothing is lost. warn: truncate with a warning.
    error: reject, and store nothing. accept: truncate, counted but without a warning.
    """

    CHUNK = "chunk"
    WARN = "warn"
    ERROR = "error"
    ACCEPT = "accept"


@dataclass(frozen=True)
class Seen:
    """Token count of one document: all its `tokens`, and those `seen` by the model."""

    document: str
    tokens: int
    seen: int

    @property
    def lost(self) -> int:
        return self.tokens - self.seen


def refuse_loss(accounts: Sequence[Seen]) -> None:
    """Raise InputError if any document would be truncated, naming those that lose most."""
    cut = sorted((account for account in accounts if account.lost > 0), key=lambda account: -account.lost)
    if not cut:
        return
    rows = [f"  {a.document}: {a.tokens:,} tokens, {a.lost:,} would be lost" for a in cut[:NAMED]]
    rows += [f"  … and {len(cut) - NAMED:,} more"] if len(cut) > NAMED else []
    count = "1 document is" if len(cut) == 1 else f"{len(cut):,} documents are"
    raise InputError(
        f"{count} longer than the model's maximum length, and the policy is 'error', so nothing was added. "
        f"Split the text, or create the index with --policy chunk.",
        rows,
    )
