"""Rules for which member of a group is kept."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from askew.errors import InputError
from askew.types import Document
from askew.validation import one_of
from askew.values import shown

RULES = ("first", "longest", "newest", "best")
DATE = "a date"
NUMBER = "a number"


@dataclass(frozen=True)
class KeepRule:
    """A rule for which member of a group is kept.

    first: in corpus order. longest: by characters of text. newest: the latest date or highest number in `field`. best:
    the most similar to the others or, with a field, the highest number in it. Ties go to the first.
    """

    rule: str = "first"
    field: str = ""

    def __post_init__(self) -> None:
        one_of(self.rule, "keep rule", RULES)
        if not isinstance(self.field, str):
            raise InputError(f"keep_field must be the name of a field, not {shown(self.field)}.")
        if self.rule == "newest" and not self.field:
            raise InputError("The keep rule 'newest' needs the name of the field with the date.")
        if self.field and self.rule not in ("newest", "best"):
            raise InputError(
                f"The keep rule {self.rule!r} takes no field: drop {self.field!r}, or use 'newest' or 'best'."
            )


def preferred(documents: Mapping[str, Document], keep: KeepRule, central: Mapping[str, float]) -> list[str]:
    """Return the ids of the documents, those first that are kept rather than others; ties keep their order.

    central: how similar each is to the others. InputError names the row whose field cannot be compared.
    """
    if keep.rule == "first":
        return list(documents)
    if keep.rule == "longest":
        return sorted(documents, key=lambda one: -len(documents[one].text))
    values = _values(documents, keep) if keep.field else central
    return sorted(documents, key=lambda one: -values[one])


def _values(documents: Mapping[str, Document], keep: KeepRule) -> dict[str, float]:
    known: tuple[Callable[[Any], float], ...] = (_number, _date) if keep.rule == "newest" else (_number,)
    values: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for id, document in documents.items():
        kind, values[id] = _value(document, keep.field, known)
        kinds.setdefault(kind, id)
    if len(kinds) > 1:
        raise InputError(
            f"The field {keep.field!r} is a date in row {kinds[DATE]!r} but a number in row {kinds[NUMBER]!r}: "
            "use one of the two throughout."
        )
    return values


def _value(document: Document, field: str, known: tuple[Callable[[Any], float], ...]) -> tuple[str, float]:
    wanted = "a number" if len(known) == 1 else "a number or a date such as 2024-03-01"
    if document.metadata.get(field) is None:
        raise InputError(f"Row {document.id!r} has no field {field!r}, which must be {wanted}.")
    value = document.metadata[field]
    for read in known:
        try:
            return DATE if read is _date else NUMBER, read(value)
        except (TypeError, ValueError, OverflowError):
            continue
    raise InputError(f"The field {field!r} of row {document.id!r} is {value!r}, which is not {wanted}.")


def _number(value: Any) -> float:
    number = float("nan" if isinstance(value, bool) else value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _date(value: Any) -> float:
    """Return the timestamp of a date; a day means midnight, and a time without a zone means UTC."""
    made = datetime.fromisoformat(value)
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
