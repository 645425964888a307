"""Labelled pairs of texts, from a table or a review's label file."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.documents.names import matching
from askew.documents.read import rows_of
from askew.documents.rows import Bad, Row, Table
from askew.documents.tables import NUL
from askew.errors import InputError, UnknownNameError
from askew.values import shown

TEXTS = (
    ("text1", "text2"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("sentence_a", "sentence_b"),
    ("sent1", "sent2"),
)
"""Known names of the two text fields; case, spaces and underscores do not count."""
LABELS = ("label", "is_duplicate", "gold", "relatedness_score", "similarity_score", "score")
"""Known names of the label field; the first one found is used."""
SCORE = "score"

WORDS = {"duplicate": 1.0, "different": 0.0}
"""Labels of a review (askew.dedup.review)."""
UNDECIDED = ("skip", "undone")


@dataclass(frozen=True)
class LabelledPair:
    """label: 1 for duplicates and 0 for other pairs, or a similarity on any scale. score: a model's, if given."""

    text1: str
    text2: str
    label: float
    score: float | None = None


@dataclass(frozen=True)
class _Fields:
    first: str
    second: str
    label: str
    score: str


def read_pairs(
    path: str | Path,
    *,
    texts: tuple[str, str] | None = None,
    label: str | None = None,
    format: str | None = None,
    encoding: str | None = None,
) -> list[LabelledPair]:
    """Read labelled pairs in file order; of a review, the last decision on each pair, without undecided ones.

    texts, label: field names, if they are not the usual ones. InputError names the first unusable row.
    """
    return pairs_of(rows_of(path, format, encoding), str(path), texts, label)


def pairs_of(
    rows: Table, path: str, texts: tuple[str, str] | None = None, label: str | None = None
) -> list[LabelledPair]:
    """Return the pairs of a table. path: for errors about a row."""
    if not rows.names and rows.rows and isinstance(first := rows.rows[0], Bad):
        raise InputError(f"{path}:{first.line}: {first.reason}.")
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
        raise InputError(f"{path} has no labelled pairs.")
    return list(pairs.values())


def is_graded(pairs: Iterable[LabelledPair]) -> bool:
    """Return whether labels are grades of similarity, not just 0 and 1."""
    return any(pair.label not in (0, 1) for pair in pairs)


def _names(rows: Table, texts: tuple[str, str] | None, label: str | None, path: str) -> _Fields:
    for name in (*(texts or ()), *([label] if label else ())):
        if not matching(name, rows.names):
            raise InputError(f"{path}: {UnknownNameError('field', name, rows.names)}")
    pairs = ((matching(a, rows.names), matching(b, rows.names)) for a, b in ([texts] if texts else TEXTS))
    both = next((pair for pair in pairs if all(pair)), None)
    labels = (matching(name, rows.names) for name in ([label] if label else LABELS))
    said = next(filter(None, labels), None)
    if both is None or said is None:
        raise InputError(
            f"{path} has no known field for {'the label' if both else 'the two texts'}. Name the fields text1, text2 "
            f"and label; now they are {', '.join(rows.names) or 'none'}."
        )
    score = matching(SCORE, rows.names)
    return _Fields(*both, said, "" if score == said else score)


def _key(row: Row) -> object:
    """Return the same key for all decisions of a review on one pair; other rows are separate pairs."""
    values = row.values
    if "when" in values and isinstance(values.get("a"), str) and isinstance(values.get("b"), str):
        return frozenset((values["a"], values["b"]))
    return row.line


def _pair(row: Row, names: _Fields, path: str) -> LabelledPair:
    first, second = (_text(row.values, name, f"{path}:{row.line}") for name in (names.first, names.second))
    label = _number(row.values.get(names.label), names.label, f"{path}:{row.line}")
    given = row.values.get(names.score)
    score = None if given in (None, "") else _number(given, names.score, f"{path}:{row.line}")
    return LabelledPair(first, second, label, score)


def _text(values: Mapping[str, Any], name: str, place: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{place}: {name!r} has no text.")
    if "\0" in value:
        raise InputError(f"{place}: {name!r} {NUL}.")
    return value


def _number(value: object, name: str, place: str) -> float:
    if isinstance(value, str) and value.strip() in WORDS:
        return WORDS[value.strip()]
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{place}: {name!r} is {shown(value)}, not a finite number.")
    return number
