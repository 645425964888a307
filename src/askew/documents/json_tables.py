"""JSON tables: rows of objects from JSONL, arrays, one list within an object, columns, and GeoJSON."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from askew.documents.formats.draft import UnusableError
from askew.documents.names import is_known
from askew.documents.rows import Bad, Row, Table, lines
from askew.values import DEEPEST, is_deep

SURROGATE = re.compile("[\ud800-\udfff]")
TOO_DEEP = f"not valid JSON: nested more than {DEEPEST} deep"
NO_OBJECT = 'not a JSON object such as {"text": "…"}'
NO_ROWS = "no rows: it holds neither a list of objects nor columns of values"
LISTS = ("data", "rows", "records", "items", "results", "documents", "docs", "entries", "faq", "faqs", "questions")
"""Names of the list of rows, where an object holds several lists."""
LEVELS = 3
"""Levels of objects in which a list of rows is looked for."""
TRIED = 20
"""Lines that are tried to find out whether each is an object."""
SPACE = re.compile(r"[\s,]*")
SPECIAL = re.compile(r"\b(NaN|Infinity)\b|\d[eE]\+?\d{3}")


def json_table(text: str, format: str) -> Table:
    """Parse JSON or JSONL. Raises UnusableError if it holds no rows, such as a file of settings."""
    text = text.lstrip("\ufeff")
    numbered = list(lines(text))
    if _is_by_line([line for _, line in numbered[:TRIED]], format):
        return _tabled([_row(number, line) for number, line in numbered])
    try:
        whole = _loads(text)
    except (ValueError, RecursionError):  # also an integer of thousands of digits
        return replace(_tabled(list(_objects(text))), by_line=False)
    if is_deep(whole):
        raise UnusableError(TOO_DEEP)
    found, notes = _rows_of(whole)
    escaped = "\\u" in text
    made = _tabled([_checked(number, row, escaped) for number, row in enumerate(found, 1)])
    return replace(made, by_line=False, notes=(*notes, *made.notes), inner=isinstance(whole, dict))


def _tabled(rows: list[Row | Bad]) -> Table:
    names = dict.fromkeys(name for row in rows if isinstance(row, Row) for name in row.values)
    return Table(rows[0].line if rows else 1, tuple(names), tuple(rows), cells=False)


def _is_by_line(first: list[str], format: str) -> bool:
    """Return whether most lines are objects by themselves; of a .jsonl file, also if only they look so."""
    if not first or (format == "json" and len(first) == 1):
        return False
    good = sum(isinstance(_row(1, line), Row) for line in first)
    if format == "jsonl" and not good:
        return not any(line.strip() in ("{", "[") for line in first)
    return good * 2 >= len(first)


def _row(number: int, line: str) -> Row | Bad:
    try:
        row = _loads(line)
    except json.JSONDecodeError as error:
        return Bad(number, f"not valid JSON: {error.msg} at column {error.colno}")
    except ValueError as error:
        return Bad(number, f"not valid JSON: {error}")
    except RecursionError:
        return Bad(number, TOO_DEEP)
    if line.count("{") + line.count("[") > DEEPEST and is_deep(row):
        return Bad(number, TOO_DEEP)
    return _checked(number, row, "\\u" in line)


def _checked(number: int, row: object, escaped: bool) -> Row | Bad:
    """escaped: whether the row may have characters that are written by their numbers."""
    if not isinstance(row, dict):
        return Bad(number, NO_OBJECT)
    if escaped and SURROGATE.search(json.dumps(row, ensure_ascii=False)):
        return Bad(number, "contains an unpaired surrogate (\\ud800 to \\udfff), which is not a character")
    return Row(number, row)


def _loads(text: str) -> Any:
    """Parse JSON; NaN, Infinity and numbers too large for a float become null."""
    if SPECIAL.search(text):
        return json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    return json.loads(text)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) < float("inf") else None


def _objects(text: str) -> Iterator[Row | Bad]:
    """Yield objects that follow each other, each over one line or more. After a fault, reading goes on with the next
    line that begins with a brace.
    """
    decoder = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite)
    at, line, counted, escaped = 0, 1, 0, "\\u" in text
    while (at := SPACE.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches everywhere
        line, counted = line + text.count("\n", counted, at), at
        try:
            found, at = decoder.raw_decode(text, at)
            yield Bad(line, TOO_DEEP) if is_deep(found) else _checked(line, found, escaped)
        except RecursionError:
            yield Bad(line, TOO_DEEP)
            return
        except json.JSONDecodeError as error:
            yield Bad(line, f"not valid JSON: {error.msg} in line {error.lineno}")
            at = _next_object(text, max(at, error.pos - 1))
        except ValueError as error:
            yield Bad(line, f"not valid JSON: {error}")
            at = _next_object(text, at)


def _next_object(text: str, start: int) -> int:
    """Return the place of the next line that begins with a brace, the end of the text if there is none."""
    following = text.find("\n{", start)
    return following + 1 if following >= 0 else len(text)


def _rows_of(whole: object) -> tuple[list[Any], tuple[str, ...]]:
    """Return the rows in a JSON value, and a note that says where they were."""
    if isinstance(whole, list):
        return _listed(whole), ()
    if not isinstance(whole, dict):
        raise UnusableError(NO_ROWS)
    if whole.get("type") == "FeatureCollection" and isinstance(whole.get("features"), list):
        return [_feature(one) for one in whole["features"]], ("rows: the properties of features",)
    columns = _columns(whole)
    if columns is not None:
        return columns, ("rows: one for each value of the columns",)
    if (found := _inner(whole)) is not None:
        return found[1], (f"rows: the list {found[0]}",)
    if _is_rowlike(list(whole.values())):
        return [{"id": key, **row} for key, row in whole.items()], ("rows: the values of the object; ids: its keys",)
    if any(is_known(name) for name, value in whole.items() if isinstance(value, str)):
        return [whole], ()
    raise UnusableError(NO_ROWS)


def _listed(whole: list[Any]) -> list[Any]:
    """Return the rows of an array: objects, texts, or arrays whose first one is the header."""
    if whole and all(isinstance(row, str) for row in whole):
        return [{"text": row} for row in whole]
    if len(whole) > 1 and all(isinstance(row, list) for row in whole):
        names = whole[0]
        if names and all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names):
            return [dict(zip(names, row, strict=True)) if len(row) == len(names) else row for row in whole[1:]]
    if whole and not any(isinstance(row, dict) for row in whole):
        raise UnusableError(NO_ROWS)
    return whole


def _columns(whole: Mapping[str, Any]) -> list[Any] | None:
    """Return the rows of an object of columns, as pandas writes them; None if it is none."""
    names, data = whole.get("columns"), whole.get("data")
    if isinstance(names, list) and isinstance(data, list) and data and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, names), row, strict=False)) for row in data]
    held = list(whole.values())
    if len(held) > 1 and all(isinstance(column, list) for column in held):
        even = len({len(column) for column in held}) == 1
        if even and held[0] and not any(isinstance(value, dict | list) for column in held for value in column):
            return [dict(zip(whole, row, strict=True)) for row in zip(*held, strict=True)]
    if held and all(isinstance(column, dict) and column for column in held):
        keys = list(held[0])
        if all(key.isdecimal() for key in keys) and all(list(column) == keys for column in held):
            return [{name: column[key] for name, column in whole.items()} for key in keys]
    return None


def _inner(whole: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """Return the list of objects within an object, and its name: the only one of its level, or one of a known name."""
    level: dict[str, Any] = dict(whole)
    for _ in range(LEVELS):
        found = {
            name: value
            for name, value in level.items()
            if isinstance(value, list) and value and all(isinstance(row, dict) for row in value)
        }
        known = [name for name in found if name.rpartition(".")[2].casefold() in LISTS]
        if len(found) == 1 or known:
            name = known[0] if known else next(iter(found))
            if not known and not any(is_known(key) for row in found[name] for key in row):
                raise UnusableError(f"holds a list {name!r}, of which no field is known to be the text")
            return name, found[name]
        if found:
            raise UnusableError(f"holds several lists of objects, so which are the rows is unclear: {', '.join(found)}")
        level = {
            f"{name}.{inner}": value
            for name, part in level.items()
            if isinstance(part, dict)
            for inner, value in part.items()
        }
    return None


def _feature(feature: object) -> object:
    """Return the properties of a GeoJSON feature with its id; the geometry is no value to filter by."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return feature
    return {**({"id": feature["id"]} if "id" in feature else {}), **feature["properties"]}


def _is_rowlike(values: list[Any]) -> bool:
    """Return whether objects share their keys, one of which is known to hold a text."""
    if len(values) < 2 or not all(isinstance(value, dict) and value for value in values):
        return False
    shared = set(values[0]).intersection(*values[1:])
    return any(is_known(name) for name in shared) and all(len(shared) * 2 >= len(value) for value in values)
