"""What a value is in a file: as JSON, and as the text in a cell."""

import json
from typing import Any

from askew.errors import InputError


def cell(value: object) -> str:
    """A text as it is, nothing for None, JSON for all else."""
    if isinstance(value, str):
        return str(value)  # also what is a member of an enumeration
    return "" if value is None else as_json(value)


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def utf8(line: str, row: int) -> bytes:
    """InputError names the row where it holds what is no character."""
    try:
        return line.encode("utf-8")
    except UnicodeEncodeError:
        half = "half of a surrogate pair (\\ud800 to \\udfff), which is no character"
        raise InputError(f"Row {row} cannot be written: it has {half}.") from None


def _plain(value: Any) -> object:
    """Numbers and arrays of numpy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not for a table")
