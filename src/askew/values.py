"""Values and columns from numpy, pandas, polars, Arrow and Hugging Face, recognised without importing any of them.

A library is looked up in `sys.modules`: whoever passes its objects has imported it.
"""

import json
import math
import reprlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

import numpy as np

from askew.errors import InputError

DEEPEST = 64
"""Levels of lists and objects within one value."""
WHOLE_DAYS = ("Y", "M", "W", "D")
"""Units of numpy dates that have no time of day."""


class UnusableError(Exception):
    """A value that cannot be used; the message is a clause for which the caller names position and field."""


def plain(value: object, depth: int = 0) -> Any:
    """Return the value as JSON holds it. Missing values (None, NaN, NaT, pd.NA) become None, dates ISO strings."""
    if type(value) in (int, bool):  # the quick way for most cells
        return value
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if is_missing(value):
        return None
    if isinstance(value, Mapping | list | tuple | np.ndarray):
        return _nested(value, depth)
    return _scalar(value)


def is_missing(value: object) -> bool:
    if type(value) is float:
        return math.isnan(value)
    if value is None or _is_na(value):
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    if isinstance(value, Decimal):
        return value.is_nan()
    # NaN and pandas' NaT, which is a date, are the values that differ from themselves.
    return isinstance(value, float | np.floating | date) and bool(value != value)


def from_json(text: str | bytes) -> Any:
    """Parse JSON from outside. Raises ValueError, also if it is nested more than DEEPEST deep: whatever walks a value
    recursively could not bear that.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(f"it is nested more than {DEEPEST} deep") from None
    if is_deep(value):
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    return value


def is_deep(value: object) -> bool:
    """Return whether lists and objects are nested more than DEEPEST deep. Not recursive."""
    level = [value]
    for _ in range(DEEPEST):
        branches = [part for part in level if isinstance(part, dict | list)]
        level = [inner for part in branches for inner in (part.values() if isinstance(part, dict) else part)]
        if not level:
            return False
    return any(isinstance(part, dict | list) for part in level)


def id_of(value: object) -> str:
    """Return the id as a string: 13, np.int64(13) and 13.0 are "13"."""
    found = plain(value)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise UnusableError(f"{shown(value)} is not an id")
    if not str(found).strip():
        raise UnusableError("an id cannot be empty")
    return str(found)


def text_of(value: object) -> str:
    if not isinstance(value, str):
        raise UnusableError(f"{shown(value)} is not a text")
    if not value.strip():
        raise UnusableError("the text is empty")
    return encodable(value)


def readers_of(value: object) -> frozenset[str]:
    """Return the names of the groups that may read a document: of a list or set, or of a text that separates them by ;.

    A comma separates nothing, as it is part of the names of directories (cn=staff,ou=groups).
    """
    if isinstance(value, str):
        value = value.split(";")
    if value is None or isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise UnusableError(f"{shown(value)} is no list of names of groups")
    names = [name.strip() if isinstance(name, str) else name for name in value]
    for name in names:
        if not isinstance(name, str):
            raise UnusableError(f"{shown(name)} is no name of a group")
    return frozenset(encodable(name) for name in names if name)


def encodable(text: str) -> str:
    """Return the text as a plain `str`; half of a surrogate pair cannot be stored as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnusableError(
            f"{shown(text)} holds half of a surrogate pair; clean it with "
            "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from None
    return str.__str__(text)


def shown(value: object) -> str:
    """Return a short description for an error message."""
    if value is None or isinstance(value, str | bytes | bool):
        return reprlib.repr(value)
    if isinstance(value, int | float | np.generic):
        return f"{reprlib.repr(value)} ({type(value).__name__})"
    return f"an object of type {type(value).__name__}"


def items(data: object, want: str) -> list[object]:
    """Return the elements of a list, generator, Series or array, in order.

    want: what to pass instead, for the InputError about anything else. A string is not a list of characters.
    """
    if isinstance(data, str | bytes | bytearray | Mapping | set | frozenset) or frame(data) is not None:
        raise InputError(f"{want}, not {shown(data)}.")
    if isinstance(data, np.ndarray):
        if data.ndim == 0:
            raise InputError(f"{want}, not an array without a dimension.")
        return list(data)
    if _is(data, "pyarrow", "Array") or _is(data, "pyarrow", "ChunkedArray"):
        return list(_any(data).to_pylist())
    if not isinstance(data, Iterable):
        raise InputError(f"{want}, not {shown(data)}.")
    return list(data)


@dataclass(frozen=True)
class Frame:
    """A table of another library. column: the values of one column as Python objects, read when it is needed."""

    names: tuple[str, ...]
    rows: int
    column: Callable[[str], list[object]]


def frame(data: object) -> Frame | None:
    """Return the table behind a DataFrame, LazyFrame, Arrow table or Hugging Face Dataset; None for anything else."""
    if _is(data, "pandas", "DataFrame"):
        return _pandas(data)
    if _is(data, "pandas", "Series") and _any(data).index.name is not None:
        named = _any(data).name
        return _pandas(_any(data).to_frame(named if isinstance(named, str) else "text"))
    if _is(data, "polars", "LazyFrame"):
        return frame(_any(data).collect())
    if _is(data, "polars", "DataFrame"):
        polars = _any(data)
        return Frame(tuple(polars.columns), polars.height, lambda name: list(polars.get_column(name).to_list()))
    if _is(data, "pyarrow", "RecordBatchReader"):
        return frame(_any(data).read_all())
    if _is(data, "pyarrow", "Table") or _is(data, "pyarrow", "RecordBatch"):
        arrow = _any(data)
        names = _unique(arrow.schema.names)
        return Frame(names, arrow.num_rows, lambda name: list(arrow.column(name).to_pylist()))
    return _hugging_face(data)


def _pandas(data: object) -> Frame:
    """An index with a name is a column, as after `reset_index()`; one without is not data."""
    table = _any(data)
    columns = _unique(table.columns.tolist())
    levels = [name for name in table.index.names if isinstance(name, str) and name not in columns]

    def column(name: str) -> list[object]:
        found = table.index.get_level_values(name) if name in levels else table[name]
        return list(found.tolist())

    return Frame((*levels, *columns), len(table), column)


def _hugging_face(data: object) -> Frame | None:
    for kind in ("DatasetDict", "IterableDatasetDict"):
        if _is(data, "datasets", kind):
            raise InputError(f"A {kind} holds several splits. Pass one of them: {', '.join(_any(data))}.")
    if not _is(data, "datasets", "Dataset"):
        return None
    dataset = _any(data).with_format(None)
    return Frame(tuple(dataset.column_names), dataset.num_rows, lambda name: list(dataset[name]))


def _unique(names: Iterable[object]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"The names of columns must be strings, not {shown(name)}. Rename the column.")
        if name in found:
            raise InputError(f"Two columns have the name {name!r}. Rename one of them.")
        found.append(name)
    return tuple(found)


def _nested(value: Any, depth: int) -> Any:
    if depth == DEEPEST:
        raise UnusableError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, np.ndarray):
        # Elements, not tolist(): that makes plain integers of dates.
        return [plain(part, depth + 1) for part in value] if value.ndim else plain(value[()], depth + 1)
    if not isinstance(value, Mapping):
        return [plain(part, depth + 1) for part in value]
    for name in value:
        if not isinstance(name, str):
            raise UnusableError(f"the key {shown(name)} is not a string")
    return {encodable(name): plain(inner, depth + 1) for name, inner in value.items()}


def _scalar(value: object) -> str | int | float:
    if isinstance(value, Enum):
        found: str | int | float = plain(value.value)
        return found
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _finite(float(value), value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, np.datetime64):
        return _day_or_time(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | PurePath):
        return encodable(str(value))
    raise UnusableError(f"{shown(value)} cannot be stored as JSON; convert it to a string, number, list or dict")


def _finite(number: float, given: object) -> float:
    if not math.isfinite(number):
        raise UnusableError(f"{shown(given)} cannot be stored as JSON; use a finite number or None")
    return number


def _decimal(value: Decimal) -> int | float:
    """Refuse a number that would lose digits."""
    number = _finite(float(value), value)
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(number)) != value:
        raise UnusableError(f"{shown(value)} loses digits as a float; convert it to a string or a float")
    return number


def _day_or_time(value: np.datetime64) -> str:
    unit = "D" if np.datetime_data(value.dtype)[0] in WHOLE_DAYS else "us"
    found = value.astype(f"datetime64[{unit}]").item()
    if not isinstance(found, date):
        raise UnusableError(f"{shown(value)} is outside of the years 1 to 9999")
    return found.isoformat()


def _is_na(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and value is getattr(pandas, "NA", pandas)


def _is(data: object, library: str, name: str) -> bool:
    kind = getattr(sys.modules.get(library), name, None)
    return isinstance(kind, type) and isinstance(data, kind)


def _any(data: object) -> Any:
    return data
