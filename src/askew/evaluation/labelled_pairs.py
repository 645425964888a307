"""Labelled pairs of texts, from CSV, TSV, JSONL or a review's label file."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.documents.contents import Limits, text
from askew.documents.formats.draft import UnusableError
from askew.documents.sources import find
from askew.documents.tables import Bad, Row, Table, table
from askew.errors import InputError, UnknownNameError

TEXTS = (
    ("text1", "text2"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("question_1", "question_2"),
    ("sentence_a", "sentence_b"),
    ("sent1", "sent2"),
)
"""How the two texts of a pair are called; upper or lower case is the same."""
LABELS = ("label", "is_duplicate", "gold", "relatedness_score", "similarity_score", "score")
"""How the person's word is called, the first that there is."""
SCORE = "score"

WORDS = {"duplicate": 1.0, "different": 0.0}
"""Labels of a review (askew.cleaning.labels); a pair whose last one is none of them was not decided."""
UNDECIDED = ("skip", "undone")


@dataclass(frozen=True)
class LabelledPair:
    """label: 1 for a pair and 0 for none, or how similar, on any scale. score: a model's, where the file has one."""

    text1: str
    text2: str
    label: float
    score: float | None = None


@dataclass(frozen=True)
class _Names:
    first: str
    second: str
    label: str
    score: str


def read_pairs(
    path: str | Path, *, texts: tuple[str, str] | None = None, label: str | None = None, format: str | None = None
) -> list[LabelledPair]:
    """In the order of the file; of a review the last word on each pair, without those that were not decided.

    texts, label: the fields, where they have other names than the usual ones. InputError names the first row that
    cannot be used.
    """
    return pairs_of(read_table(path, format), str(path), texts, label)


def pairs_of(
    rows: Table, path: str, texts: tuple[str, str] | None = None, label: str | None = None
) -> list[LabelledPair]:
    """Of a table that was read already; `path` is named where a row cannot be used."""
    names = _names(rows, texts, label, path)
    pairs: dict[object, LabelledPair] = {}
    for row in rows.rows:
        if isinstance(row, Bad):
            raise InputError(f"{path}:{row.line}: {row.reason}.")
        key = _key(row)
        if row.values.get(names.label) in UNDECIDED and "when" in row.values:
            pairs.pop(key, None)
        else:
            pairs[key] = _pair(row, names, path)
    if not pairs:
        raise InputError(f"{path} holds no labelled pair.")
    return list(pairs.values())


def read_table(path: str | Path, format: str | None = None) -> Table:
    """The rows of a CSV, TSV or JSONL file; InputError for what is none."""
    [source, *others] = find([path], format or "")
    if others or source.format not in ("csv", "tsv", "jsonl"):
        raise InputError(f"{path} is no CSV, TSV or JSONL file.")
    try:
        return table(text(source, Limits()), source.format, source.path)
    except UnusableError as fault:
        raise InputError(f"{path}: {fault}.") from fault


def is_graded(pairs: Iterable[LabelledPair]) -> bool:
    """Whether some label is neither 0 nor 1: then they say how similar, not whether."""
    return any(pair.label not in (0, 1) for pair in pairs)


def _names(rows: Table, texts: tuple[str, str] | None, label: str | None, path: str) -> _Names:
    known = {name.casefold(): name for name in rows.names}
    for name in (*(texts or ()), *([label] if label else ())):
        if name not in rows.names:
            raise InputError(f"{path}: {UnknownNameError('field', name, rows.names)}")
    both = texts or next(((known[a], known[b]) for a, b in TEXTS if a in known and b in known), None)
    said = label or next((known[name] for name in LABELS if name in known), None)
    if both is None or said is None:
        raise InputError(
            f"{path} has no {'label' if both else 'two texts'} that is known by its name. Pairs are rows with text1, "
            f"text2 and label; its fields are {', '.join(rows.names) or 'none'}."
        )
    score = known.get(SCORE, "")
    return _Names(*both, said, "" if score == said else score)


def _key(row: Row) -> object:
    """The same for two answers of a review about one pair; every other row is a pair of its own."""
    values = row.values
    if "when" in values and isinstance(values.get("a"), str) and isinstance(values.get("b"), str):
        return frozenset((values["a"], values["b"]))
    return row.line


def _pair(row: Row, names: _Names, path: str) -> LabelledPair:
    first, second = (_text(row.values, name, f"{path}:{row.line}") for name in (names.first, names.second))
    label = _number(row.values.get(names.label), names.label, f"{path}:{row.line}")
    given = row.values.get(names.score)
    score = None if given in (None, "") else _number(given, names.score, f"{path}:{row.line}")
    return LabelledPair(first, second, label, score)


def _text(values: Mapping[str, Any], name: str, place: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{place}: its {name!r} is no text.")
    return value


def _number(value: object, name: str, place: str) -> float:
    if isinstance(value, str) and value.strip() in WORDS:
        return WORDS[value.strip()]
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{place}: its {name!r} is {value!r}, not a number.")
    return number
