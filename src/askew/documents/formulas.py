"""Formula guards: an apostrophe before a cell that a spreadsheet would run, and its removal when askew reads it again.

Excel and LibreOffice run a cell that begins with = + - or @ as a formula, possibly a malicious one, whoever wrote it.
The guard can be removed exactly: a text that begins with apostrophes and then like a formula gets one more.
"""

import re
from collections.abc import Collection

FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])")
"""The beginning of a formula, perhaps guarded before; full-width and small signs are converted by some programs."""
NUMBER = re.compile(r"[+-](?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NAMES = frozenset({"id", "a", "b", "query", "representative", "text", "text1", "text2", "title"})
"""Columns of ids and texts: +49 in one of them is no number, and a spreadsheet would drop its sign."""
TABLES = (
    frozenset({"a", "b", "score", "verdict", "reason", "layer", "text1", "text2"}),
    frozenset({"group", "id", "representative", "text"}),
    frozenset({"text1", "text2", "label", "a", "b", "score"}),
    frozenset({"id", "cluster", "name", "score", "text"}),
    frozenset({"query", "text", "system"}),
)
"""Columns by which a table of ours is known: pairs, groups, labels of a review, clusters, and values per query."""


def guarded(text: str, column: str = "") -> str:
    """Return the text of a cell such that a spreadsheet shows it. Numbers stay numbers, except in NAMES."""
    if not FORMULA.match(text) or (column not in NAMES and NUMBER.fullmatch(text)):
        return text
    return f"'{text}"


def bare(cell: str) -> str:
    """Return the text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def is_ours(columns: Collection[str]) -> bool:
    """Return whether a table has the columns of one that askew writes; in any other, an apostrophe is the user's."""
    return any(known.issubset(columns) for known in TABLES)
