"""Markdown sections: positions of the headings, and the heading path of each section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from askew.text.sentences import stripped
from askew.types import BETWEEN

LINE = re.compile(
    r"^ {0,3}(?:(?P<fence>`{3,}+|~{3,}+)(?P<info>[^\n]*+)|(?P<marks>#{1,6}+)[ \t]++(?P<title>[^\n]++))",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Section:
    """A section text[start:end], without surrounding white space. body: offset after its leading heading lines.

    path: the headings above it, outermost first; those from `start` on are part of it.
    """

    start: int
    body: int
    end: int
    path: "tuple[Heading, ...]" = ()

    @property
    def heading(self) -> str:
        return BETWEEN.join(part.title for part in self.path)


@dataclass(frozen=True)
class Heading:
    """A heading, text[start:end] with its marks. level: from 1."""

    start: int
    end: int
    level: int
    title: str


def sections(text: str) -> list[Section]:
    """Split a text before its ATX headings. A heading without a body is joined to the section that follows."""
    headings = list(_headings(text))
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    begin = headings[0].start if headings else len(text)
    result = [_section(text, 0, 0, begin, ())] if text[:begin].strip() or not headings else []
    path: list[Heading] = []
    for heading, end in zip(headings, ends, strict=False):
        path = [*(above for above in path if above.level < heading.level), heading]
        if text[heading.end : end].strip() or end == len(text):
            result.append(_section(text, begin, heading.end, end, tuple(path)))
            begin = end
    return result


def _section(text: str, start: int, body: int, end: int, path: tuple[Heading, ...]) -> Section:
    start, end = stripped(text, start, end)
    return Section(start, max(start, min(body, end)), end, path)


def _headings(text: str) -> Iterator[Heading]:
    fence = ""
    for line in LINE.finditer(text):
        marks, info = line["fence"], line["info"]
        if not marks:
            title = _title(line["title"])
            if title and not fence:
                yield Heading(line.start(), line.end(), len(line["marks"]), title)
        elif fence:
            if marks.startswith(fence) and not info.strip():
                fence = ""
        elif marks[0] == "~" or "`" not in info:  # otherwise it is inline code
            fence = marks


def _title(text: str) -> str:
    """Strip closing #s from a heading, but keep those of `C#`."""
    text = text.strip()
    bare = text.rstrip("#")
    return bare.rstrip() if bare != bare.rstrip() or not bare else text
