"""Results as dicts, data frames, Arrow tables and HTML: one flat row per hit, pair or group member."""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from askew.charts.html import escaped, figure_like, isolated, number
from askew.environment import require
from askew.errors import InputError
from askew.types import Group, Hit, Pair

Row = dict[str, Any]
"""One row; the order of its keys is that of the columns."""

HIT_COLUMNS = ("rank", "score", "id", "title", "text", "page", "heading", "source")
PAIR_COLUMNS = ("score", "a", "b")
GROUP_COLUMNS = ("group", "id", "representative")
PREFIX = "metadata."
LARGEST = 2**63
EXACT = 2**53
"""Up to which every whole number is a float."""
SHOWN = 20
"""Rows of a table in a notebook."""


def hit_rows(hits: Iterable[Hit]) -> list[Row]:
    """Return a row for each hit: HIT_COLUMNS, then its metadata.

    A field of metadata keeps its name; where that is one of HIT_COLUMNS, `metadata.` goes before it. page: 0 without
    pages.
    """
    return [_hit_row(hit) for hit in hits]


def pair_rows(pairs: Iterable[Pair]) -> list[Row]:
    return [{"score": pair.score, "a": pair.a, "b": pair.b} for pair in pairs]


def group_rows(groups: Iterable[Group]) -> list[Row]:
    """Return a row for each member; representative: whether it is the one that represents the group."""
    return [
        {"group": group.id, "id": member, "representative": member == group.representative}
        for group in groups
        for member in group.members
    ]


def to_dicts(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return copies of the rows, with exactly the keys that each has."""
    return [dict(row) for row in rows]


def to_pandas(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> Any:
    """Return a pandas DataFrame. columns: come first, and are there if there are no rows."""
    table = _columns(rows, columns)
    pandas = _library("pandas")
    return pandas.DataFrame(table, columns=list(table))


def to_polars(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> Any:
    """Return a polars DataFrame. A column whose values have no common type holds strings, JSON for what is not one."""
    polars = _library("polars")
    return polars.DataFrame(
        [polars.Series(name, values, strict=True) for name, values in _typed(_columns(rows, columns)).items()]
    )


def to_arrow(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> Any:
    """Return a pyarrow Table, its columns typed as in `to_polars`."""
    require("pyarrow", "pyarrow", "parquet", "An Arrow table")
    return import_module("pyarrow").table(_typed(_columns(rows, columns)))


def html_table(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = (), caption: str = "", shown: int = SHOWN
) -> str:
    """Return an HTML table for a notebook: everything escaped, long texts cut, rows after the first `shown` counted.

    columns: those to show; all if there are none.
    """
    held = _columns(rows, columns)
    table = {name: held[name] for name in columns or held}
    count = max(map(len, table.values()), default=0)
    right = {name: bool(_there(values)) and all(map(figure_like, _there(values))) for name, values in table.items()}
    head = "".join(f'<th style="text-align:left">{isolated(name)}</th>' for name in table)
    body = "".join(
        f"<tr>{''.join(_html_cell(values[place], right[name]) for name, values in table.items())}</tr>"
        for place in range(min(count, shown))
    )
    above = f"<caption>{escaped(caption)}</caption>" if caption else ""
    rest = f"<p>{shown:,} of {count:,} rows</p>" if count > shown else ""
    return f"<div><table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}</div>"


def _hit_row(hit: Hit) -> Row:
    document = hit.document
    values = (
        hit.rank,
        hit.score,
        document.id,
        document.title,
        hit.text,
        hit.page,
        hit.passage.heading,
        document.source,
    )
    return dict(zip(HIT_COLUMNS, values, strict=True)) | {
        _apart(name): value for name, value in document.metadata.items()
    }


def _apart(name: str) -> str:
    """No two names of metadata become one: those that begin with the prefix get it too."""
    return PREFIX + name if name in HIT_COLUMNS or name.startswith(PREFIX) else name


def _columns(rows: Iterable[Mapping[str, Any]], first: Sequence[str]) -> dict[str, list[Any]]:
    """The values of each column, None where a row lacks it."""
    held = list(rows)
    names = dict.fromkeys([*first, *(name for row in held for name in row)])
    return {name: [row.get(name) for row in held] for name in names}


def _typed(table: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: _one_type(values) for name, values in table.items()}


def _one_type(values: list[Any]) -> list[Any]:
    """Values of one type with None among them; whole numbers among floats become floats, unless they lose digits."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"int", "float"} and all(abs(value) <= EXACT for value in values if isinstance(value, int)):
        return [None if value is None else float(value) for value in values]
    if len(kinds) <= 1 and "" not in kinds:
        return values
    return [value if value is None or isinstance(value, str) else _json(value) for value in values]


def _kind(value: object) -> str:
    """The type of a column that holds the value; empty for an object, a mixed list or a huge integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if -LARGEST <= value < LARGEST else ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "strings"
    return type(value).__name__ if isinstance(value, bool | float | str) else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _there(values: Iterable[object]) -> list[object]:
    return [value for value in values if value is not None]


def _html_cell(value: object, right: bool) -> str:
    side = "right" if right else "left"
    return f'<td style="text-align:{side}">{_html_value(value)}</td>'


def _html_value(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return isolated(value if isinstance(value, str) else _json(value))


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as fault:
        if fault.name != name:
            raise
        raise InputError(f"A {name} DataFrame needs {name}: pip install {name}.") from None
