"""Docstrings of the house for the reference: what they say of parameters and fields becomes a list.

A line `name, other: what it is.` describes parameters (of a class: fields). Griffe knows this form not by itself.
"""

import re
from collections.abc import Iterator
from typing import Any

import griffe

OUTCOMES = re.compile(r"(?<=\. )(?=(?:Raises|Warns with|Returns) )")
"""Where a sentence on the outcome begins, which concerns no single parameter."""


def listed(docstring: str, names: set[str]) -> str:
    """Return the docstring with a list item for each of these names that a paragraph describes."""
    return "\n\n".join(_paragraph(one, names) for one in docstring.split("\n\n"))


def _paragraph(text: str, names: set[str]) -> str:
    if text.startswith(" "):  # code
        return text
    head, *items = _items(text, names)
    if not items:
        return text
    last, *outcomes = OUTCOMES.split(items.pop())
    parts = [head, "\n".join(f"- {item.strip(' ;')}" for item in [*items, last]), *outcomes]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _items(text: str, names: set[str]) -> Iterator[str]:
    """Yield what stands before the first description, then each description."""
    start, title = 0, ""
    for found in re.finditer(r"(?:^|(?<=[.;)] ))(\w+(?:, \w+)*): ", text, re.MULTILINE):
        if not set(found[1].split(", ")) <= names:
            continue
        yield _item(title, text[start : found.start()])
        start, title = found.end(), found[1]
    yield _item(title, text[start:])


def _item(title: str, text: str) -> str:
    said = " ".join(text.split())
    return f"**{title}**: {said}" if title else text


class DocstringLists(griffe.Extension):
    """Griffe's hook: rewrite the docstrings of functions and classes."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        _rewrite(func, {parameter.name for parameter in func.parameters})

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        _rewrite(cls, {name for name, member in cls.members.items() if member.kind is griffe.Kind.ATTRIBUTE})


def _rewrite(described: griffe.Object, names: set[str]) -> None:
    if described.docstring:
        described.docstring.value = listed(described.docstring.value, names)
