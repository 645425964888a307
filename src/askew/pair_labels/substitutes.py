"""Value and name mismatches: a different number, date, product, person or town in the same place."""

from collections.abc import Iterator

from askew.pair_labels import names as naming
from askew.pair_labels import values as valuing
from askew.pair_labels.alignment import Alignment
from askew.pair_labels.conflict import ABOUT_THE_SAME, Conflict, Conflicts, quoted
from askew.pair_labels.names import Name
from askew.pair_labels.reading import Reading, overlap
from askew.pair_labels.values import Value
from askew.pair_labels.verdict import Kind


def substituted(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for each value or name that excludes one of the other text; additional information is no
    conflict.
    """
    found = [_conflict(a, b, x, y, _rule(x, y)) for x, y in _values(a, b, aligned)]
    found += [_conflict(a, b, x, y, "name") for x, y in _names(a, b, aligned)]
    return tuple(found)


def _values(a: Reading, b: Reading, aligned: Alignment) -> Iterator[tuple[Value, Value]]:
    theirs = valuing.unmatched(b.values, a.values)
    for x in valuing.unmatched(a.values, b.values):
        for y in theirs:
            if valuing.comparable(x, y) and (aligned.exchanged(x, y) or _unasked(a, b, x, y)):
                yield x, y
                theirs.remove(y)
                break


def _unasked(a: Reading, b: Reading, x: Value, y: Value) -> bool:
    """Return whether the values exclude each other regardless of position."""
    if x.soft or y.soft:
        return False
    if x.kind == y.kind and (x.unit == y.unit != "" or x.kind not in ("number", "code")):
        return True
    return (x.kind == y.kind or "code" not in (x.kind, y.kind)) and overlap(a, b) >= ABOUT_THE_SAME


def _names(a: Reading, b: Reading, aligned: Alignment) -> Iterator[tuple[Name, Name]]:
    right = naming.unmatched(b.names, a.names, a.forms, a.lexicon)
    for x in naming.unmatched(a.names, b.names, b.forms, a.lexicon):
        for y in right:
            if aligned.exchanged(x, y):
                yield x, y
                right.remove(y)
                break


def _rule(x: Value, y: Value) -> str:
    if x.kind == y.kind == "number":
        return "model" if x.owner and x.owner == y.owner else "number"
    return "code" if "code" in (x.kind, y.kind) else x.kind


def _conflict(a: Reading, b: Reading, x: Value | Name, y: Value | Name, rule: str) -> Conflict:
    spans = a.span(x.first, x.last), b.span(y.first, y.last)
    reason = f"different {rule}: {quoted(a, spans[0])} vs {quoted(b, spans[1])}"
    return Conflict(Kind.OTHER_VALUES, rule, reason, (spans[0],), (spans[1],))
