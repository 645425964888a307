"""Layout that says something: empty fields of a table, indentation, the lines of a list, an answer on its own line."""

import re
import textwrap

ANSWER = re.compile(r"\b(?:no|yes|none|nein|ja|keine?|non|oui|sí|нет|да)[ \t\r]*\n(?=\s*\S)", re.IGNORECASE)
"""A word that ends a line, and with another one after it would say something else: Dogs: no."""
SHORT = 40
"""Characters up to which lines are those of a list; longer ones may have been broken anywhere."""


def laid_out(a: str, b: str) -> str:
    """Return how two texts are laid out in another way that tells, as a phrase; "" if in none."""
    if "\t" in a and "\t" in b and _fields(a) != _fields(b):
        return "empty fields are in another place"
    if len(ANSWER.findall(a)) != len(ANSWER.findall(b)):
        return "a line ends with yes or no in one only"
    left, right = _lines(a), _lines(b)
    if min(len(left), len(right)) < 2:  # a list has two lines
        return ""
    if len(left) != len(right):
        is_list = max(map(len, (*left, *right))) <= SHORT
        return "the lines of a list are divided otherwise" if is_list else ""
    depths = [[len(line) - len(line.lstrip()) for line in lines] for lines in (left, right)]
    return "the lines are indented otherwise" if all(map(any, depths)) and depths[0] != depths[1] else ""


def _fields(text: str) -> list[list[bool]]:
    """Return of each field of each line whether it is empty."""
    return [[not field.strip() for field in line.split("\t")] for line in text.splitlines() if line.strip()]


def _lines(text: str) -> list[str]:
    """Return the lines that are not blank, without a common indentation."""
    return [line.rstrip() for line in textwrap.dedent(text).splitlines() if line.strip()]
