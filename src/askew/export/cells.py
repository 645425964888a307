"""Serialisation of values: as JSON, and as the text of a cell."""

import json
from typing import Any

from askew.errors import InputError


def cell(value: object) -> str:
    """Return a text as is, "" for None, and JSON for anything else."""
    if isinstance(value, str):
        return str(value)  # plain text for an enum member too
    return "" if value is None else as_json(value)


def as_json(value: object) -> str:
    """Serialise to JSON, keeping non-ASCII characters."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def utf8(line: str, row: int) -> bytes:
    """Encode a line; InputError names a row with an unpaired surrogate."""
    try:
        return line.encode("utf-8")
    except UnicodeEncodeError:
        surrogate = "an unpaired surrogate (\\ud800 to \\udfff), which is not a character"
        raise InputError(f"Cannot write row {row}: it contains {surrogate}.") from None


def _plain(value: Any) -> object:
    """Convert numpy numbers and arrays."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"cannot write a value of type {type(value).__name__} to a table")
